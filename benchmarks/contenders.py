"""The commands that are timed on a corpus: sessionfix in its four situations, and other tools."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from corpora import Corpus
from pairing import Contender
from peers import Peers, compiled_once

_RUFF = "ruff check --select SIM115 --preview --isolated --quiet"
_QUICK = {
    "ast-grep-cli": "ast-grep run --lang python --pattern '$SESSION = $OWNER.get_session()' .",
    "ty": "ty check --output-format concise",
    "pyrefly": "pyrefly check --preset default --output-format min-text",
}
_SLOW = {
    "mypy": "mypy --strict --no-incremental --cache-dir={nowhere} --explicit-package-bases .",
    "pylint": "pylint --disable=all --enable=consider-using-with --recursive=y .",
    "fixit": "fixit --quiet --rules fixit.rules.no_static_if_condition lint .",
    "libcst": "python -m libcst.tool codemod --no-format noop.NOOPCommand .",
}


class Contenders:
    """The contenders on one corpus; caches are kept in `caches`, outside of it."""

    def __init__(self, corpus: Corpus, peers: Peers, caches: Path) -> None:
        self._corpus = corpus
        self._peers = peers
        self._caches = caches / corpus.name
        self._edited = next(path for path in corpus.files if b"@contextmanager" in path.read_bytes())
        self._text = self._edited.read_bytes()
        self._edits = 0

    def paired(self) -> Iterator[Contender]:
        """Those that take turns over what stays as it is, each after its rival."""
        target = str(self._edited.relative_to(self._corpus.folder))
        yield from self._pair("cold", "--no-cache .", "--no-cache .")
        yield from (self._peer(name, words, "ruff, cold") for name, words in _QUICK.items() if self._has(name))
        yield from self._pair("warm", f"{self._cache('ruff')} .", f"{self._cache('own')} .")
        one = f"--no-cache {shlex.quote(target)}"
        yield from self._pair("one target, cold", one, one)
        yield from self._pair(
            "one target, warm", f"{self._cache('ruff-one')} {target}", f"{self._cache('own-one')} {target}"
        )

    def edited_each_time(self) -> Iterator[Contender]:
        """Those before which a file is changed: not among the others, for whom nothing is to change."""
        edited = f"{self._cache('ruff-edited')} .", f"{self._cache('own-edited')} ."
        yield from self._pair("one file changed", *edited, before=self._edit)

    def slow(self) -> Iterator[Contender]:
        """Those that are run once, since they take minutes."""
        for name, words in _SLOW.items():
            if self._has(name):
                yield self._peer(name, words.format(nowhere=os.devnull), "ruff, cold")

    def restore(self) -> None:
        """Take back the edits."""
        self._edited.write_bytes(self._text)

    def _pair(
        self, situation: str, ruff: str, own: str, before: Callable[[], object] = lambda: None
    ) -> Iterator[Contender]:
        rival = f"ruff, {situation}"
        command = self._peers.command(f"{_RUFF} {ruff}")
        folder, variables = self._corpus.folder, self._peers.variables
        yield Contender(rival, rival, command, folder, variables, before)
        words = (sys.executable, "-m", "sessionfix", "--quiet", "--exit-zero", *shlex.split(own))
        yield Contender(f"sessionfix, {situation}", rival, words, folder, compiled_once(), before)

    def _peer(self, name: str, words: str, rival: str) -> Contender:
        label = f"{name} {self._peers.versions[name]}"
        command = self._peers.command(words)
        return Contender(label, rival, command, self._corpus.folder, self._peers.variables)

    def _has(self, name: str) -> bool:
        return name in self._peers.versions

    def _cache(self, name: str) -> str:
        return f"--cache-dir={shlex.quote(str(self._caches / name))}"

    def _edit(self) -> None:
        self._edits += 1
        self._edited.write_bytes(self._text + b"\n# edited %d times\n" % self._edits)
