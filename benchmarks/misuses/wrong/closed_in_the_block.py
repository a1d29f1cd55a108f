from sqlalchemy import text

from store.orm import get_session


def check() -> None:
    with get_session() as session:
        session.execute(text("select 1"))
        session.close()  # wrong
