"""What the bare text of a file tells: whether it gives an attribute a value, which classes it may derive from.

Nothing is parsed here. The answers say for which of a project's files that is worth it, and are rather too many than
too few. Each takes time in proportion to the text, whatever that holds: no pattern goes over the same stretch from
every place in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

_NAME = rb"[\w\x80-\xff]+"
# What follows the name is looked at and not taken: in `a.b, c.d = e` it holds the next name. These patterns only look
# so far, since a line may have a megabyte.
_GIVEN = rb"(?=[\s\\)\]]*(?::[^=\n]{0,300}|,(?:[^=\n]|(?<=,)\n){0,300})?[-+*/%&|^@<>]{0,2}=(?!=))"
_REACH = 300  # bytes before an attribute in which the `for` or `as` that gives it a value is looked for
_COMMENT = re.compile(rb"#[^\n]*")
_KEYWORD = rb"class(?<!\wclass)\s"  # `\bclass\s` would take ten times as long, as nothing is known that it begins with
_CLASS = re.compile(_KEYWORD)
_GENERIC = re.compile(_KEYWORD + rb"+" + _NAME + rb"\s*\[")
_PARAMETERS = re.compile(_KEYWORD + rb"|\]\s*\(")  # of type parameters, what stands before a colon is another part
_WORD = re.compile(_NAME)
_LAST_WORD = re.compile(_NAME + rb"$")
_AS = re.compile(rb"as(?<=\sas)\s")
_ASSIGNED = re.compile(rb"=\s*(?:" + _NAME + rb"\.)*(" + _NAME + rb")[ \t]*(?:#|$)", re.MULTILINE)


def as_bytes(word: str) -> bytes:
    """A word as it stands in files; one that was no UTF-8 there is so here."""
    return word.encode(errors="surrogateescape")


def stores(text: bytes, name: str) -> bool:
    """Whether a text may give an attribute of this name a value."""
    word = re.escape(as_bytes(name))
    attribute = rb"\.\s*" + word + rb"(?![\w\x80-\xff])"
    if re.search(attribute + _GIVEN, text):
        return True
    before = (text[max(0, found.start() - _REACH) : found.start()] for found in re.finditer(attribute, text))
    return any(map(_is_taken, before)) or _is_set(text, word)


def _is_taken(before: bytes) -> bool:
    """Whether a text ends in `for thing` or `as thing`, of which `.name` then is a part."""
    start = max(before.rfind(b":"), before.rfind(b"\n")) + 1
    words = _WORD.findall(before[start:])
    above = _WORD.findall(before[:start])[-1:]
    looped = words[::-1].index(b"for") if b"for" in words else 0
    return above in ([b"as"], [b"for"]) or b"as" in words or b"in" not in (words[-looped:] if looped else [b"in"])


def _is_set(text: bytes, word: bytes) -> bool:
    """`setattr(thing, "name", ...)`"""
    if b"setattr" not in text:
        return False
    named = re.compile(rb"""\s*['"]""" + word + rb"""['"]""")
    return any(b"setattr" in owner and named.match(name) for owner, name in pairwise(text.split(b",")))


def base_names(text: bytes) -> frozenset[str]:
    """The names that a text may use as base classes, be it that it calls them something else there."""
    start = _PARAMETERS if _GENERIC.search(text) else _CLASS
    # without comments, as a colon may stand in one, and with them, as their mark may stand in a text
    texts = (text, _COMMENT.sub(b"", text)) if b"#" in text else (text,)
    bases = {word for one in texts for arguments in _arguments(one, start) for word in _WORD.findall(arguments)}
    renamed = set(_renamed(text)) if bases else set()
    return frozenset(word.decode(errors="surrogateescape") for word in bases | renamed)


def _arguments(text: bytes, start: re.Pattern[bytes]) -> Iterator[bytes]:
    """Each stretch up to a colon, from the bracket on that may hold a class's bases."""
    found = start.search(text)
    while found:
        end = text.find(b":", found.end())
        end = end if end >= 0 else len(text)
        bracket = text.find(b"(", found.start(), end)
        if bracket >= 0:
            yield text[bracket:end]
        found = start.search(text, end)


def _renamed(text: bytes) -> Iterator[bytes]:
    """`Base` of `import Base as B` and of `B = module.Base`"""
    for found in _AS.finditer(text):
        before = text[max(0, found.start() - _REACH) : found.start() - 1].rsplit(None, 1)[-1:]
        last = _LAST_WORD.search(before[0]) if before else None
        yield from (last[0],) if last else ()
    yield from _ASSIGNED.findall(text)
