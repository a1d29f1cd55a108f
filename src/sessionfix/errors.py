"""What ends in a message for the user."""

from __future__ import annotations


class SessionfixError(Exception):
    """Something that the user can mend; the message says what it is."""
