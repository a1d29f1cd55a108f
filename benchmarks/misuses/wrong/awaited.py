from store.db import get_async_session


async def count() -> int:
    session = await get_async_session()  # wrong
    return await session.count()
