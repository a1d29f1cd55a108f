from store.models import Session


def count() -> int:
    def get_session() -> Session:
        return Session()

    session = get_session()
    try:
        return session.count()
    finally:
        session.close()
