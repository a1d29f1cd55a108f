"""Factories that are given to frameworks as dependencies, rightly or wrongly (SF301)."""

from __future__ import annotations

from sessionfix.rules import Invalid, Valid
from sessionfix.rules.samples import beside_database

EXAMPLES: dict[str, Invalid] = {
    "the function that is put beside has the same parameters": Invalid(
        """
        from contextlib import contextmanager

        from database import SessionLocal
        from fastapi import APIRouter, Depends, Header
        from models import User


        @contextmanager
        def tenant_session(tenant: str = Header("main"), *, is_old: bool = False):
            with SessionLocal(tenant, is_old) as session:
                yield session


        router = APIRouter(dependencies=[Depends(tenant_session)])


        @router.get("/users")
        def count_users(session=Depends(tenant_session)):
            return session.query(User).count()


        def clean_up():
            with tenant_session("main") as session:
                session.query(User).delete()
                session.commit()
        """,
        """
        from contextlib import contextmanager

        from database import SessionLocal
        from fastapi import APIRouter, Depends, Header
        from models import User


        @contextmanager
        def tenant_session(tenant: str = Header("main"), *, is_old: bool = False):
            with SessionLocal(tenant, is_old) as session:
                yield session


        def tenant_session_dependency(tenant: str = Header("main"), *, is_old: bool = False):
            with tenant_session(tenant, is_old=is_old) as session:
                yield session


        router = APIRouter(dependencies=[Depends(tenant_session_dependency)])


        @router.get("/users")
        def count_users(session=Depends(tenant_session_dependency)):
            return session.query(User).count()


        def clean_up():
            with tenant_session("main") as session:
                session.query(User).delete()
                session.commit()
        """,
        rows=(14, 18),
        unsafe=True,
    ),
}

SILENT: dict[str, Valid] = {
    "a framework that enters managers": Valid(
        beside_database(
            """
            from db import get_async_session
            from models import user_count
            from taskiq import TaskiqDepends


            async def count_users(session=TaskiqDepends(get_async_session)):
                return await session.scalar(user_count)
            """
        )
    ),
}
