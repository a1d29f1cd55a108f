from store.db import get_session
from store.manager import manager


def count(is_local: bool) -> int:
    chosen = get_session() if is_local else manager.get_session()
    with chosen as session:
        return session.count()
