from contextlib import AbstractContextManager

from store.models import Session, User


def count_users(session: Session) -> int:
    return session.count()


def add_user(name: str, *, db: Session) -> None:
    db.add(User(name))


def run(manager: AbstractContextManager[Session]) -> int:
    with manager as session:
        return session.count()
