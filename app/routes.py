"""The endpoints of the auto_trader."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, cast

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.models import Order, Strategy, User
from app.overload import Turns
from app.schemas import MAX_BIGINT, BacktestOut, NewOrder, NewUser, OrderOut, StrategyOut, UserOut

LONGEST_BACKTEST_SECONDS = 10

router = APIRouter(prefix="/api")


@asynccontextmanager
async def open_session(request: Request) -> AsyncIterator[AsyncSession]:
    """A session, once it is this request's turn; raises OverloadedError, which main.py answers with 503."""
    turns = cast("Turns", request.app.state.turns)
    make = cast("async_sessionmaker[AsyncSession]", request.app.state.open_session)
    async with turns.turn(), make() as session:
        yield session


async def session_of(request: Request) -> AsyncIterator[AsyncSession]:
    """A session for one request."""
    async with open_session(request) as session:
        yield session


Session = Annotated[AsyncSession, Depends(session_of)]
Limit = Annotated[int, Query(ge=1, le=500)]


@router.post("/users", status_code=201, response_model=UserOut)
async def create_user(new: NewUser, session: Session) -> User:
    """Add a user; an e-mail address is taken once."""
    user = User(email=new.email)
    session.add(user)
    try:
        await session.commit()
    except IntegrityError as error:
        raise HTTPException(409, "this e-mail address is taken") from error
    return user


@router.get("/users", response_model=list[UserOut])
async def list_users(session: Session, limit: Limit = 100) -> Sequence[User]:
    """The newest users."""
    return (await session.scalars(select(User).order_by(User.id.desc()).limit(limit))).all()


@router.get("/strategies", response_model=list[StrategyOut])
async def list_strategies(session: Session, limit: Limit = 100) -> Sequence[Strategy]:
    """All strategies."""
    return (await session.scalars(select(Strategy).order_by(Strategy.id).limit(limit))).all()


@router.post("/orders", status_code=201, response_model=OrderOut)
async def create_order(new: NewOrder, session: Session) -> Order:
    """Place an order."""
    order = Order(**new.model_dump())
    session.add(order)
    try:
        await session.commit()
    except IntegrityError as error:
        raise HTTPException(422, "user or strategy does not exist") from error
    return order


@router.get("/orders", response_model=list[OrderOut])
async def list_orders(session: Session, limit: Limit = 100) -> Sequence[Order]:
    """The newest orders."""
    return (await session.scalars(select(Order).order_by(Order.id.desc()).limit(limit))).all()


@router.get("/strategies/{strategy_id}/backtest")
async def backtest(
    request: Request,
    strategy_id: Annotated[int, Path(ge=1, le=MAX_BIGINT)],
    seconds: Annotated[float, Query(ge=0, le=LONGEST_BACKTEST_SECONDS)] = 1,
) -> BacktestOut:
    """A long request: reads, then computes for the given time (here: sleeps) without holding a connection."""
    async with open_session(request) as session:
        if await session.get(Strategy, strategy_id) is None:
            raise HTTPException(404, "no such strategy")
        orders = await session.scalar(select(func.count()).where(Order.strategy_id == strategy_id))
    await asyncio.sleep(seconds)
    return BacktestOut(strategy_id=strategy_id, orders=orders or 0, seconds=seconds)
