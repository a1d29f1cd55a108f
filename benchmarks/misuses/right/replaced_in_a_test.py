from unittest.mock import patch

import store.db
from store.models import Session


def test_count() -> None:
    with patch.object(store.db, "get_session", return_value=Session()):
        session = store.db.get_session()
    assert isinstance(session, Session)
