from store.wrappers import session_of_user


def count(name: str) -> int:
    session = session_of_user(name)  # wrong
    return session.count()
