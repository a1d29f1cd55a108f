"""What is said of a factory's body (SF501, SF503, SF504), against what contextlib does with it."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path
from typing import Any

import pytest

from sessionfix.diagnostics import FileResult
from sessionfix.fixer import check_file
from sessionfix.project import Project
from sessionfix.project.setup import Setup
from sessionfix.project.sieve.sieve import Sieve
from sessionfix.rewrite.proof import comments
from sessionfix.rules import uses_of

HEAD = "from contextlib import asynccontextmanager, contextmanager\n\n\n@contextmanager\ndef get_session(own=None):\n"
STOP = "generator didn't stop"


class Session:
    """Notes what is done with it."""

    def __init__(self, deeds: list[str]) -> None:
        self.deeds = deeds

    def __enter__(self) -> object:
        return self

    def __exit__(self, *_: object) -> None:
        self.deeds.append("exit")

    def __getattr__(self, name: str) -> Any:
        return lambda *_: self.deeds.append(name)


def lines(*texts: str) -> str:
    return "\n".join(texts)


def checked(body: str, root: Path, code: str, *, unsafe: bool = False) -> FileResult:
    text = HEAD + "".join(f"    {line}\n" if line else "\n" for line in body.splitlines())
    (root / "app.py").write_text(text, encoding="utf-8")
    project = Project(Setup(root, [root / "app.py"]))
    result = check_file(project, root / "app.py", text, codes=frozenset({code}), unsafe=unsafe)
    sieve = Sieve(Setup(root, [root / "app.py"]), uses=uses_of(frozenset({code})))
    assert result.error is None
    assert sieve.may_have_sites(root / "app.py") or not result.findings
    return result


def run(text: str, error: Exception | None = None) -> tuple[list[str], str]:
    """What the factory of a module does around a block that may raise, and what comes out of the `with`."""
    deeds: list[str] = []
    world: dict[str, Any] = {
        "Session": lambda *_: Session(deeds),
        "connect": lambda: Session(deeds),
        "log": lambda *_: None,
    }
    exec(compile(text, "app.py", "exec"), world)
    try:
        with world["get_session"]():
            fail(error)
    except (OSError, LookupError, ValueError, RuntimeError) as raised:
        return deeds, f"{type(raised).__name__}: {raised}"
    return deeds, ""


def fail(error: Exception | None) -> None:
    if error is not None:
        raise error


# SF504

AGAIN = [
    ("yield 1\nyield 2", None),
    ("x = yield 1\nif x:\n    log()\nyield 2", None),
    ("if own is None:\n    yield 1\nwith connect() as s:\n    yield s", None),
    ("try:\n    yield 1\nfinally:\n    yield 2", None),
    ("try:\n    yield 1\nexcept OSError:\n    yield 2", OSError()),
    ("try:\n    yield 1\nexcept LookupError:\n    raise\nexcept Exception:\n    log()\nelse:\n    return\nyield 2",
     OSError()),
    ("while True:\n    yield 1", None),
    ("for _ in range(3):\n    yield 1", None),
    ("for _ in range(3):\n    try:\n        yield 1\n        return\n    except OSError:\n        continue", OSError()),
    ("while True:\n    try:\n        yield 1\n    except OSError:\n        log()\n    else:\n        break", OSError()),
    ("match own:\n    case None:\n        yield 1\n    case _:\n        yield 2\nyield 3", None),
    ("try:\n    try:\n        yield 1\n    finally:\n        log()\nexcept OSError:\n    return (yield 2)", OSError()),
    ("with connect():\n    yield 1\nif own:\n    yield 2\nelse:\n    yield 3", None),
]  # fmt: skip


@pytest.mark.parametrize(("body", "error"), AGAIN)
def test_a_yield_that_follows_another_one_is_found_and_fails(
    body: str, error: Exception | None, tmp_path: Path
) -> None:
    result = checked(body, tmp_path, "SF504")

    assert [finding.code for finding in result.findings] == ["SF504"] * len(result.findings) != []
    assert STOP in run(result.text, error)[1]


ONCE = [
    "yield 1",
    "if own:\n    yield 1\nelse:\n    yield 2",
    "if own:\n    yield 1\n    return\nyield 2",
    "if own:\n    yield 1\nelif own is None:\n    yield 2\nelse:\n    raise ValueError",
    "match own:\n    case None:\n        yield 1\n    case _:\n        yield 2",
    "try:\n    s = connect()\nexcept OSError:\n    yield None\nelse:\n    yield s",
    "try:\n    yield 1\nexcept OSError:\n    raise ValueError\n    yield 2",
    "try:\n    yield 1\nexcept OSError:\n    if own:\n        yield 2\n    else:\n        raise",
    "for s in [connect()]:\n    yield s",
    "for _ in range(1):\n    yield 1",
    "for _ in range(3):\n    yield 1\n    break",
    "while True:\n    yield 1\n    return",
    "while own is None:\n    yield 1\n    own = 1",
    "def rows():\n    yield 1\n    yield 2\nyield rows",
    "yield lambda: (yield)\nlog(lambda: (yield))",
    "done = False\ntry:\n    yield 1\nfinally:\n    done = True\nif not done:\n    yield 2",
    "if own is None:\n    yield 1\nif own is not None:\n    yield 2",
    "with connect():\n    yield 1\nreturn\nyield 2",
    "try:\n    yield 1\nexcept GeneratorExit:\n    yield 2",
    "yield from [1]",
    "if own:\n    sys.exit()\n    yield 1\nyield 2",
    "if own:\n    yield 1\n    pytest.skip('no other')\nyield 2",
    "log((yield 1) if own is None else (yield 2))",
]


@pytest.mark.parametrize("body", ONCE)
def test_a_yield_on_each_path_is_no_finding_and_works(body: str, tmp_path: Path) -> None:
    result = checked(body, tmp_path, "SF504")

    assert result.findings == ()
    assert STOP not in run(result.text)[1]


# SF503

HIDING = [
    "s = Session()\ntry:\n    yield s\nexcept Exception:\n    s.rollback()",
    "s = Session()\ntry:\n    yield s\nexcept:\n    s.rollback()\n    return",
    lines(
        "s = Session()",
        "try:",
        "    yield s",
        "    s.commit()",
        "except (OSError, Exception) as e:",
        "    print(e)",
        "    s.rollback()",
        "finally:",
        "    s.close()",
    ),
    lines(
        "with Session() as s:",
        "    try:",
        "        yield s",
        "    except BaseException:",
        "        if own:",
        "            s.rollback()",
        "        else:",
        "            s.rollback()",
    ),
]


@pytest.mark.parametrize("body", HIDING)
def test_an_error_that_does_not_come_out_is_found(body: str, tmp_path: Path) -> None:
    result = checked(body, tmp_path, "SF503")

    assert [finding.code for finding in result.findings] == ["SF503"]
    assert result.findings[0].span.start.row == 1 + result.text[: result.text.index("except")].count("\n")
    assert run(result.text, OSError("lost"))[1] == ""


TELLING = [
    "s = Session()\ntry:\n    yield s\nexcept Exception:\n    s.rollback()\n    raise",
    "s = Session()\ntry:\n    yield s\nexcept Exception as e:\n    s.rollback()\n    raise ValueError from e",
    lines(
        "s = Session()",
        "failed = None",
        "try:",
        "    yield s",
        "except Exception as e:",
        "    s.rollback()",
        "    failed = e",
        "if failed:",
        "    raise failed",
    ),
    lines(
        "s = Session()",
        "try:",
        "    try:",
        "        yield s",
        "    except OSError:",
        "        raise",
        "except LookupError:",
        "    s.rollback()",
    ),
    "s = Session()\ntry:\n    yield s\nexcept LookupError:\n    s.rollback()",
]


@pytest.mark.parametrize("body", TELLING)
def test_an_error_that_comes_out_is_no_finding(body: str, tmp_path: Path) -> None:
    result = checked(body, tmp_path, "SF503")

    assert result.findings == ()
    assert run(result.text, OSError("lost"))[1] != ""


@pytest.mark.parametrize(
    "line",
    [
        "abort(500)",
        "self.failed = True",
        "errors[own] = e",
        "errors.append(e)",
        "sys.exit(1)",
        "pass  # ignored: it is tried again",
        "on_error(e)",
    ],
)
def test_a_handler_that_does_something_with_the_error_is_no_finding(line: str, tmp_path: Path) -> None:
    body = f"s = Session()\ntry:\n    yield s\nexcept Exception as e:\n    s.rollback()\n    {line}"

    assert checked(body, tmp_path, "SF503").findings == ()


# SF501

SKIPPING = [
    "s = Session()\nyield s\ns.close()",
    "s = Session()\nyield s\ns.commit()\ns.close()\nlog()",
    "s: Session = Session()  # one\n# two\nyield s  # three\n\n# four\ns.close()  # five\n# six",
    "p = Session()\ns = p.getconn()\nc = Session(s)\nyield c\nc.close()\np.putconn(s)",
    "s = Session()\nwith connect():\n    yield s\ns.close()",
    "s = Session()\nif own is None:\n    yield s\n    s.close()",
    "s = Session()\ntry:\n    yield s\nexcept LookupError:\n    log()\ns.close()",
    lines(
        "s = Session()",
        "try:",
        "    yield s",
        "except Exception:",
        "    s.rollback()",
        "    raise",
        "else:",
        "    s.commit()",
        "s.close()",
    ),
    "s = Session()\ntry:\n    yield s\nfinally:\n    log()\ns.close()",
    'e = Session()\nwith connect() as s:\n    yield """\n  s\n"""\n\ne.dispose()\nlog()\n',
]


@pytest.mark.parametrize("body", SKIPPING)
def test_clean_up_that_an_error_skips_goes_into_a_finally(body: str, tmp_path: Path) -> None:
    before = checked(body, tmp_path, "SF501", unsafe=True)

    assert [finding.code for finding in before.findings] == ["SF501"]
    assert before.fixed_text is not None
    ast.parse(before.fixed_text)
    assert comments(before.fixed_text) == comments(before.text)
    again = check_file(
        Project(Setup(tmp_path, [])), tmp_path / "app.py", before.fixed_text, codes=frozenset({"SF501"}), unsafe=True
    )
    assert (again.findings, again.error) == ((), None)

    after_success = run(before.text)
    assert run(before.fixed_text) == after_success
    deeds, raised = run(before.text, OSError("lost"))
    cleaned, still_raised = run(before.fixed_text, OSError("lost"))
    assert raised == still_raised == "OSError: lost"
    ends = {"close", "putconn", "dispose"}
    assert not ends & set(deeds)
    assert [deed for deed in cleaned if deed in ends] == [deed for deed in after_success[0] if deed in ends]


SAFE = [
    "s = Session()\ntry:\n    yield s\nfinally:\n    s.close()",
    "s = Session()\ntry:\n    yield s\nexcept Exception:\n    s.close()\n    raise\ns.close()",
    "s = Session()\ntry:\n    yield s\nexcept Exception:\n    log()\ns.close()",
    "with Session() as s:\n    yield s\n    s.close()",
    "s = Session()\nwith suppress(OSError):\n    yield s\ns.close()",
    "s = Session()\nyield s\ns.commit()",
    "own.begin()\nyield own\nown.close()",
    "s = Session()\nyield s\nif own:\n    s.close()",
    "s = Session()\natexit.register(s.close)\nyield s\ns.close()",
    "for _ in range(2):\n    s = Session()\n    yield s\n    s.close()",
    "s = own\nyield s\ns.close()",
    "s = Session()\nyield\ns.close()",
    "s = Session()\ns = Session(s)\nyield s\ns.close()",
    "with closing(Session()) as c:\n    s = c.open()\n    stack.enter_context(s)\n    yield s\n    s.close()",
]


@pytest.mark.parametrize("body", SAFE)
def test_says_nothing_where_clean_up_is_sure_or_may_be(body: str, tmp_path: Path) -> None:
    assert checked(body, tmp_path, "SF501").findings == ()


@pytest.mark.parametrize(
    "body",
    [
        "s = Session()\nyield s; s.commit()\ns.close()",
        "s = Session()\nyield s\ns.commit(); s.close()",
        "s = Session(); yield s\ns.close()",
        "if own is None: s = Session(); yield s; s.close()",
    ],
)
def test_statements_that_share_a_line_are_left_alone(body: str, tmp_path: Path) -> None:
    result = checked(body, tmp_path, "SF501", unsafe=True)

    assert result.fixed_text is None
    assert [finding.refusal for finding in result.findings if "share a line" in (finding.refusal or "")]


def test_an_async_factory_is_put_right_the_same_way(tmp_path: Path) -> None:
    text = (
        "from contextlib import asynccontextmanager\n\n\n@asynccontextmanager\nasync def get_session():\n"
        "    session = await connect()\n    yield session\n    await session.close()\n"
    )
    (tmp_path / "app.py").write_text(text, encoding="utf-8")
    project = Project(Setup(tmp_path, [tmp_path / "app.py"]))

    after = check_file(project, tmp_path / "app.py", text, codes=frozenset({"SF501"}), unsafe=True).fixed_text

    assert after is not None
    assert after.endswith("    try:\n        yield session\n    finally:\n        await session.close()\n")
    deeds: list[str] = []

    class AsyncSession:
        async def close(self) -> None:
            deeds.append("close")

    async def connect() -> AsyncSession:
        return AsyncSession()

    async def use() -> None:
        world: dict[str, Any] = {"connect": connect}
        exec(compile(after, "app.py", "exec"), world)
        async with world["get_session"]():
            raise OSError("lost")

    with pytest.raises(OSError, match="lost"):
        asyncio.run(use())
    assert deeds == ["close"]
