from store.manager import Manager


def count_all(manager):
    session = manager.get_session()  # wrong
    return session.count()


def main():
    print(count_all(Manager()))
