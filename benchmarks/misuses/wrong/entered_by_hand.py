from sqlalchemy import text

from store.orm import get_session


def check() -> None:
    session = get_session().__enter__()  # wrong
    session.execute(text("select 1"))
