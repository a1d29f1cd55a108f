from __future__ import annotations


class User:
    def __init__(self, name: str = "") -> None:
        self.name = name


class Session:
    def add(self, user: User) -> None: ...

    def get(self, name: str) -> User | None: ...

    def count(self) -> int:
        return 0

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...


class AsyncSession:
    def add(self, user: User) -> None: ...

    async def count(self) -> int:
        return 0

    async def commit(self) -> None: ...

    async def close(self) -> None: ...
