from store.untyped import get_session


def count():
    return get_session().count()  # wrong
