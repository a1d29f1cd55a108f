"""What the answers of a record rest on, as text: it is read only where a file has changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sessionfix.cache.plain import NotPlainError, all_of, checked
from sessionfix.project.asked import Asked
from sessionfix.project.sieve.generators import GeneratorNames
from sessionfix.project.sieve.roles import Role, Roles
from sessionfix.project.sieve.shares import Shares
from sessionfix.project.sieve.sieve import Sieved
from sessionfix.project.sieve.suspects import Suspects
from sessionfix.project.trail import Asking, Question

T = TypeVar("T")


@dataclass(frozen=True)
class Grounds:
    """What was asked for the answers, and what was told of the files that were not looked at."""

    asked: Asked = field(default_factory=Asked)
    sieved: Sieved = field(default_factory=Sieved)


def packed(grounds: Grounds, files: Sequence[str]) -> str:
    """The grounds as JSON, in which a number stands for each of a project's `files`."""
    document = _Packer(files).grounds(grounds)
    return json.dumps(document, separators=(",", ":"))


def unpacked(text: str, files: Sequence[str]) -> Grounds:
    """The grounds that were packed with the same files; raises NotPlainError if the text is nothing of the kind."""
    try:
        return _Unpacker(files).grounds(checked(dict, json.loads(text)))
    except (ValueError, KeyError, IndexError, RecursionError) as error:
        raise NotPlainError(str(error)) from error


class _Packer:
    def __init__(self, files: Sequence[str]) -> None:
        self._number = {file: number for number, file in enumerate(files)}

    def grounds(self, grounds: Grounds) -> Mapping[str, object]:
        asked, sieved = grounds.asked, grounds.sieved
        questions = sorted(frozenset[Question]().union(*asked.questions.values()), key=str)
        bit = {question: 1 << number for number, question in enumerate(questions)}
        return {
            "questions": [self._question(question, asked.said.get(question, {})) for question in questions],
            "asked": self._by_file(asked.questions, lambda each: f"{sum(bit[question] for question in each):x}"),
            "suspects": self._suspects(sieved.suspects),
            "generators": self._generators(sieved.generators),
            "marked": None if sieved.marked is None else self._by_file(sieved.marked, sorted),
        }

    def _question(self, question: Question, said: Mapping[str, str]) -> list[object]:
        of = self._number.get(question.of) if question.asking is Asking.CONTENT else None
        return [question.asking.value, question.of if of is None else of, question.pattern, self._by_file(said, str)]

    def _by_file(self, found: Mapping[str, T], shown: Callable[[T], object]) -> Mapping[str, object]:
        return {str(self._number[file]): shown(each) for file, each in found.items()}

    def _files(self, files: Collection[str]) -> list[int]:
        return sorted(self._number[file] for file in files)

    def _suspects(self, found: Suspects | None) -> object:
        if found is None:
            return None
        return {
            "names": None if found.names is None else sorted(found.names),
            "plain": sorted(found.plain),
            "files": self._files(found.files),
            "words": sorted(found.words),
            "seen": self._files(found.seen),
            "read": self._files(found.read),
            "unread": self._files(found.unread),
            "own": self._files(found.own),
            "handed_out": None
            if found.handed_out is None
            else {name: _packed_roles(roles) for name, roles in found.handed_out.items()},
            "beside": sorted(found.beside),
        }

    def _generators(self, found: GeneratorNames | None) -> object:
        if found is None:
            return None
        names, lent = (sorted(map(_as_text, each)) for each in (found.names, found.lent))
        return {"names": names, "lent": lent, "shares": self._by_file(found.shares, sorted)}


class _Unpacker:
    def __init__(self, files: Sequence[str]) -> None:
        self._all = files

    def grounds(self, document: Mapping[str, object]) -> Grounds:
        rows = [self._question(checked(list, row)) for row in checked(list, document["questions"])]
        questions = [question for question, _ in rows]
        asked = self._by_file(document["asked"], lambda each: _chosen(questions, int(checked(str, each), 16)))
        said = {question: said for question, said in rows if question.asking is not Asking.CONTENT}
        marked = document["marked"]
        sieved = Sieved(
            self._suspects(document["suspects"]),
            self._generators(document["generators"]),
            None if marked is None else self._shares(marked),
        )
        return Grounds(Asked(asked, said), sieved)

    def _question(self, row: list[object]) -> tuple[Question, dict[str, str]]:
        asking, of, pattern, said = row
        name = self._file(of) if type(of) is int else checked(str, of)
        question = Question(Asking(asking), name, checked(str, pattern))
        return question, self._by_file(said, lambda each: checked(str, each))

    def _by_file(self, value: object, made: Callable[[object], T]) -> dict[str, T]:
        return {self._file(int(number)): made(each) for number, each in checked(dict, value).items()}

    def _files(self, value: object) -> frozenset[str]:
        return frozenset(map(self._file, all_of(int, value)))

    def _file(self, number: int) -> str:
        if number < 0:
            raise NotPlainError("a file has no number below nought")
        return self._all[number]

    def _suspects(self, value: object) -> Suspects | None:
        if value is None:
            return None
        found = checked(dict, value)
        names = found["names"]
        files, seen, read, unread, own = (
            self._files(found[each]) for each in ("files", "seen", "read", "unread", "own")
        )
        plain, words, beside = (frozenset(all_of(str, found[each])) for each in ("plain", "words", "beside"))
        told = None if names is None else frozenset(all_of(str, names))
        given = found["handed_out"]
        handed_out = None if given is None else {name: _roles(each) for name, each in checked(dict, given).items()}
        return Suspects(told, plain, files, words, seen, read, unread, own, handed_out, beside)

    def _generators(self, value: object) -> GeneratorNames | None:
        if value is None:
            return None
        found = checked(dict, value)
        names, lent = (frozenset(map(_as_bytes, all_of(str, found[each]))) for each in ("names", "lent"))
        return GeneratorNames(names, lent, self._shares(found["shares"]))

    def _shares(self, value: object) -> Shares:
        return self._by_file(value, lambda each: frozenset(all_of(str, each)))


def _packed_roles(roles: Roles) -> list[list[object]]:
    return [list(role) for role in sorted(roles)]


def _roles(value: object) -> Roles:
    return frozenset(map(_role, checked(list, value)))


def _role(value: object) -> Role:
    calls, is_async, of_object, is_null, attr = checked(list, value)
    is_async, of_object, is_null = all_of(bool, [is_async, of_object, is_null])
    return Role(checked(int, calls), is_async, of_object, is_null, checked(str, attr))


def _as_text(name: bytes) -> str:
    return name.decode(errors="surrogateescape")


def _as_bytes(name: str) -> bytes:
    try:
        return name.encode(errors="surrogateescape")
    except UnicodeEncodeError as error:
        raise NotPlainError(str(error)) from error


def _chosen(questions: Sequence[Question], bits: int) -> frozenset[Question]:
    if bits >> len(questions):
        raise NotPlainError("a question is missing")
    return frozenset(question for number, question in enumerate(questions) if bits >> number & 1)
