from store.other import each_session


def count() -> int:
    return sum(session.count() for session in each_session())
