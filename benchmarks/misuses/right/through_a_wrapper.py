from store.wrappers import session_of_user


def count(name: str) -> int:
    with session_of_user(name) as session:
        return session.count()
