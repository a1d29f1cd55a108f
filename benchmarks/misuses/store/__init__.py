"""What the cases call: factories, honest about their type, dishonest, and silent."""

from store.db import get_session as open_session

__all__ = ["open_session"]
