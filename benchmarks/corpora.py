"""The trees on which tools are timed: the Python files of the packages that corpora.csv pins, never imported."""

from __future__ import annotations

import csv
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus import Package, downloaded, outside_of_repository

_TABLE = Path(__file__).with_name("corpora.csv")
NAMES = ("small", "medium", "large")


@dataclass(frozen=True)
class Corpus:
    """A folder with some packages' Python files, and with a pyproject.toml without settings."""

    name: str
    folder: Path
    files: tuple[Path, ...]

    @property
    def lines(self) -> int:
        return sum(path.read_bytes().count(b"\n") for path in self.files)


def fetched_corpora(folder: Path, names: Sequence[str]) -> Iterator[Corpus]:
    """The corpora of these names below `folder`, fetched as far as they are not there; raises ClickException."""
    with _TABLE.open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    for name in names:
        corpus = outside_of_repository(folder).resolve() / "corpora" / name
        for row in rows:
            if row["corpus"] == name:
                _fetch(Package(row["package"], row["version"]), row["archive"], corpus, folder)
        (corpus / "pyproject.toml").touch()
        yield Corpus(name, corpus, tuple(sorted(corpus.rglob("*.py"))))


def _fetch(package: Package, archive: str, corpus: Path, folder: Path) -> None:
    source = corpus / f"{package.name}-{package.version}"
    if source.exists():
        return
    packed = downloaded(package, folder / f"{archive}s" / source.name, sdist=archive == "sdist")
    partly = source.with_name(f"{source.name}.part")
    partly.mkdir(parents=True, exist_ok=True)
    _extract_python(packed, partly)
    partly.rename(source)


def _extract_python(packed: Path, target: Path) -> None:
    if packed.suffix == ".whl":
        with zipfile.ZipFile(packed) as wheel:
            wheel.extractall(target, [name for name in wheel.namelist() if name.endswith(".py")])
    else:
        with tarfile.open(packed) as sdist:
            members = [member for member in sdist if member.isfile() and member.name.endswith(".py")]
            sdist.extractall(target, members, filter="data")
