"""The words of refusals and of assumptions."""

from __future__ import annotations

from sessionfix.rewrite.lifetime import Way

DISCARDED = (
    "the session is never used: nothing shows how long it should live; write `{word} {call} as session:` by hand"
)
STORED = "the manager is kept outside the function; enter it where the session is used, by hand"
ONLY_DEPENDENCY = (
    "`{factory}` is used as a dependency, and for nothing else; its decorator goes where it is defined ({place}), "
    "with `--unsafe-fixes`"
)
OTHER_DECORATOR = "what makes a factory of `{factory}` is no decorator of contextlib's; take it away by hand"
NOT_NAMED = "what is given to `{mark}` is no factory by its name; give it a generator function that enters the manager"
OVERRIDDEN = (
    "`dependency_overrides` has `{factory}` for a key, and would not meet another function; write a generator function "
    "for both by hand"
)
NOT_AT_TOP = "`{factory}` is no name of the module's own; write the generator function that enters it by hand"
HAS_PARAMETERS = (
    "the framework reads the parameters of `{factory}`, which can't be written here; write a generator function that "
    "enters it where it is defined"
)
KEPT_SESSION = (
    "the session is kept outside the function, and its generator is not: keep what `{factory}` makes as a manager, or "
    "open a session where it is used, by hand"
)
HELD = (
    "`{kept}` is the session of a `{owner}` object, and outlives `{method}`; let an exit stack hold it: "
    "`{begin}` in `{method}`, and `{leave}` in `{end}` in the place of the close"
)
HELD_TILL_COLLECTED = (
    "`{kept}` is the session of a `{owner}` object, and nobody knows when `__del__` runs; give `{owner}` an "
    "`__enter__` with `{begin}`, and an `__exit__` that ends the stack"
)
HELD_ASYNC = (
    "`{kept}` is the async session of a `{owner}` object, and can't be opened in a plain method; "
    "give `{owner}` an `__aenter__` and an `__aexit__` that hold it in an `AsyncExitStack`"
)
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
GLOBAL_NAME = (
    "`{name}` is declared global or nonlocal: the session outlives the function; "
    "bind it to a local name, or open one where it is used"
)
REBOUND = "`{name}` may be something else than this session at line {row}; give each its own name first"
USED_AFTER_CLOSE = (
    "line {row} uses the session after it was closed; which uses belong together can't be told: "
    "open another one for the later uses first"
)
ASKED_AFTER_CLOSE = (
    "line {row} asks, behind the close, for what the close changes, and the block would reach over it; "
    "write the `with` by hand"
)
EMPTIED = (
    "the `with` at line {row} would hold nothing without the close, and may be there for what the close does; "
    "take the close out of it first"
)
SEVERAL_SESSIONS = "line {row} may close this session or another one; give each its own name first"
CLOSES_NOTHING = (
    "line {row} closes `{name}` also where the branches at line {branch} made none, which fails: "
    "close it in the branch that opens it first"
)
CLOSES_HANDED = (
    "line {row} may close a session that was handed in as `{name}`, too: close it only where it is the function's own"
)
NO_NULLCONTEXT = (
    "the session may be handed in, and `nullcontext` and `contextlib` mean something else in this file; "
    "rename one of them first"
)
NO_MAKER = "the decorator has no name here: `{maker}` and `contextlib` mean something else; rename one of them first"
GENERATOR_APART = (
    "the generator is made at line {row}, and the session is not bound to a name in the statement below it; "
    "move the two together first"
)
NO_IMPORT_LINE = "line {row} holds several statements, where an import has to go; give each a line of its own first"
CLEANED_IN_TRY = (
    "`{clean_up}` stands in the `try` at line {row}, before its handlers: move it into a `finally` of that `try` by "
    "hand, if it may come after them"
)
CLEANED_APART = (
    "`{clean_up}` at line {row} is skipped, too, and other work stands before it: nest one `try` for each in the "
    "other, or use a `with` for each"
)
OPENED_IN_TRY = (
    "`{name}` is made within the statement at line {row}, and may not be there in a `finally`: "
    "make it before that, or use its own `with`"
)
SWALLOWED = (
    "whether the error is to be hidden only the factory's author knows: end the handler with `raise`, or say in the "
    "docstring that errors are ignored"
)
SEVERAL_YIELDS = "which yield is meant only the factory's author knows: let one run on each path, an error's included"
NO_ITERATOR = (
    "`{name}`, and the modules that have it, mean something else in this file; import it under a name of its own, and "
    "annotate the factory by hand"
)
TOGETHER = (
    "the same change mends another place, which is not to be mended (an ignore comment, or another reason): "
    "it takes both; write the `with` by hand"
)
BRANCHES = "the branches of the `if` at line {row} do more than open the session; move the rest out of them first"
REPEATED = "the call is evaluated again and again by `while`; move it into the loop first"
IN_COMPREHENSION = "the call stands inside a comprehension; write the loop out first"
NOT_ALWAYS = (
    "the call is evaluated on some conditions only (`and`, `or`, `if … else`, a lambda); "
    "give it a line of its own first, where the condition holds"
)
IN_HEADER = (
    "the call stands in a decorator, a default argument, a base class or an `elif`; move it to a line of its own"
)
TOO_DEEP = "one more block is more than Python takes here; move a part of the code to a function of its own first"
UNKNOWN_SYNTAX = "the function holds syntax that sessionfix does not know ({name}); write the `with` by hand"
FRAME = (
    "`{name}()` (line {row}) reads the function's own variables; name them there instead, or write the `with` by hand"
)
TWO_FINALLY_PARTS = "the finally clause works both before and after the close; split it by hand"
IMPORTED_NAME = "`{name}` is a module's global, and may be read from other modules; move the code into a function first"
MANY_ITEMS = "the `with` has several items, and only one of them is to change its keyword; split it first"
BY_HAND = (
    "`{call}` is made, entered and left in different places, or for more than one suite; "
    "write one `with` around what needs the session"
)
SEVERAL_ITEMS = (
    "the `with` at line {row} enters something else, too, which would be held for longer; "
    "give the session a `with` of its own first"
)
OTHER_CALL = "the rewrite would change what another call here means; write the `with` by hand"
TOO_LONG = (
    "this file has a longer chain (of terms, names, strings, `elif`s), or patterns nested deeper, than LibCST can "
    "read; write the `with` by hand"
)
CROWDED = (
    "this function has so many sessions and statements that to follow each session through all of them takes too long; "
    "split the function, or write the `with` by hand"
)
NOT_READ = "LibCST cannot read this file ({error}); write the `with` by hand"
NOT_EXACT = (
    "LibCST does not give this file back byte for byte (one bare carriage return, for instance): "
    "remove that first, or write the `with` by hand"
)
NOT_KEPT = "the layout of this place does not allow it ({error}); write the `with` by hand"

LEAVES = {
    Way.RETURNED: (
        "{what} is returned (line {row}), and would be used after the block has ended; return a list or plain values, "
        "or let the caller open the session"
    ),
    Way.YIELDED: (
        "{what} is yielded (line {row}), and would be used after the block has ended; yield its rows or plain values"
    ),
    Way.RAISED: (
        "{what} leaves with an exception (line {row}), and would be used after the block has ended; "
        "put plain values into the exception"
    ),
    Way.STORED: (
        "{what} is stored where it outlives the block (line {row}); open a session where it is used, by a `with` there"
    ),
    Way.DEFAULT: "{what} is kept as a default argument (line {row}); open a session in that function",
    Way.CAPTURED: (
        "a function or class that uses the session may outlive the block (line {row}); open a session in there"
    ),
    Way.BACKGROUND: (
        "{what} is handed to a thread, a task, a callback or another job that may run later (line {row}); "
        "open a session in that job"
    ),
    Way.CLOSING: (
        "{what} is closed by a context manager of its own (line {row}); put `{call}` itself into that `with`"
    ),
    Way.CLOSED_ELSEWHERE: (
        "{what} is closed by the function that it is passed to (line {row}); take the close out of that function first"
    ),
    Way.ENTERED: "{what} is entered as a context manager of its own (line {row}); enter `{call}` in its place",
    Way.CLOSE_VALUE: (
        "{what} is closed inside an expression, or its close is handed on (line {row}); "
        "take that close out, or make it a statement, first"
    ),
}

ASSUME_PASSED = (
    "a function that uses the session is passed on at line {row}: assumes that it is not called after the block"
)
ASSUME_LOADED = (
    "objects from the session leave at line {row}, and `{factory}` may expire them at exit "
    "(no `expire_on_commit=False` was seen): assumes that nothing unloaded is read from them"
)
ASSUME_OPEN = (
    "objects from the session leave at line {row} while it is open: assumes that nothing that is not loaded yet, such "
    "as a relationship, is read from them after the block"
)
ASSUME_PART = "line {row} looks into an attribute after the block: assumes that it is a plain value"
ASSUME_SHORT = (
    "the block reaches over line {row}, which may wait for long or open `{factory}` again: "
    "assumes that the session may stay open meanwhile"
)
ASSUME_LATER = (
    "the block's work is committed only after line {row} then: assumes that nothing needs it committed before, and "
    "that an error up to there may undo it"
)
ASSUME_NOT_DROPPED = (
    "the block leaves work that `{factory}` does not commit, and drops only after line {row} then: assumes that what "
    "comes up to there may see it, and commit it"
)
ASSUME_ATTACHED = (
    "line {row} changes an object of the session, or may: assumes that the session may take notice of it, and save it"
)
ASSUME_UNCHANGED = (
    "line {row} opens another session: "
    "assumes that it changes nothing that the block has read, and would not read again"
)
ASSUME_DROPPED = (
    "the close at line {row} drops work that `{factory}` commits without it: assumes that this work is to be kept"
)
ASSUME_TOLD = (
    "an exception in the block reaches `{factory}`, which was told of none: assumes that work is not to be kept then"
)
ASSUME_UNLOADED = "nothing shows that `{text}` was loaded in the block: assumes that it was not"
ASSUME_LEFT_OPEN = (
    "the close at line {row} goes, and `{factory}` is not seen to close what it hands over: "
    "assumes that it need not be closed"
)
ASSUME_ENDED = (
    "`{factory}` closes what it hands over, and its type is not known: assumes that it is of no use once it is closed"
)
ASSUME_REENTRANT = "`{factory}` is open twice at line {row}: assumes that it allows that"
ASSUME_KEPT = (
    "`{factory}` commits at exit: assumes that no work is pending where the program gave it up (an exception "
    "that it catches, or an end without its own commit)"
)
ASSUME_ONLY_DEPENDENCY = (
    "`{factory}` is a generator function then: assumes that nobody outside of the project enters it"
)
ASSUME_TWIN = (
    "the dependency is another function than `{factory}`: assumes that no dependency in another file is to share its "
    "session within a request"
)
ASSUME_WRITTEN = (
    "`{factory}` commits at exit, which it never did here: assumes that what is written without a commit is meant to "
    "be kept"
)
ASSUME_SWALLOWED = "`{factory}` can hide an exception of its block: assumes that nothing raises there"
ASSUME_BEGIN = "`{factory}` works inside begin(): assumes that nothing is asked of the session after commit or rollback"
ASSUME_ROLLBACK = "the rollback at line {row} goes: assumes that `{factory}` undoes the work at exit"
ASSUME_ORDER = (
    "the session is opened before the calls that stand before it in line {row}: assumes that they need not come first"
)
ASSUME_BOUND = "the clean-up at line {row} needs a session: assumes that nothing raises before it is made"
ASSUME_PROBABLE = "only the names agree: assumes that `{factory}` is what the call reaches"
ASSUME_CLEAN_UP = "`{clean_up}` runs after an error of the block, too: assumes that it may"
