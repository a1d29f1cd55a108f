from store.db import get_async_session
from store.models import User


async def add(name: str) -> None:
    session = get_async_session()  # wrong
    session.add(User(name))
    await session.commit()
    await session.close()
