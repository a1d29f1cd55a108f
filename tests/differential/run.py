"""Run a program under every outcome, as it was meant and as it was rewritten, and compare what happened."""

from __future__ import annotations

import ast
import contextlib
import inspect
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import FrameType, ModuleType
from typing import Any

from differential.choices import Choices, Script, explore
from differential.modules import Modules, without_addresses
from differential.recording import (
    PROGRAM_FILE,
    Deed,
    Item,
    Lease,
    Result,
    Session,
    Work,
    World,
    name_of,
)

RUNS = 200
YIELDS = 20
CLOSING = ("close", "exit")


@dataclass(frozen=True)
class Program:
    """A project whose module `name` is judged. Its `main`, if it has one, is called without arguments.

    `entry` names another function of that module, or "Class.method", to be called with made-up arguments instead.
    `steps` bounds how often a generator is resumed before it is closed; None: it is read to its end.
    """

    text: str
    modules: Mapping[str, str]
    name: str = "prog"
    entry: str = "main"
    locks: bool = False
    steps: int | None = None

    def with_text(self, text: str) -> Program:
        return replace(self, text=text)


@dataclass(frozen=True)
class Run:
    """What happened in one run."""

    script: Script
    deeds: tuple[Deed, ...]
    outcome: str
    unbound: bool  # it ended for want of a session: nobody meant that, where opening one has failed
    failed_openings: tuple[int, ...]  # their rows
    durable: tuple[Work, ...]
    committed_by_program: frozenset[Work]
    rolled_back: frozenset[Work]
    exposed: Mapping[Work, tuple[int, ...]]
    violations: tuple[str, ...]
    leases: tuple[Lease, ...]
    aborted: str  # why, if the run was stopped


@dataclass(frozen=True)
class Difference:
    """One way in which a rewritten program isn't what its author meant."""

    script: Script
    rule: str
    words: str
    meant: Run
    rewritten: Run

    def __str__(self) -> str:
        return "\n".join(
            [f"[{self.rule}] {self.words}", f"outcomes {list(self.script)}", *side_by_side(self.meant, self.rewritten)]
        )


def side_by_side(meant: Run, rewritten: Run) -> Iterator[str]:
    """The two runs as lines to read."""
    for title, run in (("meant", meant), ("rewritten", rewritten)):
        yield f"  {title}: {run.outcome}" + (f" ({run.aborted})" if run.aborted else "")
        yield from (f"    {deed.text}" for deed in run.deeds)
        yield f"    durable: {[work.label for work in run.durable]}"
        yield f"    exits: {[lease.exits for lease in run.leases]}"


def run_program(program: Program, choices: Choices, *, plays: bool) -> Run:
    """One run of the program under the outcomes that `choices` gives, with managers that play sessions or not."""
    world = World(choices, plays=plays, locks=program.locks)
    outcome, unbound = "", False
    try:
        outcome = perform(world, program)
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, GeneratorExit)):
            raise
        outcome = f"raises {name_of(error)}"
        unbound = comes_from_missing_session(error)
    return Run(
        script=tuple(choices.taken),
        deeds=tuple(world.deeds),
        outcome=without_addresses(outcome),
        unbound=unbound,
        failed_openings=tuple(lease.row for lease in world.leases if not lease.opened),
        durable=tuple(world.durable),
        committed_by_program=frozenset(world.committed_by_program),
        rolled_back=frozenset(world.rolled_back),
        exposed={work: tuple(positions) for work, positions in world.exposed.items()},
        violations=tuple(world.violations),
        leases=tuple(world.leases),
        aborted=world.aborted,
    )


def comes_from_missing_session(error: BaseException | None) -> bool:
    """Whether a name without a value, or with None, may have been used as the session."""
    while error is not None and not isinstance(error, (NameError, AttributeError)):
        error = error.__context__
    return error is not None


def perform(world: World, program: Program) -> str:
    """Run the program and then what it left for later; what came out, in words."""
    modules = Modules(world, {**program.modules, program.name: program.text}, program=program.name)
    module = modules.load(program.name)
    has_entry = hasattr(module, program.entry.partition(".")[0])
    value = call(module, program.entry) if has_entry else module.__dict__.get("result")
    outcome = finished(world, value, program.steps)
    kept = [getattr(module, name) for name in ("kept", "kept_value") if hasattr(module, name)]
    for job in world.deferred:
        finished(world, job(), None)
    return f"{outcome}, keeps {probed(world, kept)}" if any(kept) else outcome


def call(module: ModuleType, entry: str) -> Any:
    """Call a function, or a method of a new object, with a text for each argument that it must have."""
    class_name, _, name = entry.rpartition(".")
    owner = with_made_up_arguments(getattr(module, class_name)) if class_name else module
    return with_made_up_arguments(getattr(owner, name))


def with_made_up_arguments(function: Callable[..., Any]) -> Any:
    parameters = inspect.signature(function).parameters.values()
    gathers = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [each for each in parameters if each.default is each.empty and each.kind not in gathers]
    by_name = {each.name: f"a {each.name}" for each in needed if each.kind is each.KEYWORD_ONLY}
    by_place = [f"a {each.name}" for each in needed if each.kind is not each.KEYWORD_ONLY]
    return function(*by_place, **by_name)


def finished(world: World, value: Any, steps: int | None) -> str:
    """Do as the caller does with what a function returned, and say what it gets."""
    if inspect.iscoroutine(value):
        value = run_coroutine(value)
    if inspect.isgenerator(value):
        return read_generator(world, value, steps)
    if inspect.isasyncgen(value):
        return read_async_generator(world, value, steps)
    return probed(world, value)


def run_coroutine(coroutine: Any) -> Any:
    """The result of a coroutine that never has to wait."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("a program under test waited for something")


def read_generator(world: World, generator: Any, steps: int | None) -> str:
    try:
        for count in range(YIELDS if steps is None else steps):
            try:
                value = next(generator)
            except StopIteration as stop:
                return probed(world, stop.value)
            world.record(f"yields {name_of(value)} {count}")
        generator.close()
    finally:
        exhaust(generator)
    return "closed"


def exhaust(generator: Any) -> None:
    """Let a generator that refuses to be closed come to its end, so that the collector has nothing to do."""
    with contextlib.suppress(BaseException):
        for _ in generator:
            pass


def read_async_generator(world: World, generator: Any, steps: int | None) -> str:
    for count in range(YIELDS if steps is None else steps):
        try:
            value = run_coroutine(generator.__anext__())
        except StopAsyncIteration:
            return "ends"
        world.record(f"yields {name_of(value)} {count}")
    run_coroutine(generator.aclose())
    return "closed"


def probed(world: World, value: Any) -> str:
    """What the caller sees in a value once the function has returned: objects are read, lazy values used up."""
    world.probing = True
    try:
        return f"returns {probe(world, value)}"
    finally:
        world.probing = False


def probe(world: World, value: Any) -> str:
    if isinstance(value, (list, tuple, set, frozenset)):
        return f"{type(value).__name__}[{', '.join(probe(world, item) for item in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name_of(key)}: {probe(world, item)}" for key, item in value.items()) + "}"
    if isinstance(value, Item):
        return attempt(lambda: f"{value._name()} named {value.name}")
    if isinstance(value, Session):
        return attempt(lambda: f"{value._name()} {value.query('by the caller')._name()}")
    if isinstance(value, Result) or inspect.isgenerator(value):
        return attempt(lambda: f"lazy {probe(world, list(value))}")
    if inspect.iscoroutine(value):
        return attempt(lambda: f"awaited {probe(world, run_coroutine(value))}")
    if inspect.isfunction(value):
        return attempt(lambda: f"called {probe(world, value())}")
    return name_of(value)


def attempt(read: Callable[[], str]) -> str:
    try:
        return read()
    except Exception as error:  # noqa: BLE001 (the caller sees whatever comes)
        return f"{type(error).__name__} when read"


# comparing


def differences(
    original: Program, rewritten_text: str, *, left_sites: bool = False, limit: int = RUNS
) -> list[Difference]:
    """How the rewritten program differs from the meant one, under up to `limit` outcomes.

    `left_sites` says that some sites were not rewritten: there the manager plays the session.
    """
    meant_runs = dict(explore(lambda choices: run_program(original, choices, plays=True), limit))
    found: list[Difference] = []
    rewritten_program = original.with_text(rewritten_text)
    tries = tries_by_row(original.text), tries_by_row(rewritten_text)
    for script, meant in meant_runs.items():
        if meant.aborted:
            continue
        rewritten = run_program(rewritten_program, Choices(script), plays=left_sites)
        if opening_has_moved(meant, rewritten, *tries):
            continue
        different = list(compare(meant, rewritten, meant_runs))
        if different and meant.failed_openings and lacks_name(original, script):
            continue
        found += [Difference(script, rule, words, meant, rewritten) for rule, words in different]
    return found


def lacks_name(program: Program, script: Script) -> bool:
    """Whether the meant program reads a name without a value, though it may handle that: `finally: s.close()`.

    Nobody meant that where opening the session has failed, and what follows has no counterpart in the rewritten one.
    """
    seen: list[BaseException] = []

    def watch(frame: FrameType, event: str, detail: Any) -> Callable[..., Any] | None:
        frame.f_trace_lines = False
        if event == "exception" and isinstance(detail[1], NameError):
            seen.append(detail[1])
        return watch if frame.f_code.co_filename == PROGRAM_FILE else None

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        run_program(program, Choices(script), plays=True)
    finally:
        sys.settrace(before)
    return bool(seen)


def tries_by_row(text: str) -> Counter[int]:
    """In how many try bodies each row stands."""
    bodies = (node.body for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Try))
    ends = ((body[0].lineno, body[-1].end_lineno or body[-1].lineno) for body in bodies)
    return Counter(row for first, last in ends for row in range(first, last + 1))


def opening_has_moved(meant: Run, rewritten: Run, before: Counter[int], after: Counter[int]) -> bool:
    """Whether a session could not be opened that the rewrite opens inside the try that followed.

    Such a rewrite can't be asked for that a failure to open passes the handlers of that try by.
    """
    rows = zip(meant.failed_openings, rewritten.failed_openings, strict=False)
    return any(after[row_after] > before[row_before] for row_before, row_after in rows)


def compare(meant: Run, rewritten: Run, meant_runs: Mapping[Script, Run]) -> Iterator[tuple[str, str]]:
    """(rule, what differs) for each of the four promises that one run breaks."""
    if rewritten.aborted:
        yield "same deeds", f"the rewritten program ends in {rewritten.aborted}"
        return
    if meant.unbound and meant.failed_openings:
        return
    yield from compare_deeds(meant, rewritten)
    yield from compare_work(meant, rewritten, meant_runs)
    yield from (("nothing after exit", words) for words in rewritten.violations if words not in meant.violations)
    yield from check_exits(rewritten)


def compare_deeds(meant: Run, rewritten: Run) -> Iterator[tuple[str, str]]:
    expected = [deed for deed in meant.deeds if deed.kind not in CLOSING]
    actual = [deed for deed in rewritten.deeds if deed.kind not in CLOSING]
    position = 0
    for index, deed in enumerate(expected):
        if position < len(actual) and actual[position] == deed:
            position += 1
        elif not is_left_to_factory(deed, expected[index + 1 :], rewritten):
            found = actual[position].text if position < len(actual) else "nothing more"
            yield "same deeds", f"expected {deed.text}, found {found}"
            return
    if position < len(actual):
        yield "same deeds", f"expected nothing more, found {actual[position].text}"
    elif meant.outcome != rewritten.outcome:
        yield "same deeds", f"expected that it {meant.outcome}, found that it {rewritten.outcome}"


def is_left_to_factory(deed: Deed, following: list[Deed], rewritten: Run) -> bool:
    """Whether this is a rollback that may go, since the factory rolls back or closes itself."""
    if deed.kind != "rollback" or any(other.lease == deed.lease and other.kind != "rollback" for other in following):
        return False
    return any(lease.number == deed.lease and lease.is_undone_at_exit for lease in rewritten.leases)


def compare_work(meant: Run, rewritten: Run, meant_runs: Mapping[Script, Run]) -> Iterator[tuple[str, str]]:
    kept = [work for work in rewritten.durable if work in set(meant.durable)]
    if kept != list(meant.durable):
        yield "durable work", f"{labels(meant.durable)} should be durable, {labels(rewritten.durable)} is"
    exits = {lease.number: lease.exits for lease in rewritten.leases}
    for work in rewritten.durable:
        if work in meant.durable:
            continue
        if work in meant.rolled_back:
            yield "durable work", f"{work.label} was rolled back, and is durable"
        elif work in rewritten.committed_by_program:
            yield "durable work", f"{work.label} was lost at close, and the program's own commit makes it durable"
        elif "exception" in exits[work.lease]:
            yield "durable work", f"{work.label} is durable although its block ended with an exception"
        elif is_lost_to_exception(work, meant, meant_runs):
            yield "durable work", f"{work.label} was lost to an exception, and is durable"


def labels(works: tuple[Work, ...]) -> list[str]:
    return [work.label for work in works]


def is_lost_to_exception(work: Work, meant: Run, meant_runs: Mapping[Script, Run]) -> bool:
    """Whether the work would have become durable had an exception not come up while it was pending."""
    for position in meant.exposed.get(work, ()):
        for script, other in meant_runs.items():
            same_so_far = script[:position] == meant.script[:position] and len(script) > position
            if same_so_far and script[position] != meant.script[position] and work in other.durable:
                return True
    return False


def check_exits(rewritten: Run) -> Iterator[tuple[str, str]]:
    for lease in rewritten.leases:
        entries = (lease.entered, len(lease.exits))
        is_left = lease.may_be_left and entries == (0, 0)
        if lease.opened and entries != (1, 1) and not is_left:
            yield "one exit", f"session#{lease.number} is entered {entries[0]} times and exited {entries[1]} times"
