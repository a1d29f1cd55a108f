from store.db import get_async_session


async def count() -> int:
    with get_async_session() as session:  # wrong
        return await session.count()
