"""The proof refuses every way in which an edit can differ from its plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fixing import DB, HEADER
from sessionfix.project import Project
from sessionfix.project.setup import Setup
from sessionfix.rewrite import edit, proof
from sessionfix.rewrite.context import Context
from sessionfix.rewrite.plan import Plan
from sessionfix.rewrite.planning import plan_of
from sessionfix.rewrite.scopes import Tree

BEFORE = (
    HEADER
    + """
def untouched():
    return 1  # one


def work(x):
    # open
    session = get_session()  # the session
    try:
        first = session.get(User, x)
        # then
        first.name = x
        session.commit()
        return first.id
    finally:
        session.close()  # done


def untouched_too():
    return 2
"""
)


@pytest.fixture
def planned(tmp_path: Path) -> tuple[Tree, list[Plan]]:
    (tmp_path / "db.py").write_text(DB)
    (tmp_path / "app.py").write_text(BEFORE)
    project = Project(Setup(tmp_path, [tmp_path / "db.py", tmp_path / "app.py"]))
    sites = project.sites(tmp_path / "app.py", BEFORE)
    calls = project.calls(tmp_path / "app.py")
    tree = Tree(calls.target.tree, calls.target.parents)
    context = Context.of(tree, calls, sites)
    plans = [plan_of(site, context) for site in sites]
    return tree, [plan for plan in plans if isinstance(plan, Plan)]


def test_the_edit_passes(planned: tuple[Tree, list[Plan]]) -> None:
    tree, plans = planned
    after = edit.apply(BEFORE, tree, plans)

    proof.prove(BEFORE, tree.module, after, plans)
    assert after != BEFORE


def swapped(text: str) -> str:
    lines = text.splitlines(keepends=True)
    at = next(index for index, line in enumerate(lines) if "first.name = x" in line)
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    return "".join(lines)


MUTATIONS: dict[str, Callable[[str], str]] = {
    "a statement is dropped": lambda text: text.replace("        first.name = x\n", ""),
    "a statement is doubled": lambda text: text.replace("        session.commit()\n", "        session.commit()\n" * 2),
    "two statements are swapped": swapped,
    "the block ends early": lambda text: text.replace("        return first.id", "    return first.id"),
    "the block is gone": lambda text: text.replace(
        "    with get_session() as session:  # the session\n", "    if True:  # the session\n"
    ),
    "another factory is called": lambda text: text.replace("with get_session()", "with get_sessions()"),
    "another name is bound": lambda text: text.replace("as session:", "as sessions:"),
    "the with is async": lambda text: text.replace("with get", "async with get").replace("def work", "async def work"),
    "a comment is lost": lambda text: text.replace("  # the session", ""),
    "a comment is doubled": lambda text: text.replace("# then\n", "# then\n        # then\n"),
    "a comment elsewhere is lost": lambda text: text.replace("  # one", ""),
    "a blank line elsewhere is lost": lambda text: text.replace("\n\n\ndef untouched_too", "\n\ndef untouched_too"),
    "a line ending elsewhere changes": lambda text: text.replace("return 2\n", "return 2\r\n"),
    "spaces elsewhere change": lambda text: text.replace("return 2", "return  2"),
    "a line before changes": lambda text: text.replace("return 1 ", "return (1) "),
    "it does not parse": lambda text: text.replace("return 2", "return )"),
    "nothing is done": lambda text: BEFORE,
    "the close stays": lambda text: text.replace(
        "        return first.id\n", "        session.close()\n        return first.id\n"
    ),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_wrong_edit_is_refused(mutation: str, planned: tuple[Tree, list[Plan]]) -> None:
    tree, plans = planned
    after = edit.apply(BEFORE, tree, plans)
    mutant = MUTATIONS[mutation](after)
    assert mutant != after

    with pytest.raises(proof.ProofError):
        proof.prove(BEFORE, tree.module, mutant, plans)
