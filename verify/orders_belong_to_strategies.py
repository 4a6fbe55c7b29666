# name: every order belongs to a strategy that exists
"""A check in Python: an asyncpg connection is handed in, in a read-only transaction."""


async def check(connection) -> None:
    """Raise an AssertionError, or return False, where the data is not right."""
    lost = await connection.fetchval(
        "SELECT count(*) FROM orders o WHERE strategy_id IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM strategies s WHERE s.id = o.strategy_id)"
    )
    assert lost == 0, f"{lost} orders without their strategy"
