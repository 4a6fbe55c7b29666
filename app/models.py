"""The tables of the newest revision, and what this code uses of them.

A column that a later release will read belongs to its table as soon as a revision adds it, so that
autogenerate agrees; but no class maps it, and no statement names it, before that revision is live
everywhere: expand first, use afterwards. So this code runs on every schema from
``OLDEST_SERVED_REVISION`` on.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Index, Integer, MetaData, Text, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The root of all tables; constraints get the names that the migrations give them."""

    metadata = MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "uq": "%(table_name)s_%(column_0_name)s_key",
            "fk": "%(table_name)s_%(column_0_name)s_fkey",
            "ix": "%(table_name)s_%(column_0_name)s_idx",
        }
    )


class User(Base):
    """A person who trades."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(Text, unique=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Strategy(Base):
    """A rule that places orders by itself."""

    __tablename__ = "strategies"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)


class Order(Base):
    """An order to buy or sell."""

    __tablename__ = "orders"
    # Not mapped yet: an image without revision 0007 has this code too, and would ask a schema that has not got it.
    __table_args__ = (
        Column("client_reference", Text),
        Index("orders_client_reference_idx", "client_reference"),
    )
    __mapper_args__ = {"exclude_properties": ("client_reference",)}  # noqa: RUF012 - SQLAlchemy reads a plain dict

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    strategy_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("strategies.id"), index=True)
    symbol: Mapped[str] = mapped_column(Text)
    side: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
