"""What goes over the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_BIGINT = 2**63 - 1
MAX_INTEGER = 2**31 - 1

RowId = Annotated[int, Field(ge=1, le=MAX_BIGINT)]


class _Row(BaseModel):
    """A response read straight from a table row."""

    model_config = ConfigDict(from_attributes=True)


class NewUser(BaseModel):
    """A user to create."""

    email: str = Field(min_length=3, max_length=320, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")


class UserOut(_Row):
    """A user as stored."""

    id: int
    email: str
    created_at: datetime


class StrategyOut(_Row):
    """A strategy as stored."""

    id: int
    name: str


class NewOrder(BaseModel):
    """An order to place."""

    user_id: RowId
    strategy_id: RowId | None = None
    symbol: str = Field(pattern=r"^[A-Z0-9./-]{1,20}$")
    side: Literal["buy", "sell"]
    quantity: int = Field(gt=0, le=MAX_INTEGER)


class OrderOut(_Row):
    """An order as stored."""

    id: int
    user_id: int
    strategy_id: int | None
    symbol: str
    side: str
    quantity: int
    created_at: datetime


class BacktestOut(BaseModel):
    """The result of a backtest."""

    strategy_id: int
    orders: int
    seconds: float
