"""What a call was found to be, step by step, in plain data for people."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sessionfix.diagnostics import Certainty
from sessionfix.project.resolve import Resolver
from sessionfix.project.sites import Site, Use
from sessionfix.project.uses import Found, Silence
from sessionfix.project.values import (
    ClassValue,
    Coroutine,
    Either,
    Function,
    Generator,
    Instance,
    Manager,
    ModuleValue,
    Nothing,
    Outside,
    Step,
    Unknown,
    Value,
)
from sessionfix.project.why import Why


class Spot(NamedTuple):
    """A file and rows in it; row 0 and no rows stand for the whole file."""

    file: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Explained:
    """One call: the way that its name was followed, what it returns and where that was settled, and what is said of it.

    Either `use` and `certainty` are set, or `silent`, the reason why nothing is said, with the place that decides.
    """

    call: str
    row: int
    steps: tuple[Step, ...]
    result: str
    settled: Spot | None
    use: Use | None = None
    detail: str = ""
    certainty: Certainty | None = None
    silent: str = ""
    decided: Spot | None = None


def explained(judged: Found | Silence, resolver: Resolver, site: Site | None = None) -> Explained:
    """The explanation of one judged call, of which another detector may have found `site`."""
    value = judged.resolved.value
    why = value.why if isinstance(value, Unknown | Outside) else None
    steps = tuple(dict.fromkeys(step for step in judged.resolved.steps if step.row))
    call, row = ast.unparse(judged.call), judged.call.lineno
    result, settled = "".join(_described(value, why, resolver)), _spot(why)
    if isinstance(judged, Found):
        return Explained(call, row, steps, result, settled, judged.use, judged.detail, judged.certainty)
    if site is not None:
        return Explained(call, row, steps, result, settled, site.use, site.detail, site.certainty)
    decided = Spot(judged.entered[0], (judged.entered[1],)) if judged.entered else None
    return Explained(call, row, steps, result, settled, silent=judged.reason, decided=decided)


def _spot(why: Why | None) -> Spot | None:
    return Spot(why.file, why.rows) if why is not None and why.file else None


def _described(value: Value, why: Why | None, resolver: Resolver) -> Iterator[str]:
    if isinstance(value, Unknown):
        yield f"not known: {why.text}" if why else "not known"
    elif isinstance(value, Outside):
        named = f"`{value.name}`, which is not of the project and is not known to be a factory"
        yield named if value.name else f"no manager for certain: {why.text}" if why else "no manager for certain"
    elif isinstance(value, Manager):
        names = [value.listed] if value.listed else [resolver.qualname(one) for one in value.functions]
        yield f"{'an async' if value.is_async else 'a'} manager of " + " or ".join(f"`{name}`" for name in names)
    elif isinstance(value, Generator):
        yield f"a generator: `{_name(value.function, resolver)}` is a generator function, and no factory"
    elif isinstance(value, Instance):
        yield f"an object of the class `{_name(value.class_, resolver)}`"
    elif isinstance(value, ClassValue | Function):
        yield f"`{_name(value, resolver)}` itself"
    elif isinstance(value, Coroutine):
        yield "a coroutine, which is to be awaited"
    elif isinstance(value, Either):
        yield "one of several things of the project"
    elif isinstance(value, Nothing):
        yield "nothing that is seen: None, or a value that depends on itself"
    else:
        yield "a module" if isinstance(value, ModuleValue) else "something that can be called"


def _name(value: ClassValue | Function, resolver: Resolver) -> str:
    return resolver.scope(value.file, value.scope).name
