from store.manager import Manager


def count(manager: Manager) -> int:
    session = manager.get_session()  # wrong
    return session.count()
