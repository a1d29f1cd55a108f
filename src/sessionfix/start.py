"""Where the command begins: with the answer that it had the last time, or else with all of `cli`."""

from __future__ import annotations

import os
import sys

from sessionfix.cache.replay import answer, given


def main() -> int:
    """Run the command with the arguments of this process; its exit code, if it does not end the process itself."""
    _open_what_is_closed()
    command = given(sys.argv[1:], is_terminal=sys.stdout.isatty())
    known = answer(command) if command else None
    try:
        if known is not None:
            return _say_again(*known)
        from sessionfix import cli  # with all that takes its time

        return int(cli.main(obj=command, prog_name="sessionfix"))
    finally:
        _let_go_of_the_rest()


def _open_what_is_closed() -> None:
    """A standard stream that is closed is None for Python; it becomes an empty one, and no file takes its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nothing = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nothing, mode, encoding="utf-8", errors="backslashreplace"))


def _say_again(printed: bytes, code: int) -> int:
    try:
        sys.stdout.buffer.write(printed)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        return 1  # as click has it
    except OSError as error:
        sys.stderr.write(f"Error: the report cannot be written: {error.strerror}\n")
        return 2
    return code


def _let_go_of_the_rest() -> None:
    """What could not be written would be tried again at the end of the process, and change its exit code."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, 1)
