"""Sessions as the programs' authors meant them: made by a plain function, closed by nobody but the program."""

from __future__ import annotations

import sys

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

HANDED_OUT: list[Session] = []
OPTIONS = {"commits": False}  # whether closing a session commits first, as the factory would


def commits_now():
    return OPTIONS["commits"] and sys.exc_info()[0] is None


class MeantSession(Session):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        HANDED_OUT.append(self)

    def close(self):
        if commits_now():
            self.commit()
        super().close()


class MeantAsyncSession(AsyncSession):
    """`await get_session()` and `get_session()` give the same."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        HANDED_OUT.append(self)

    def __await__(self):
        return self
        yield

    async def close(self):
        if commits_now():
            await self.commit()
        await super().close()
