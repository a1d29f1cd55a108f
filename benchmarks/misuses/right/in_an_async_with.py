from store.db import get_async_session


async def count() -> int:
    async with get_async_session() as session:
        return await session.count()
