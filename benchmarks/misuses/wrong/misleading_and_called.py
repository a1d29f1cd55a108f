from store.misleading import get_session


def count() -> int:
    return get_session().count()  # wrong
