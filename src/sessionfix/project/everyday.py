"""Names that database drivers and HTTP clients use too."""

EVERYDAY = frozenset(
    {
        "acquire",
        "atomic",
        "begin",
        "begin_nested",
        "client",
        "conn",
        "connect",
        "connection",
        "create",
        "cursor",
        "get",
        "get_client",
        "get_conn",
        "get_connection",
        "get_cursor",
        "getconn",
        "lock",
        "open",
        "pool",
        "raw_connection",
        "run",
        "session",
        "start",
        "start_session",
        "transaction",
    }
)
"""On an unknown object such a name says nothing."""
