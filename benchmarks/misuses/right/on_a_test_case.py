import unittest

from store.db import get_session


class UsersTest(unittest.TestCase):
    def setUp(self) -> None:
        self.session = self.enterContext(get_session())

    def test_count(self) -> None:
        self.assertEqual(self.session.count(), 0)
