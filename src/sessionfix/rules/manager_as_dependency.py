"""SF301: a factory is given to a framework as a dependency."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, manager_kind
from sessionfix.rules.samples import beside_database, beside_dependencies


class ManagerAsDependency(Rule):
    """
    ## What it does

    Finds `Depends(get_session)`, `Security(...)` and Litestar's `Provide(...)`, in a default, in `Annotated`, in a list
    of dependencies or in a class, where `get_session` has `@contextmanager` or returns what such a function makes. It
    is in the default set: no endpoint ever gets the session.

    ## Why is this bad?

    These frameworks enter generator functions themselves, and nothing else. What a decorated function makes they hand
    on as it is: the endpoint gets the manager, and its first query fails. Newer versions of FastAPI look through the
    decorator and then fail themselves: every request ends with a 500.

    ## Example

    ```python
    @contextmanager
    def get_session():
        session = Session()
        try:
            yield session
        finally:
            session.close()


    @app.get("/users")
    def count_users(session: Session = Depends(get_session)):
        return session.query(User).count()
    ```

    ## Use instead

    ```python
    def get_session():
        session = Session()
        try:
            yield session
        finally:
            session.close()


    @app.get("/users")
    def count_users(session: Session = Depends(get_session)):
        return session.query(User).count()
    ```

    ## Fix safety

    The fix is unsafe. Where the project uses the function as a dependency only, its decorator goes; that is a finding
    of its own where it is defined in another file. Where others enter it, a generator that enters it is put beside it,
    or into the file that uses it, and the dependencies get that one: others see no change. There is no fix where
    `dependency_overrides` names the function, since it would not meet the other one.
    """

    code = "SF301"
    name = "manager-as-dependency"
    use = Use.DEPENDENCY

    invalid = (
        Invalid(
            """
            from contextlib import contextmanager

            from database import SessionLocal
            from fastapi import APIRouter, Depends
            from models import User
            from sqlalchemy.orm import Session

            router = APIRouter()


            # one session for one request
            @contextmanager
            def get_session():
                session = SessionLocal()
                try:
                    yield session
                finally:
                    session.close()


            @router.get("/users")
            def count_users(session: Session = Depends(get_session)):
                return session.query(User).count()


            @router.get("/names")
            def names(session=Depends(get_session)):
                return [user.name for user in session.query(User)]
            """,
            """
            from contextlib import contextmanager

            from database import SessionLocal
            from fastapi import APIRouter, Depends
            from models import User
            from sqlalchemy.orm import Session

            router = APIRouter()


            # one session for one request
            def get_session():
                session = SessionLocal()
                try:
                    yield session
                finally:
                    session.close()


            @router.get("/users")
            def count_users(session: Session = Depends(get_session)):
                return session.query(User).count()


            @router.get("/names")
            def names(session=Depends(get_session)):
                return [user.name for user in session.query(User)]
            """,
            rows=(22, 27),
            unsafe=True,
        ),
        Invalid(
            {
                **beside_database(
                    """
                    from typing import Annotated

                    from db import get_async_session
                    from fastapi import APIRouter, Depends
                    from models import user_count
                    from sqlalchemy.ext.asyncio import AsyncSession

                    router = APIRouter()
                    SessionDep = Annotated[AsyncSession, Depends(get_async_session)]


                    @router.get("/users")
                    async def count_users(session: SessionDep):
                        return await session.scalar(user_count)
                    """
                ),
                "jobs.py": """
                    from db import get_async_session


                    async def clean_up():
                        async with get_async_session() as session:
                            await session.execute(old_users)
                """,
            },
            """
            from typing import Annotated

            from db import get_async_session
            from fastapi import APIRouter, Depends
            from models import user_count
            from sqlalchemy.ext.asyncio import AsyncSession

            router = APIRouter()


            async def get_async_session_dependency():
                async with get_async_session() as session:
                    yield session


            SessionDep = Annotated[AsyncSession, Depends(get_async_session_dependency)]


            @router.get("/users")
            async def count_users(session: SessionDep):
                return await session.scalar(user_count)
            """,
            rows=(9,),
            unsafe=True,
        ),
        Invalid(
            {
                "app.py": """
                    from contextlib import contextmanager

                    from database import SessionLocal


                    @contextmanager  # entered by FastAPI
                    def get_session():
                        with SessionLocal() as session:
                            yield session
                """,
                "routes.py": """
                    from app import get_session
                    from fastapi import APIRouter, Depends
                    from models import User

                    router = APIRouter()


                    @router.get("/users")
                    def count_users(session=Depends(get_session)):
                        return session.query(User).count()
                """,
            },
            """
            from contextlib import contextmanager

            from database import SessionLocal


            # entered by FastAPI
            def get_session():
                with SessionLocal() as session:
                    yield session
            """,
            rows=(6,),
            unsafe=True,
        ),
        Invalid(
            beside_database(
                """
                from db import get_session
                from fastapi import APIRouter, Security
                from models import User

                router = APIRouter()


                @router.get("/users")
                def count_users(session=Security(get_session)):
                    return session.query(User).count()
                """
            ),
            None,
            rows=(9,),
            refusal="its decorator goes where it is defined (db.py:",
        ),
    )

    valid = (
        Valid(
            beside_dependencies(
                """
                from typing import Annotated

                from deps import get_async_db, get_db
                from fastapi import APIRouter, Depends
                from models import User, user_count
                from sqlalchemy.orm import Session

                router = APIRouter(dependencies=[Depends(get_db)])


                @router.get("/users")
                def count_users(db: Annotated[Session, Depends(get_db)]):
                    return db.query(User).count()


                @router.get("/later")
                async def count_users_later(session=Depends(get_async_db)):
                    return await session.scalar(user_count)
                """
            )
        ),
        Valid(
            beside_database(
                """
                from contextlib import AbstractContextManager
                from typing import Annotated

                from db import get_async_session, get_session
                from fastapi import APIRouter, Depends
                from models import User, user_count
                from sqlalchemy.orm import Session

                router = APIRouter()


                def manager():
                    return get_session()


                @router.get("/users")
                def count_users(sessions: Annotated[AbstractContextManager[Session], Depends(manager)]):
                    with sessions as session:
                        return session.query(User).count()


                @router.get("/later")
                async def count_users_later(sessions=Depends(get_async_session)):
                    async with sessions as session:
                        return await session.scalar(user_count)
                """
            )
        ),
        Valid(
            {
                **beside_database(
                    """
                    from db import get_session
                    from fastapi import APIRouter, Depends
                    from models import User

                    router = APIRouter()


                    @router.get("/users")
                    def count_users(session=Depends(get_session)):
                        return session.query(User).count()
                    """
                ),
                "main.py": """
                    from app import router
                    from db import get_session
                    from deps import get_db
                    from fastapi import FastAPI

                    application = FastAPI()
                    application.include_router(router)
                    application.dependency_overrides[get_session] = get_db
                """,
            }
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from fastapi import FastAPI

                app = FastAPI(lifespan=get_session)
                app.dependency_overrides[session_of] = get_session
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                def Depends(function):
                    with function() as session:
                        return session


                def count_users(session=Depends(get_session)):
                    return session.query(User).count()
                """
            )
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        name = site.factory.qualname
        if not site.detail:
            return f"`{name}` is only used as a dependency, and its decorator makes {manager_kind(site)} of the session"
        return f"`{site.detail}` does not enter what `{name}` makes: it hands on {manager_kind(site)}, or fails"
