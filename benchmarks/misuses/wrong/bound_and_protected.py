from store.db import get_session


def count() -> int:
    session = get_session()  # wrong
    try:
        return session.count()
    finally:
        session.close()
