"""The sources of the monitoring application: read, changed and written as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitoring_server import BROKEN_APPLICATION, EXPECTED_FILES

if TYPE_CHECKING:
    from pathlib import Path

Sources = dict[str, bytes]


def copy_sources(source: Path, target: Path) -> Path:
    return write_sources(read_sources(source), target)


def read_sources(root: Path) -> Sources:
    """Read all files of an application but the caches and sessionfix's own."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not is_by_product(path.relative_to(root))
    }


def is_by_product(path: Path) -> bool:
    return any(part == "__pycache__" or part.startswith(".") for part in path.parts)


def write_sources(sources: Sources, target: Path) -> Path:
    for name, content in sources.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return target


def repaired_sources() -> Sources:
    return read_sources(BROKEN_APPLICATION) | read_sources(EXPECTED_FILES)


def meant_sources() -> Sources:
    """Make the program that the authors meant: `get_session` hands over a new session, and that is all."""
    sources = read_sources(BROKEN_APPLICATION)
    module = sources["database/db_manager.py"].decode().replace("\r\n", "\n")
    start = module.index("    @contextmanager\n")
    end = module.index("\n\n\ndb_manager = ")
    plain_factory = "    def get_session(self) -> Session:\n        return self.SessionLocal()"
    return sources | {"database/db_manager.py": (module[:start] + plain_factory + module[end:]).encode()}
