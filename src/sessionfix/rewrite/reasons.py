"""The words of refusals and of assumptions."""

from __future__ import annotations

from sessionfix.rewrite.lifetime import Way

DISCARDED = "the session is never used: nothing shows how long it should live; write `with {call} as session:` by hand"
STORED = "the manager is kept outside the function; enter it where the session is used, by hand"
ASYNC_IN_PLAIN = "`{factory}` is async and the function around it is not: make it `async def` first"
NOT_ASYNC = "`{factory}` is not async: there is nothing to await; remove the `await` by hand"
IN_CLASS_BODY = "a class body has no end of life for a session; create it in a method"
IN_FSTRING = "the call stands inside an f-string; give the session a line of its own first"
OTHER_TARGET = "the session is assigned together with another target; split the assignment first"
CONDITIONAL = "the session is bound on one branch of an expression only; write the branches as statements first"
WALRUS = "the session is bound by `:=` inside an expression; give it a line of its own first"
ONE_BRANCH = (
    "line {row} needs the session, and lies outside the suite in which the session is made (line {site}): "
    "move the call there, or the use here"
)
GLOBAL_NAME = "`{name}` is declared global or nonlocal: the session outlives the function"
REBOUND = "`{name}` may be something else than this session at line {row}; use two names first"
USED_AFTER_CLOSE = "line {row} uses the session after it was closed; which uses belong together can't be told"
SEVERAL_SESSIONS = "line {row} may close this session or another one; give each its own name first"
REPEATED = "the call is evaluated again and again by `while`; move it into the loop first"
IN_COMPREHENSION = "the call stands inside a comprehension; write the loop out first"
NOT_ALWAYS = "the call is evaluated on some conditions only (`and`, `or`, `if … else`, a lambda); write it out first"
IN_HEADER = (
    "the call stands in a decorator, a default argument, a base class or an `elif`; move it to a line of its own"
)
UNKNOWN_SYNTAX = "the function holds syntax that sessionfix does not know ({name})"
FRAME = "`{name}()` (line {row}) reads the function's own variables"
TWO_FINALLY_PARTS = "the finally clause works both before and after the close; split it by hand"
IMPORTED_NAME = "`{name}` is a module's global, and may be read from other modules; move the code into a function first"

LEAVES = {
    Way.RETURNED: "{what} is returned (line {row}), and would be used after the block has ended",
    Way.YIELDED: "{what} is yielded (line {row}), and would be used after the block has ended",
    Way.RAISED: "{what} leaves with an exception (line {row}), and would be used after the block has ended",
    Way.STORED: "{what} is stored where it outlives the block (line {row})",
    Way.DEFAULT: "{what} is kept as a default argument (line {row})",
    Way.CAPTURED: "{what} is captured by a function or class that may outlive the block (line {row})",
    Way.BACKGROUND: "{what} is handed to a thread, a task or a background job (line {row})",
    Way.CLOSING: "{what} is closed by a context manager of its own (line {row})",
    Way.CLOSED_ELSEWHERE: "{what} is closed by the function that it is passed to (line {row})",
    Way.ENTERED: "{what} is entered as a context manager of its own (line {row})",
    Way.CLOSE_VALUE: "{what} is closed inside an expression, or its close is handed on (line {row})",
    Way.PASSED: "{what} is passed on in a function that may be called later (line {row})",
}

ASSUME_PASSED = "the function passed on at line {row} is not called after the block"
ASSUME_LOADED = (
    "objects from the session leave at line {row}, and `{factory}` may expire them at exit "
    "(no `expire_on_commit=False` was seen): assumes that nothing unloaded is read from them"
)
ASSUME_PART = "line {row} looks into an attribute after the block: assumes that it is a plain value"
ASSUME_SHORT = "the block reaches over line {row}, which may wait for long or open `{factory}` again"
ASSUME_REENTRANT = "`{factory}` is open twice at line {row}: assumes that it allows that"
ASSUME_KEPT = (
    "`{factory}` commits at exit: assumes that no work is pending where the program gave it up (an exception "
    "that it catches, or an end without its own commit)"
)
ASSUME_SWALLOWED = "`{factory}` can hide an exception of its block: assumes that nothing raises there"
ASSUME_BEGIN = "`{factory}` works inside begin(): assumes that nothing is asked of the session after commit or rollback"
ASSUME_ROLLBACK = "the rollback at line {row} goes: assumes that `{factory}` undoes the work at exit"
ASSUME_ORDER = "the session is opened before the calls that stand before it in line {row}"
ASSUME_BOUND = "the clean-up at line {row} needs a session: assumes that nothing raises before it is made"
ASSUME_PROBABLE = "assumes that `{factory}` is what the call reaches"
