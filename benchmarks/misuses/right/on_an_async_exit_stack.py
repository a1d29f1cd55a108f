from contextlib import AsyncExitStack

from store.db import get_async_session


async def count() -> int:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(get_async_session())
        return await session.count()
