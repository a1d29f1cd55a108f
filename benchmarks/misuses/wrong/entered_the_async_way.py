from store.db import get_session


async def count() -> int:
    async with get_session() as session:  # wrong
        return session.count()
