"""Read and replace source files, byte for byte.

`read_source` and `SourceFile.encode` are a pair: what the one takes apart (byte order mark, encoding, newlines) the
other puts back.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import re
import stat
import tokenize
from dataclasses import dataclass
from pathlib import Path

from sessionfix.errors import SessionfixError

CANNOT_BE_PARSED = "cannot be parsed: "
LARGEST = 10_000_000  # bytes: to analyse and rewrite a file takes hundreds of times its size of memory
TOO_LARGE = f"is too large to be analysed: it has more than {LARGEST // 1_000_000} megabytes"
READ_ONLY = "is read-only; left as it is"
_PART = 1 << 20  # bytes
_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # a pipe is not waited for
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class FileError(SessionfixError):
    """A file that can't be read, decoded or replaced; the message says why, without the path."""


@dataclass(frozen=True)
class SourceFile:
    """A file's bytes, and the text in them with its newlines as they are."""

    path: Path
    content: bytes
    text: str
    encoding: str
    has_bom: bool

    def encode(self, text: str) -> bytes:
        """`text` as the bytes of this file.

        Raises FileError where the encoding can't hold `text`, or doesn't give back this file's own bytes.
        """
        if self._bytes_of(self.text) != self.content:
            raise FileError(f"{self.encoding} does not give back the same bytes; left as it is")
        return self._bytes_of(text)

    def _bytes_of(self, text: str) -> bytes:
        bom = codecs.BOM_UTF8 if self.has_bom else b""
        try:
            return bom + text.encode(self.encoding)
        except UnicodeError as error:
            raise FileError(f"cannot be written as {self.encoding}: {error}") from error


def read_source(path: Path) -> SourceFile:
    """Read and decode `path`, which is to be analysed; raises FileError."""
    return source_of(path, read_bytes(path))


def source_of(path: Path, content: bytes) -> SourceFile:
    """The source with this content, which is to be analysed; raises FileError."""
    if len(content) > LARGEST:
        raise FileError(TOO_LARGE)
    return decode_source(path, content)


def is_too_large(path: Path | str) -> bool:
    """Whether a file is too large to be analysed."""
    try:
        return os.stat(path).st_size > LARGEST  # noqa: PTH116  # of every file, as in `read_bytes`
    except (OSError, ValueError):
        return False


def read_bytes(path: Path | str) -> bytes:
    """The content of a regular file; raises FileError."""
    try:
        descriptor = os.open(path, _READING)  # of every file, many times: a stream takes twice as long
        try:
            return _regular_content(descriptor)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        raise FileError(f"cannot be read: {reason_of(error)}") from error


def _regular_content(descriptor: int) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise FileError("is not a regular file")
    content = os.read(descriptor, status.st_size + 1)
    if len(content) == status.st_size:
        return content
    parts = [content]  # it grew, or the system does not say how large it is
    while parts[-1]:
        parts.append(os.read(descriptor, _PART))
    return b"".join(parts)


def decode_source(path: Path, content: bytes) -> SourceFile:
    """Decode `content` as Python would (PEP 263: byte order mark, coding comment, UTF-8); raises FileError."""
    has_bom = content.startswith(codecs.BOM_UTF8)
    try:
        encoding = _declared_encoding(content)
        text = content[len(codecs.BOM_UTF8) if has_bom else 0 :].decode(encoding)
    except (SyntaxError, LookupError, UnicodeError) as error:
        raise FileError(f"cannot be decoded: {error}") from error
    if "\0" in text:
        raise FileError(f"{CANNOT_BE_PARSED}it holds null bytes")
    return SourceFile(path, content, text, encoding, has_bom)


def _declared_encoding(content: bytes) -> str:
    if b"coding" not in b"".join(content.split(b"\n", 2)[:2]):
        return "utf-8"
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return encoding.removesuffix("-sig")


def replace_file(path: Path, expected: bytes, content: bytes, mode: int | None = None) -> None:
    """Replace the file at `path`, which must still hold `expected`, in one step.

    At any moment the file is either old or new. Mode and, where the system lets us, owner and extended attributes stay
    (or the mode becomes `mode`). A symbolic link stays one: what it points to is replaced. Raises FileError, and then
    the file is as it was.
    """
    try:
        _replace(Path(os.path.realpath(path)), expected, content, mode)
    except OSError as error:
        raise FileError(f"cannot be written: {reason_of(error)}") from error


def require_replaceable(path: Path) -> None:
    """Raise FileError if `path` or its folder is read-only.

    The permission bits count even for a superuser, whom the system would let through, and for a file in a folder that
    would let us put another in its place: who made it read-only wants it left alone.
    """
    target = Path(os.path.realpath(path))
    try:
        if not _is_writable(target):
            raise FileError(READ_ONLY)
        if not _is_writable(target.parent):
            raise FileError(f"its folder {READ_ONLY}")
    except OSError as error:
        raise FileError(f"cannot be written: {reason_of(error)}") from error


def other_names(path: Path) -> int:
    """How many other hard links the file has: they keep the old content when it is replaced."""
    return path.stat().st_nlink - 1


def write_new(path: Path, content: bytes) -> None:
    """Write a file and see it on the disk."""
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """See the names in `folder` on the disk, where the system has a way."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # some network and container file systems cannot: the rename is atomic all the same
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def reason_of(error: Exception) -> str:
    """Why a call to the system failed, without the path that the caller names anyway."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def shown_path(path: Path, cwd: Path) -> str:
    """`path` as the user sees it: relative to `cwd`, with forward slashes."""
    try:
        return Path(os.path.relpath(path, cwd)).as_posix()
    except ValueError:  # on another drive
        return path.as_posix()


def printed_path(path: Path, cwd: Path) -> str:
    """The same for a line to read: a line end or another control character in it is written as in a string."""
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], shown_path(path, cwd))


def _is_writable(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o222) and os.access(path, os.W_OK)


def _replace(target: Path, expected: bytes, content: bytes, mode: int | None) -> None:
    import tempfile  # 10 ms that only a run that writes need pay

    require_replaceable(target)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        os.close(descriptor)
        write_new(temporary, content)
        _copy_metadata(target, temporary)
        if mode is not None:
            temporary.chmod(mode)
        if target.read_bytes() != expected:
            raise FileError("has changed since it was read; left as it is")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(target.parent)


def _copy_metadata(source: Path, target: Path) -> None:
    import shutil

    status = source.stat()
    if hasattr(os, "chown"):
        with contextlib.suppress(PermissionError):
            os.chown(target, status.st_uid, status.st_gid)
    shutil.copystat(source, target)
    os.utime(target)
