"""Each reason for refusing, and each assumption, with the example that docs/refusals.md shows of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import libcst as cst
import pytest

from fixing import ALL_CODES, DB, HEADER, check
from sessionfix import fixer
from sessionfix.diagnostics import Applicability, FileResult, Finding
from sessionfix.fixer import check_file
from sessionfix.project import Project
from sessionfix.project.setup import Setup
from sessionfix.rewrite import context, depth, edit, reasons
from sessionfix.rewrite.values import Values

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "refusals.md").read_text(encoding="utf-8")
SOURCES = ROOT / "src" / "sessionfix"
REFUSING = ("Refusal", "RefusalError", "LayoutError")

# what no example can show: syntax of a Python that is yet to come, rewrites that go wrong, and thousands of parts in
# one expression or function (see the last tests)
WITHOUT_EXAMPLE = frozenset(
    {reasons.UNKNOWN_SYNTAX, reasons.OTHER_CALL, reasons.NOT_KEPT, reasons.TOO_LONG, reasons.CROWDED}
)


@dataclass(frozen=True)
class Example:
    """A module under the message that it gets, and the modules beside it."""

    message: str
    text: str
    others: dict[str, str]


@dataclass
class Section:
    """What the page shows of one reason: examples of it, and what to write instead."""

    title: str
    examples: list[Example] = field(default_factory=list)
    by_hand: list[str] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        """The heading as GitHub links to it."""
        return re.sub(r"[^\w\- ]", "", self.title.lower()).replace(" ", "-")


def sections(part: str) -> Iterator[Section]:
    for chunk in re.split(r"^### ", part, flags=re.MULTILINE)[1:]:
        yield parsed(chunk)


def parsed(chunk: str) -> Section:
    """The section of one heading: quotes are messages, a block after one is its example, later ones are by hand."""
    section = Section(chunk.partition("\n")[0])
    others: dict[str, str] = {}
    message = ""
    for quote, block in re.findall(r"((?:^> [^\n]*\n)+)|^```python\n(.*?)^```", chunk, re.MULTILINE | re.DOTALL):
        name = re.match(r"# (\w+\.py)\n", block)
        if quote:
            message = " ".join(line.removeprefix("> ") for line in quote.splitlines())
        elif name:
            others[name[1]] = block
        elif message:
            section.examples.append(Example(message, block, others))
            message = ""
        else:
            section.by_hand.append(block)
    return section


BEFORE, ASSUMING = PAGE.split("\n## Assumptions, one by one\n")
REFUSED = list(sections(BEFORE))
ASSUMED = list(sections(ASSUMING))


def named(shown: list[Section]) -> list[object]:
    return [
        pytest.param(example, id=f"{section.title} {number}")
        for section in shown
        for number, example in enumerate(section.examples, start=1)
    ]


def result_of(text: str, others: dict[str, str], root: Path, *, unsafe: bool) -> FileResult:
    """What is found in `text` beside the modules of the page, or the usual ones."""
    files = {"db.py": DB, **others, "app.py": text}
    for name, source in files.items():
        (root / name).write_text(source, encoding="utf-8", newline="")
    project = Project(Setup(root, [root / name for name in files]))
    return check_file(project, root / "app.py", text, codes=ALL_CODES, unsafe=unsafe)


def finding_of(example: Example, root: Path, *, unsafe: bool) -> Finding:
    result = result_of(example.text, example.others, root, unsafe=unsafe)
    assert result.error is None
    finding, *others = result.findings
    assert finding.fixed is (result.fixed_text is not None)
    assert {other.refusal for other in others} <= {finding.refusal}
    return finding


def pattern(template: str) -> re.Pattern[str]:
    """What the messages of a template look like."""
    return re.compile(re.sub(r"\\\{\w+\\\}", ".+?", re.escape(template)))


def shown_as(message: str) -> re.Pattern[str]:
    """The message as the page shows it: `(…)` stands for words of LibCST's."""
    return re.compile(re.escape(message).replace(r"\(…\)", r"\(.+\)"))


# Reasons


@pytest.mark.parametrize("example", named(REFUSED))
def test_refuses_with_the_message_that_the_page_shows(example: Example, tmp_path: Path) -> None:
    for unsafe in (False, True):
        finding = finding_of(example, tmp_path, unsafe=unsafe)

        assert not finding.fixed
        assert finding.fix is None
        assert finding.refusal is not None
        assert shown_as(example.message).fullmatch(finding.refusal), finding.refusal


@pytest.mark.parametrize("section", REFUSED, ids=lambda section: section.title)
def test_what_is_written_by_hand_is_clean(section: Section, tmp_path: Path) -> None:
    assert len(section.by_hand) == 1
    for text in section.by_hand:
        result = result_of(text, section.examples[0].others, tmp_path, unsafe=True)

        assert (result.error, result.findings, result.fixed_text) == (None, (), None)
        assert "get_session" in text or "get_async_session" in text


# Assumptions


@pytest.mark.parametrize("example", named(ASSUMED))
def test_assumes_what_the_page_shows(example: Example, tmp_path: Path) -> None:
    for unsafe in (False, True):
        finding = finding_of(example, tmp_path, unsafe=unsafe)

        assert finding.fixed is unsafe
        assert finding.refusal is None
        assert finding.fix is not None
        assert finding.fix.applicability is Applicability.UNSAFE
        assert finding.fix.message == example.message


# The page is complete


def templates() -> dict[str, str]:
    """All words of refusals and assumptions, by name."""
    words = {name: value for name, value in vars(reasons).items() if name.isupper() and isinstance(value, str)}
    return words | {f"LEAVES {way.name}": text for way, text in reasons.LEAVES.items()}


@pytest.mark.parametrize("name", templates())
def test_each_reason_and_each_assumption_has_an_example(name: str) -> None:
    shown = ASSUMED if name.startswith("ASSUME_") else REFUSED
    messages = [example.message for section in shown for example in section.examples]

    found = [message for message in messages if pattern(templates()[name]).search(message)]

    assert bool(found) is (templates()[name] not in WITHOUT_EXAMPLE)


@pytest.mark.parametrize("section", [*REFUSED, *ASSUMED], ids=lambda section: section.title)
def test_a_section_is_about_one_reason(section: Section) -> None:
    about = {
        name
        for name, template in templates().items()
        for example in section.examples
        if pattern(template).search(example.message)
    }

    assert len(about) == 1


@pytest.mark.parametrize("name", [name for name in templates() if not name.startswith("ASSUME_")])
def test_a_refusal_says_what_to_do(name: str) -> None:
    stated, *advice = re.split(r"[;:] ", templates()[name])

    assert stated
    assert advice


@pytest.mark.parametrize("name", [name for name in templates() if name.startswith("ASSUME_")])
def test_an_assumption_says_what_it_assumes(name: str) -> None:
    assert re.search(": assumes that .", templates()[name])


@pytest.mark.parametrize(("title", "shown"), [("Reasons", REFUSED), ("Assumptions", ASSUMED)])
def test_the_tables_list_every_section(title: str, shown: list[Section]) -> None:
    table = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| \[(.+)\]\(#(.+?)\) \| `(.+?)` \| (.+?) \|$", table, re.MULTILINE)

    assert [anchor for _, anchor, _, _ in rows] == [section.anchor for section in shown]
    for (words, _, line, _), section in zip(rows, shown, strict=True):
        first = section.examples[0]
        assert words in re.sub(r" \(line \d+\)", "", first.message)
        assert line in map(str.strip, first.text.splitlines())


def test_titles_are_unique() -> None:
    anchors = [section.anchor for section in (*REFUSED, *ASSUMED)]

    assert len(set(anchors)) == len(anchors)


def refusing_calls() -> Iterator[tuple[str, ast.expr]]:
    """The reason that each place in the sources gives for refusing."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and ast.unparse(node.func) in REFUSING:
                yield f"{path.name}:{node.lineno}", node.args[0]


def test_reasons_are_worded_in_one_place() -> None:
    given = dict(refusing_calls())

    assert len(given) > len(reasons.LEAVES)
    literal = [place for place, words in given.items() if isinstance(words, ast.Constant | ast.JoinedStr)]
    assert literal == []


# What no example can show

BODY = f"{HEADER}\n\ndef work():\n    session = get_session()\n    print(session.query(1)[0])\n"


def test_syntax_of_a_later_python_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check(BODY, tmp_path).fixed_text is not None

    monkeypatch.delattr(Values, "value_Subscript")  # as if subscripts were new
    result = check(BODY, tmp_path, unsafe=True)

    assert result.fixed_text is None
    assert [finding.refusal for finding in result.findings] == [reasons.UNKNOWN_SYNTAX.format(name="Subscript")]


def test_a_rewrite_that_changes_what_other_calls_mean_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fixer, "_found_again", lambda left, found: None)
    result = check(BODY, tmp_path, unsafe=True)

    assert result.fixed_text is None
    assert [finding.refusal for finding in result.findings] == [reasons.OTHER_CALL]


def test_a_layout_that_the_rewrite_would_break_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Breaking(cst.CSTTransformer):
        def __init__(self, *given: object) -> None:
            super().__init__()

        def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
            raise cst.CSTValidationError("no space")

    monkeypatch.setattr(edit, "_Editor", Breaking)
    result = check(BODY, tmp_path, unsafe=True)

    assert result.fixed_text is None
    assert [finding.refusal for finding in result.findings] == [reasons.NOT_KEPT.format(error="no space")]


def test_what_is_too_long_for_libcst_is_refused(tmp_path: Path) -> None:
    result = check(f"{BODY}\nready = {' or '.join(['x'] * (depth.DEEPEST + 1))}\n", tmp_path, unsafe=True)

    assert result.fixed_text is None
    assert [finding.refusal for finding in result.findings] == [reasons.TOO_LONG]


def test_a_function_with_very_many_sessions_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "_MOST_STEPS", 10)
    session = BODY.partition(":\n")[2]
    result = check(f"{BODY}{session}{session}\n\n{BODY.partition(HEADER)[2]}", tmp_path, unsafe=True)

    assert [finding.refusal for finding in result.findings] == [*[reasons.CROWDED] * 3, None]
