from store.db import get_session


def counts() -> tuple[int, int]:
    with get_session() as session:
        before = session.count()
    session = get_session()  # wrong
    return before, session.count()
