"""The answer to a command that was given before, where nothing is another since that it rests on.

A run that finds nothing changed has little to do, but to import click, to parse settings and to walk takes 75 ms for
200 files and 200 for 11,000, the start of Python 10. This way past all of that takes 15 ms for 200 files, 20 for 2,000
and 40 for 11,000, of which a stat of each is the most. So nothing is imported here that Python has not at hand at its
start: no dataclasses, no pathlib, no typing. What an answer rests on is told by `answers`, which keeps it.
"""

# ruff: noqa: PTH109, PTH110, PTH114, PTH118 - paths are plain strings or bytes here
from __future__ import annotations

import os
import sys
import time

from sessionfix import __version__
from sessionfix.cache.packing import FOLDER, load, name_of
from sessionfix.cache.stats import state_of
from sessionfix.roots import marked_root, upward

ANSWER = "answer"  # how files end that hold answers
_VARIABLES = ("NO_COLOR", "FORCE_COLOR", "TERM", "VIRTUAL_ENV", "PYTHONPATH")
_CACHE_DIR = "--cache-dir"
_COMPLETION = "_SESSIONFIX_COMPLETE"
_EXPANDED = frozenset("*?[~$%")


class Command:
    """A command as it was given, with the `key` of all that its answer depends on beside files.

    `is_terminal` is whether it prints to one, `clock` and `monotonic` tell when it was given, and `root` is the project
    that the working directory `cwd` belongs to. `folder` is the one of caches, as far as arguments tell: if settings
    name another one, no answer is kept.
    """

    def __init__(self, arguments: list[str], cwd: str, *, is_terminal: bool) -> None:
        self.clock, self.monotonic = time.time_ns(), time.monotonic_ns()
        self.cwd = cwd
        self.root = marked_root(cwd) or cwd
        self.folder = _named_folder(arguments, cwd) or os.path.join(self.root, FOLDER)
        self.key = ascii(
            (
                *(arguments, cwd, self.root, is_terminal, [os.environ.get(name) for name in _VARIABLES]),
                # up to the folder with .git, others above have something to say of what is ignored
                [os.path.exists(os.path.join(folder, ".git")) for folder in upward(self.root)],
                *(__version__, __file__, sys.version, sys.platform, sys.getfilesystemencoding()),
                os.geteuid() if hasattr(os, "geteuid") else None,  # another user may not be allowed to read all
            )
        )


def _named_folder(arguments: list[str], cwd: str) -> str | None:
    """Where `--cache-dir` says that caches are; the last one counts."""
    named = None
    for number, word in enumerate(arguments, start=1):
        if word == _CACHE_DIR:
            named = "".join(arguments[number : number + 1])
        elif word.startswith(f"{_CACHE_DIR}="):
            named = word[len(_CACHE_DIR) + 1 :]
    return os.path.normpath(os.path.join(cwd, named)) if named else None


def given(arguments: list[str], *, is_terminal: bool = False) -> Command | None:
    """The command with these arguments; None if the shell is to be told how to complete it, or they are patterns."""
    if _COMPLETION in os.environ:
        return None
    if os.name == "nt" and _EXPANDED.intersection("".join(arguments)):
        return None
    try:
        return Command(arguments, os.getcwd(), is_terminal=is_terminal)
    except OSError:
        return None


def answer(command: Command) -> tuple[bytes, int] | None:
    """What the command printed the last time, and its exit code; None if anything may have changed since then."""
    is_ours = command.folder == os.path.join(command.root, FOLDER)
    if is_ours and os.path.islink(command.folder):
        return None
    content = load(os.path.join(command.folder, name_of(command.key, ANSWER)))
    if content is None:
        return None
    head, _, rest = content.partition(b"\n")
    try:
        code, *lengths = map(int, head.split())
        start, parts = 0, []
        for length in lengths:
            parts.append(rest[start : start + length])
            start += length
        kept_key, printed, paths = parts
    except ValueError:
        return None
    if kept_key != command.key.encode() or state_of(paths.split(b"\0")) != rest[start:]:
        return None
    return printed, code


def packed(command: Command, printed: bytes, code: int, paths: list[bytes], state: bytes) -> bytes:
    """An answer that rests on files, in this state; what `answer` takes apart."""
    parts = (command.key.encode(), printed, b"\0".join(paths))
    return b"%d %d %d %d\n" % (code, *map(len, parts)) + b"".join(parts) + state


def shown(path: str, command: Command) -> bytes:
    """The path as it is kept: one below the working directory is found sooner from there (5 ms of 9, of 2,000)."""
    return os.fsencode(path[len(command.cwd) + 1 :] if path.startswith(command.cwd + os.sep) else path)
