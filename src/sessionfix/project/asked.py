"""What was asked of a project's files while some of them were checked: on that, and no more, the answers depend."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sessionfix.project.sieve.definitions import definitions
from sessionfix.project.texts import searched
from sessionfix.project.trail import Asking, Question

FOUND = "1"


@dataclass
class Asked:
    """What the answers for some files rest on.

    `questions` were asked for the answer about each file. `said` is what was said to those that are no content, by
    file: which files a search found, or, of a decorator's name, what these define with it. `beyond` are the files of
    installed packages that were read; `modules` are the places in which modules of these were looked for, and what was
    there: a file, a folder, or neither; `folders` of these were gone through, and have a mark that stands for the names
    in them. These three are of all answers together.
    """

    questions: dict[str, frozenset[Question]] = field(default_factory=dict)
    said: dict[Question, dict[str, str]] = field(default_factory=dict)
    beyond: set[str] = field(default_factory=set)
    modules: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    folders: dict[str, int] = field(default_factory=dict)

    def add(self, other: Asked) -> None:
        """Take over what was asked elsewhere, of the same contents."""
        self.questions |= other.questions
        self.said |= other.said
        self.beyond |= other.beyond
        self.modules |= other.modules
        self.folders |= other.folders

    def after(self, contents: Mapping[str, bytes]) -> Asked:
        """The same of the answers that still hold where some files now have these contents."""
        said = {question: _now(question, before, contents) for question, before in self.said.items()}
        changed = {Question(Asking.CONTENT, file) for file in contents}
        changed |= {each for each, before in self.said.items() if _differs(each, before, said[each])}
        kept = {file: asked for file, asked in self.questions.items() if asked.isdisjoint(changed)}
        return Asked(kept, said, self.beyond, self.modules, self.folders)

    def only(self, files: Collection[str]) -> Asked:
        """The same of the answers about these files."""
        questions = {file: asked for file, asked in self.questions.items() if file in files}
        wanted = frozenset[Question]().union(*questions.values())
        said = {question: said for question, said in self.said.items() if question in wanted}
        return Asked(questions, said, self.beyond, self.modules, self.folders)


def _now(question: Question, before: Mapping[str, str], contents: Mapping[str, bytes]) -> dict[str, str]:
    others = {file: said for file, said in before.items() if file not in contents}
    changed = {file: _said(question, content) for file, content in contents.items()}
    return others | {file: said for file, said in changed.items() if said}


def _said(question: Question, content: bytes) -> str:
    """What a content says to a question that is asked of all files; nothing, if it has nothing to say."""
    if question.asking is Asking.DEFINING:
        return definitions(content, question.of)
    return FOUND if searched(question, content) else ""


def _differs(question: Question, before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    return bool(before) != bool(after) if question.asking is Asking.ANY else before != after
