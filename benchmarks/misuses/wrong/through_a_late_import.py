def count() -> int:
    from store.db import get_session

    session = get_session()  # wrong
    return session.count()
