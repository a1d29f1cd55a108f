"""A project: all its Python files, read as far as a question needs."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from sessionfix.diagnostics import ChainStep
from sessionfix.files import FileError, read_source
from sessionfix.parsing import parse
from sessionfix.project.asked import FOUND, Asked
from sessionfix.project.byname import manager_by_name
from sessionfix.project.callers import Callers
from sessionfix.project.calls import Calls
from sessionfix.project.detectors import DETECTORS
from sessionfix.project.exits import ExitReader
from sessionfix.project.explained import Explained, explained
from sessionfix.project.factories import UNTOUCHED, Exit, Factory, either
from sessionfix.project.facts import ModuleFacts
from sessionfix.project.in_depth import InDepth
from sessionfix.project.injected import InjectedAttributes
from sessionfix.project.lazy import RELATIONSHIP_CALLS, UNLOADED_COLUMNS, LazyAttributes, lazy_attributes
from sessionfix.project.overrides import Overrides
from sessionfix.project.recent import RecentTargets
from sessionfix.project.references import References, references_in
from sessionfix.project.resolve import Resolver
from sessionfix.project.setup import Setup
from sessionfix.project.sieve.definitions import FactoryNames, definitions, factory_names
from sessionfix.project.sieve.sieve import Sieve
from sessionfix.project.sites import Site, Use, in_order
from sessionfix.project.stubs import is_stub_file
from sessionfix.project.summary.summary import summarise
from sessionfix.project.target import Target, span
from sessionfix.project.texts import Texts
from sessionfix.project.trail import Asking, Memo, Question, Trail
from sessionfix.project.uses import CALL_USES, judge_uses
from sessionfix.project.values import Function, Manager, Resolved, Step
from sessionfix.room import with_room_if_needed

T = TypeVar("T")

_EXPIRY_SET = r"\bconfigure\([^()]*\bNAME\s*=(?!\s*False\b)|\.NAME\s*=(?!\s*False\b|=)"


class Project:
    """Answers which factory calls of a file are misused.

    Other modules are read when a call leads there; `unreadable` lists those of them that could not be. Without a
    `sieve` over the same files, or if it `follows_all`, every call is looked at: that gives the same answers.
    """

    def __init__(self, setup: Setup, *, sieve: Sieve | None = None, follows_all: bool = False) -> None:
        self.trail = Trail()
        self.memory: Memo[object, object] = Memo(self.trail)  # what was concluded from other files, by those who asked
        self.unreadable: list[Path] = []
        self._setup = setup
        self._facts: dict[str, ModuleFacts | None] = {}
        self._targets = RecentTargets()
        self._contents = Texts(setup.paths, setup.contents)
        self._texts: dict[str, str] = {}
        self._lines: dict[str, list[str]] = {}
        self._stand_ins: tuple[str, ...] = ()  # files whose facts are not those of the disk
        self._factory_of: Memo[Function, Factory] = Memo(self.trail)
        self._by_name: Memo[str, Resolved | None] = Memo(self.trail)
        self._settled: Memo[str, bool] = Memo(self.trail)
        self._witnesses: dict[Question, str | None] = {}  # the first file that matches
        self._lazy: Memo[None, LazyAttributes] = Memo(self.trail)
        self._defined: Memo[None, FactoryNames] = Memo(self.trail)
        self._references: dict[str, References | None] = {}
        self.sieve = sieve
        self.follows_all = follows_all or sieve is None
        self.parsed = 0  # how often a file was
        self._in_depth: InDepth | None = None
        self.resolver = self._new_resolver()

    def _new_resolver(self) -> Resolver:
        setup = self._setup
        return Resolver(setup.index, self.facts_of, self.trail, setup.decorators, setup.factories)

    def sites(self, path: Path, text: str, uses: frozenset[Use] = frozenset(Use)) -> list[Site]:
        """What is wrong in `text`, which is (or is to be) the content of `path`, in order of position.

        Of the detectors, those are asked that look for one of `uses`; they may find others, too.

        Raises SyntaxError, ValueError or RecursionError if `text` can't be parsed.
        """
        target = self._entered(str(path), text)
        return in_order(site for one in DETECTORS if one.uses & uses for site in one.find(target, self))

    def explain(self, path: Path, text: str, row: int) -> list[Explained]:
        """What the calls that stand in a row of `text`, the content of `path`, are found to be, finding or not.

        Raises what `sites` raises.
        """
        target = self._entered(str(path), text)
        found = (one.find(target, self) for one in DETECTORS if one.uses.isdisjoint(CALL_USES))
        others = {site.place: site for sites in found for site in sites}
        return [
            explained(judged, self.resolver, others.get(span(judged.call))) for judged in judge_uses(target, self, row)
        ]

    def asked(self, answers: Mapping[str, frozenset[Question]]) -> Asked:
        """What all searches found on which answers rest, of which it is known for each file what was asked for it."""
        searches = frozenset[Question]().union(*answers.values())
        found = {question: self._said(question) for question in searches if question.asking is not Asking.CONTENT}
        asked = Asked(dict(answers), found)
        if self._setup.packages is not None:
            asked.add(self._setup.packages.asked)
        return asked

    def _said(self, question: Question) -> dict[str, str]:
        """What is said to a question by the files that are on the disk."""
        if question.asking is Asking.ANY:
            witness = self._witnesses[question]
            return {} if witness is None else {witness: FOUND}
        if question.asking is not Asking.DEFINING:
            return dict.fromkeys(self._contents.found(question), FOUND)
        files = self._defined[None].files
        said = {file: definitions(self._contents.on_disk(file), question.of) for file in files}
        return {file: names for file, names in said.items() if names}

    def forget(self) -> None:
        """Forget what was concluded: not all of it is right where a conclusion was broken off by an exception."""
        self.memory.clear()
        self.resolver = self._new_resolver()
        self._by_name.clear()
        self._factory_of.clear()

    def _entered(self, file: str, text: str) -> Target:
        """The target that `text` is as the content of `file`; from now on the text stands for that content."""
        target = self._targets.of_text(file, text) or Target.of(file, self._parsed(text))
        self._enter(target, text)
        return target

    def _enter(self, target: Target, text: str) -> None:
        """Forget what was concluded from another text."""
        self.trail.note(Question(Asking.CONTENT, target.file))
        stand_ins = () if self._is_on_disk(target.file, text) else (target.file,)
        if stand_ins or self._stand_ins:
            for file in (*self._stand_ins, *stand_ins):
                self._facts.pop(file, None)
                self._references.pop(file, None)
                self._targets.drop(file)
            self.resolver = self._new_resolver()
            self._in_depth = None
            self._by_name.clear()
            self._contents.restore()
        if stand_ins:
            self._contents.replace(target.file, text.encode(errors="surrogatepass"))
        self._stand_ins = stand_ins
        self._facts[target.file] = target.facts
        self._targets.trim()
        self._targets.keep(target, text)
        self._texts = {target.file: text}
        self._lines = {}
        self._factory_of.clear()
        self.resolver.forget_recent()
        if self._in_depth is not None:
            self._in_depth.resolver.forget_recent()

    def _is_on_disk(self, file: str, text: str) -> bool:
        try:
            return read_source(Path(file)).text == text
        except FileError:
            return False

    def calls(self, path: Path) -> Calls:
        """What the calls of the text that `sites` was last given reach; that text must have had a site."""
        target = self._targets.get(str(path))
        assert target is not None
        return Calls(target, self)

    # what the analysis of one file asks about the others

    @property
    def in_depth(self) -> InDepth:
        if self._in_depth is None:
            self._in_depth = InDepth(self, self._new_resolver())
            self._in_depth.resolver.callers = Callers(self._in_depth)
            self._in_depth.resolver.injected = InjectedAttributes(self._in_depth)
        return self._in_depth

    def names_suspect(self, name: str, *, is_plain: bool = False) -> bool:
        return self.follows_all or bool(self._stand_ins) or self._sketches.names_suspect(name, is_plain=is_plain)

    def names_generator(self, name: str) -> bool:
        return self._setup.packages is not None or self._sketches.names_generator(name)

    @cached_property
    def _sketches(self) -> Sieve:
        return self.sieve or Sieve(self._setup)

    def names_factory(self, name: str) -> bool:
        return name in self.factory_names

    @property
    def passes_factories(self) -> bool:
        """Whether a name of a factory stands, uncalled or in a lambda, in an argument, a default or a value."""
        return self._settled.once("passes factories", self._passes_factories)

    def _passes_factories(self) -> bool:
        if not self.factory_names:
            return False
        words = "|".join(map(re.escape, sorted(self.factory_names)))
        made = rf"\blambda\b[^:\n]*:\s*(?:\w+\.)*(?:{words})\("
        handed_on = rf"[(,=:]\s*(?:\w+\.)*(?:{words})\s*[,)\n#]|{made}"
        return self._is_in_any("", handed_on, self._sketches.naming(self.factory_names))

    def by_name_alone(self, method: str) -> Resolved | None:
        if method not in self.factory_names:
            return None
        return self._by_name.once(method, lambda: manager_by_name(self, method))

    def facts_of(self, file: str) -> ModuleFacts | None:
        self.trail.note(Question(Asking.CONTENT, file))
        if file not in self._facts:
            sieved = self.sieve.facts_of(file) if self.sieve else None
            self._facts[file] = sieved or self._read(file, lambda tree, _: summarise(tree).facts)
        return self._facts[file]

    def references_of(self, file: str) -> References | None:
        self.trail.note(Question(Asking.CONTENT, file))
        if file not in self._references:
            target = self.target_of(file)
            self._references[file] = references_in(target) if target else None
        return self._references[file]

    def target_of(self, file: str) -> Target | None:
        self.trail.note(Question(Asking.CONTENT, file))
        return self._targets.get(file) or self._read(file, lambda tree, text: self._kept(Target.of(file, tree), text))

    def _kept(self, target: Target, text: str) -> Target:
        self._targets.keep(target, text)
        return target

    def files_naming(self, word: str) -> Iterable[str]:
        self.trail.note(Question(Asking.NAMING, word))
        return self._contents.naming(word)

    def files_with(self, word: str, pattern: str, beside: Collection[str] = ()) -> Iterable[str]:
        self.trail.note(Question(Asking.MATCHING, word, pattern))
        return self._contents.matching(word, pattern, beside)

    def _is_in_any(self, word: str, pattern: str, files: Iterable[str] | None = None) -> bool:
        """Whether any of the project's files, or of those that may, matches a regular expression."""
        question = Question(Asking.ANY, word, pattern)
        self.trail.note(question)
        if question not in self._witnesses:
            among = self._setup.paths if files is None else files
            self._witnesses[question] = next(iter(self._contents.matching_in(among, word, pattern)), None)
        return self._witnesses[question] is not None

    def files_storing(self, name: str) -> Iterable[str]:
        self.trail.note(Question(Asking.STORING, name))
        return self._contents.storing(name)

    def files_deriving(self, name: str) -> Iterable[str]:
        self.trail.note(Question(Asking.DERIVING, name))
        return self._contents.deriving(name)

    @property
    def factory_names(self) -> frozenset[str]:
        """The names that the definitions of factories have, wherever they are; rather too many than too few."""
        return self._defined.once(None, self._find_definitions).names

    def _find_definitions(self) -> FactoryNames:
        found = factory_names(self._setup.paths, self._contents.content, self._setup.decorators)
        for word in found.decorators:
            self.trail.note(Question(Asking.DEFINING, word))
        return found

    @property
    def lazy(self) -> LazyAttributes:
        """The attributes of the project's models that are loaded when they are read."""
        return self._lazy.once(None, self._find_lazy)

    def _find_lazy(self) -> LazyAttributes:
        files = dict.fromkeys(file for word, pattern in RELATIONSHIP_CALLS for file in self.files_with(word, pattern))
        columns = (self._is_in_any(word, pattern) for word, pattern in UNLOADED_COLUMNS)
        trees = (self._read(file, lambda tree, _: tree) for file in files)
        exist = bool(files) or any(columns)
        return lazy_attributes((tree for tree in trees if tree is not None), exist=exist)

    def _parsed(self, text: str) -> ast.Module:
        self.parsed += 1
        return parse(text)

    def _read(self, file: str, understand: Callable[[ast.Module, str], T]) -> T | None:
        self.trail.note(Question(Asking.CONTENT, file))
        try:
            text = read_source(Path(file)).text
            return with_room_if_needed(lambda: understand(self._parsed(text), text))
        except (FileError, SyntaxError, ValueError, RecursionError, MemoryError):
            if Path(file) not in self.unreadable:
                self.unreadable.append(Path(file))
            return None

    # sites

    def chain_step(self, step: Step) -> ChainStep:
        """A step as people see it."""
        return ChainStep(self.shown_file(step.file), step.row, step.text or self._line(step.file, step.row))

    def shown_file(self, file: str) -> Path:
        """A file's path; that of an installed package's without the folder of all packages."""
        return Path(self._setup.index.shown(file))

    def _line(self, file: str, row: int) -> str:
        self.trail.note(Question(Asking.CONTENT, file))
        if file not in self._lines:
            text = self._texts[file] if file in self._texts else read_source(Path(file)).text
            self._lines[file] = re.split("\r\n|\r|\n", text)
        return self._lines[file][row - 1].strip()

    def factory_of(self, manager: Manager) -> Factory:
        if manager.listed:
            return Factory(manager.listed, self._setup.root / "pyproject.toml", 1, manager.is_async, None, Exit())
        found = [self._factory_of_function(function) for function in manager.functions]
        exits = (*(one.exit for one in found), *((UNTOUCHED,) if manager.may_be_null else ()))
        return replace(found[0], exit=either(exits))

    def _factory_of_function(self, function: Function) -> Factory:
        if function not in self._factory_of:
            self._factory_of.keep(function, lambda: self._unread_factory(function))  # what one that enters itself gets
            self._factory_of.keep(function, lambda: self._read_factory(function))
        return self._factory_of[function]

    def _unread_factory(self, function: Function) -> Factory:
        scope = self.resolver.scope(function.file, function.scope)
        is_async = self.resolver.kind(function).manager == "async"
        qualname = self.resolver.qualname(function)
        return Factory(qualname, Path(function.file), scope.row, is_async, None, Exit())

    def _read_factory(self, function: Function) -> Factory:
        factory = self._unread_factory(function)
        if is_stub_file(function.file):
            return replace(factory, exit=Exit(swallows=True, keeps_on_error=True))
        source = self.resolver.kind(function).wrapper or function
        target = self.target_of(source.file)
        node = target.function(source.scope) if target else None
        if target is None or node is None:
            return factory
        hides_exceptions = Calls(target, self).is_seen_to_hide_exceptions
        reader = ExitReader(target, self.resolver, Overrides(self).exit_of, hides_exceptions)
        yields, exit_ = reader.read(node)
        return replace(factory, yields=yields, exit=replace(exit_, expires=exit_.expires or self._expiry_is_set))

    @property
    def _expiry_is_set(self) -> bool:
        """Whether any file may turn `expire_on_commit` on for sessions that were made without it."""
        return self._is_in_any("expire_on_commit", _EXPIRY_SET)
