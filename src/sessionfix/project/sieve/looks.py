"""How suspect names are used in a file, as far as bytes tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sessionfix.project.sieve.mentions import Decorated, Mention, mentions
from sessionfix.project.sieve.origins import STAR, Namesakes
from sessionfix.project.sieve.roles import NAMELESS, Roles, attributes, giving, of_objects

_ODD_CALL = re.compile(rb"[)\]][ \t\f]*\(")


@dataclass(frozen=True)
class Wanted:
    """What is looked for besides calls: what is wrong in blocks that are entered rightly, or in annotations."""

    blocks: bool = True
    annotations: bool = True


@dataclass(frozen=True)
class Look:
    """What a file does with suspect names: it defines some, hands some on perhaps, and may misuse calls of some."""

    defined: tuple[Decorated, ...] = ()
    is_left: bool = False  # its outline has to tell what it hands on
    is_called: bool = False  # or what else is looked for may be there


ANYTHING = Look(is_left=True, is_called=True)


@dataclass(frozen=True)
class Code:
    """A file's code alone, and its whole text."""

    file: str
    code: bytes
    text: bytes


NamesakesOf = Callable[[str, str, Sequence[Mention]], Namesakes | None]


def look_at(
    code: Code,
    roles: Mapping[str, Roles],
    makers: frozenset[str],
    namesakes: NamesakesOf,
    wanted: Wanted,
    handed_out: Mapping[str, Roles],
) -> Look:
    """How suspect names are used in a file, as far as bytes tell; and how those are called that are `handed_out`."""
    defined: list[Decorated] = []
    uses: list[_Uses] = []
    has_objects = any(of_objects(known) for name, known in roles.items() if name not in NAMELESS)
    for name, known in roles.items():
        found = list(mentions(code.code, name.encode()))
        if name in NAMELESS and not has_objects:  # no base of a class here can be one that has such a method
            found = [one for one in found if not one.before.endswith(b"super().")]
        if name in makers:
            made = [one.decorated(code.text) for one in found]
            defined += filter(None, made)
            odd = [one for one, by in zip(found, made, strict=True) if by is None and not one.is_quiet]
            uses.append(_Uses(known, odd))
        else:
            matters = [one for one in found if _matters(one, known, wanted)] if _is_bound(code.code, found) else []
            odd = matters if _comes_from_elsewhere(code.code, found) else [one for one in matters if not one.is_plain]
            others = namesakes(code.file, name, found)
            odd = [one for one in odd if others is None or not others.has(one)]
            uses.append(_Uses(known, odd, bool(of_objects(known)) and _is_hidden(code, name, found, others)))
    for name, known in handed_out.items():
        found = list(mentions(code.code, name.encode()))
        taken = [one for one in found if _is_taken_over(one, known, wanted)] if _is_bound(code.code, found) else []
        uses.append(_Uses(known, taken))
    return _summed_up(code.code, defined, uses, wanted)


@dataclass(frozen=True)
class _Uses:
    """The mentions of one name that may matter; `is_hidden`: it may stand in a text, too, as an annotation."""

    roles: Roles
    odd: Sequence[Mention]
    is_hidden: bool = False

    @cached_property
    def handing(self) -> Sequence[Mention]:
        """Those that may hand something on."""
        return [one for one in self.odd if not (one.is_call and _ends(one, self.roles))]

    @property
    def is_suspect(self) -> bool:
        return bool(giving(self.roles) and self.handing)

    @property
    def is_called(self) -> bool:
        """Whether a call may be misused: of the name itself, which a class is not."""
        is_ended = bool(giving(self.roles)) and len(self.handing) < len(self.odd)
        may_make_manager = any(role.calls <= 1 or not role.of_object for role in giving(self.roles))
        return is_ended or (may_make_manager and any(one.is_call for one in self.handing))

    @property
    def may_decorate(self) -> bool:
        return bool(self.odd) and any(role.calls > 1 and not role.of_object for role in giving(self.roles))


def _summed_up(code: bytes, defined: Sequence[Decorated], uses: Sequence[_Uses], wanted: Wanted) -> Look:
    is_left = any(one.handing or one.is_hidden for one in uses)
    is_called = any(one.is_called for one in uses)
    is_called = is_called or (any(one.is_suspect for one in uses) and _ODD_CALL.search(code) is not None)
    is_annotated = any(one.may_decorate for one in uses) or any(not one.is_told_plainly for one in defined)
    return Look(tuple(defined), is_left, is_called or (wanted.annotations and is_annotated))


def _ends(call: Mention, roles: Roles) -> bool:
    """Whether what a call of a factory returns goes nowhere from there; `with` hands on what is no manager."""
    may_enter = not attributes(roles)
    return all(role.calls <= 1 for role in roles) and (call.is_dropped or (may_enter and call.is_entered))


def _is_hidden(code: Code, name: str, found: Sequence[Mention], others: Namesakes | None) -> bool:
    """Whether a class may be named in a text, as an annotation."""
    if others is not None and others.is_imported_from_elsewhere:
        return False
    return sum(1 for _ in mentions(code.text, name.encode())) > len(found)


def _is_bound(code: bytes, found: list[Mention]) -> bool:
    """Whether the file has the name from anywhere: else it is a builtin's."""
    return any(not one.is_call or one.is_attribute or one.is_definition for one in found) or bool(STAR.search(code))


def _comes_from_elsewhere(code: bytes, found: list[Mention]) -> bool:
    """Whether a plain name may be what others call so: else it is a variable, and what it is given tells."""
    return any(one.is_imported or one.is_definition for one in found) or bool(STAR.search(code))


def _is_taken_over(mention: Mention, roles: Roles, wanted: Wanted) -> bool:
    """Whether what a package hands out may be called wrongly, or be imported under another name."""
    return _matters(mention, roles, wanted) if mention.is_call else mention.is_imported and not mention.is_import


def _matters(mention: Mention, roles: Roles, wanted: Wanted) -> bool:
    """Whether a mention may be a misuse, or hand something on."""
    if not mention.is_call:
        return not (mention.is_quiet_type if of_objects(roles) else mention.is_quiet)
    if mention.is_definition or all(role.calls == 0 for role in roles):
        return False
    role, *others = roles
    if others or role.calls > 1 or role.attr:
        return True
    return not mention.enters(is_async=role.is_async, blocks_matter=wanted.blocks)
