"""What a value has to do with the session, and which calls change that.

The tables hold names as SQLAlchemy, the DB-API and asyncio document them. They err towards more care: a name
that is missing makes a rewrite unsafe or a block longer, never a rewrite wrong.
"""

from __future__ import annotations

from typing import Final, TypeAlias

Tags: TypeAlias = int
"""Several `Tag`s at once, as the bits of a number: flags of `enum` cost ten times as much, and there are millions."""


class Tag:
    """What a value has to do with the session of one site. A name can be several things at once."""

    OTHER: Final = 1  # nothing
    NONE: Final = 2  # it is None
    SESSION: Final = 4  # it is the session
    CLOSED: Final = 8  # it is the session, and was closed
    HOLDER: Final = 16  # it keeps the session: SourcePoolManager(session), [session], session.execute
    CLOSURE: Final = 32  # a function or lambda that reads one of these
    LAZY: Final = 64  # it does its work later: a query, a cursor, a generator
    CAME: Final = 128  # it came from the session: an ORM object, a list of them
    FRESH: Final = 256  # a container that was made here, and that nobody else has
    MADE: Final = 512  # an object of some class, made here: it belongs to the session once it is handed to it
    PART: Final = 1024  # an attribute read from such a value: plain, or a relationship
    BOX: Final = 2048  # a container, or an object with attributes: what is read from it may be all that the tags say
    NESTED: Final = 4096  # a container of containers


UNBOUND: Tags = 0
KEEPS = Tag.SESSION | Tag.HOLDER | Tag.CLOSURE | Tag.LAZY  # must not outlive the block
STRONG = KEEPS | Tag.CAME
ALL = STRONG | Tag.PART
DEPTH = Tag.BOX | Tag.NESTED

CLOSE_METHODS = frozenset({"close", "aclose"})
CLOSING_CALLS = frozenset({"closing", "aclosing"})
TELLING_OF_CLOSE = frozenset(
    "closed is_closed isclosed is_closing opened is_open is_opened isopen connected is_connected isconnected "
    "is_disconnected alive is_alive is_active detached persistent was_detached object_session async_object_session "
    "invalidated released is_released is_usable in_transaction".split()
)

LAZY_METHODS = frozenset(
    "query filter filter_by order_by join outerjoin options limit offset group_by having distinct select_from where "
    "with_for_update slice populate_existing params from_statement "
    "with_entities yield_per execution_options execute exec stream stream_scalars scalars mappings tuples columns "
    "partitions cursor iterator iter_rows union union_all intersect except_ enable_eagerloads correlate".split()
)
READ_METHODS = LAZY_METHODS - {"execute", "exec", "cursor"} | frozenset(
    "get get_one all first one one_or_none scalar scalar_one scalar_one_or_none count exists fetchone fetchall "
    "fetchmany keys items values unique is_active bind info in_transaction expunge expunge_all refresh flush expire "
    "expire_all no_autoflush isoformat strftime lower upper strip split format debug info warning error exception "
    "log print jsonify dumps append".split()
)
READ_PREFIXES = (
    "get_",
    "list_",
    "find_",
    "fetch_",
    "count_",
    "is_",
    "has_",
    "load_",
    "read_",
    "select_",
    "search_",
    "query_",
    "to_",
    "serialize",
    "as_",
    "format_",
    "iter_",
    "check_",
    "show_",
    "describe_",
    "summar",
)
WRITING_WORDS = ("create", "update", "delete", "insert", "save", "upsert", "store", "remove", "put")
WRITING_STATEMENTS = frozenset("insert update delete merge upsert replace".split())
CONTAINER_CALLS = frozenset("list dict set tuple defaultdict OrderedDict Counter deque frozenset bytearray".split())
STATEMENT_METHODS = frozenset("execute exec scalar scalars stream stream_scalars executemany".split())
ADDING_METHODS = frozenset(
    "add add_all merge refresh delete save save_all persist attach put bulk_save_objects insert_one".split()
)
PLAIN_METHODS = frozenset(
    "count rowcount keys isoformat strftime timestamp date time upper lower title strip lstrip rstrip split rsplit "
    "replace format join encode decode startswith endswith hex total_seconds".split()
)
COPYING_METHODS = frozenset("dict json asdict dump model_dump model_dump_json model_copy copy".split())
PLAIN_CALLS = frozenset(
    "len int float str bool repr isinstance hash id ord chr hex callable any all format hasattr issubclass type print "
    "abs round".split()
)
LAZY_CALLS = frozenset(
    "iter map filter zip enumerate reversed chain from_iterable islice starmap takewhile dropwhile filterfalse groupby "
    "zip_longest accumulate pairwise batched cycle tee partial aiter".split()
)
READING_CALLS = (
    PLAIN_CALLS | LAZY_CALLS | frozenset("list tuple set dict sorted sum min max next frozenset getattr".split())
)
CONSUMING_CALLS = frozenset("sorted min max any all sum list tuple set frozenset dict next sort reduce join".split())
CONTAINER_METHODS = frozenset(
    "append add extend insert put put_nowait update setdefault appendleft extendleft push send_nowait".split()
)
STORING_CALLS = frozenset(
    "set setattr setitem setdefault __setitem__ __setattr__ __iadd__ set_session bind send asend".split()
)
CONTAINER_READS = frozenset(
    "get pop popitem popleft values items copy setdefault union intersection difference symmetric_difference elements "
    "most_common new_child _asdict _replace __getitem__ __iter__ __next__".split()
)
CHANGING_METHODS = CONTAINER_METHODS | frozenset({"remove", "discard", "pop", "clear"})
BACKGROUND_CALLS = frozenset(
    "Thread Process Timer submit create_task ensure_future add_task run_in_executor start_soon start_new_thread "
    "spawn spawn_later apply_async map_async starmap_async imap imap_unordered delay call_soon call_later call_at "
    "call_soon_threadsafe run_coroutine_threadsafe add_done_callback register add_job schedule enqueue Greenlet "
    "BackgroundTask finalize addCleanup addfinalizer callback push_async_callback start_background_task "
    "defer run_in_threadpool_later partial signal connect".split()
)
NEVER_AWAITED = frozenset(
    "add add_all expunge expunge_all expire expire_all is_modified in_transaction in_nested_transaction get_bind begin "
    "begin_nested cursor transaction no_autoflush pipeline".split()
)  # what AsyncSession and async drivers give without await, or what is entered by `async with`
BEGIN_METHODS = frozenset({"begin", "begin_nested"})
SWALLOWING_WORDS = tuple(
    "suppress raises ignor swallow catch safe guard handle tolera error except trap quiet silen hush mute "
    "retry attempt subtest move_on cancelscope cancel_scope".split()
)
WAITING_CALLS = frozenset(
    "sleep wait wait_for join acquire recv recvfrom accept input select poll serve_forever run_forever receive "
    "receive_text receive_json receive_bytes get_message listen communicate".split()
)


def swallows_by_name(name: str) -> bool:
    """Whether a context manager may, by its name, keep an exception of its block to itself."""
    return any(word in name.lower() for word in SWALLOWING_WORDS)


def reads_only(name: str) -> bool:
    """Whether a function or method is, by its name, one that leaves no work to be committed."""
    if any(word in name for word in WRITING_WORDS):
        return False
    return name in READ_METHODS or name.startswith(READ_PREFIXES) or looks_like_class(name)


def changes_receiver(name: str) -> bool:
    """Whether a method of an ORM object may, by its name, change the object; what lists can do does not count."""
    return not (reads_only(name) or name in COPYING_METHODS | PLAIN_METHODS or hasattr(list, name))


def looks_like_class(name: str) -> bool:
    """Whether a callable's name is written as PEP 8 writes classes."""
    bare = name.lstrip("_")
    return bare[:1].isupper() and not bare.isupper()


def element(tag: Tags) -> Tags:
    """What iterating or unpacking a value gives."""
    if tag & (Tag.FRESH | Tag.BOX):
        inner = tag & ~(Tag.FRESH | Tag.BOX)
        return inner | (Tag.BOX if inner & Tag.NESTED else UNBOUND) or Tag.OTHER
    if tag & (Tag.CAME | Tag.LAZY | Tag.PART | Tag.SESSION):
        tag |= Tag.CAME
    kept = tag & (Tag.CAME | Tag.HOLDER | Tag.CLOSURE | Tag.OTHER)
    return kept or Tag.OTHER


def contained(tag: Tags) -> Tags:
    """What a list, tuple or dict is that holds a value."""
    if tag & Tag.SESSION:
        tag |= Tag.HOLDER
    kept = tag & (Tag.HOLDER | Tag.CLOSURE | Tag.LAZY | Tag.CAME | Tag.PART | Tag.OTHER)
    depth = (Tag.BOX if kept & KEEPS else UNBOUND) | (Tag.NESTED if tag & Tag.BOX else UNBOUND)
    return kept | depth or Tag.OTHER


def read_from(tag: Tags) -> Tags:
    """What a function or method that reads from a container may give: items, or a container of them."""
    return (tag | element(tag)) & (ALL | DEPTH)
