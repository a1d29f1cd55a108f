from __future__ import annotations

import codecs
import os
import stat
from pathlib import Path

import pytest

from sessionfix import files
from sessionfix.files import FileError, decode_source, is_too_large, other_names, read_source, replace_file

PATH = Path("app.py")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x = 1",
        b"x = 1\n",
        b"x = 1\r\ny = 2\r\n",
        b"x = 1\ry = 2\r",
        b"x = 1\n\x0c\ny = 2\n",
        b"x = 1\r\ny = 2\nz = 3\r",
        codecs.BOM_UTF8 + b"x = 1\n",
        codecs.BOM_UTF8 + b"# -*- coding: utf-8 -*-\nx = 1\n",
        "x = 'äöü €'\n".encode(),
        "# -*- coding: latin-1 -*-\nx = 'äöü'\n".encode("latin-1"),
        "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '€'\n".encode("cp1252"),
        "# coding: shift_jis\nx = 'テスト'\n".encode("shift_jis"),
    ],
)
def test_what_is_read_is_written_back_byte_for_byte(content: bytes) -> None:
    source = decode_source(PATH, content)

    assert source.encode(source.text) == content


def test_the_text_keeps_newlines_and_loses_the_byte_order_mark() -> None:
    assert decode_source(PATH, codecs.BOM_UTF8 + b"a\r\nb\rc\n").text == "a\r\nb\rc\n"


def test_a_coding_comment_counts_in_the_first_two_lines_alone() -> None:
    assert decode_source(PATH, b"\n\n# coding: latin-1\nx = '\xc3\xa4'\n").text.endswith("x = 'ä'\n")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"x = '\xff'\n", "cannot be decoded: 'utf-8' codec can't decode byte 0xff"),
        (b"# coding: no-such-thing\n", "cannot be decoded: unknown encoding"),
        (b"# coding: rot13\nx = 1\n", "cannot be decoded: 'rot13' is not a text encoding"),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", "cannot be decoded: encoding problem"),
        (b"x = 1\0\n", "cannot be parsed: it holds null bytes"),
    ],
)
def test_what_cannot_be_decoded_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(FileError) as caught:
        decode_source(PATH, content)

    assert str(caught.value).startswith(reason)


def test_text_that_the_encoding_cannot_hold_is_refused() -> None:
    source = decode_source(PATH, b"# coding: latin-1\nx = 1\n")

    with pytest.raises(FileError, match="cannot be written as iso-8859-1"):
        source.encode("x = '€'\n")


def test_an_encoding_that_does_not_give_the_bytes_back_is_refused() -> None:
    source = decode_source(PATH, b"# coding: utf-7\nx = '+AGE-'\n")  # the long form of 'a'

    with pytest.raises(FileError, match="does not give back the same bytes"):
        source.encode(source.text + "y = 1\n")


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to(path), lambda path: None])
def test_what_is_no_readable_file_says_why(tmp_path: Path, make: object) -> None:
    path = tmp_path / "app.py"
    make(path)  # type: ignore[operator]

    with pytest.raises(FileError):
        read_source(path)


def test_a_replaced_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_bytes(b"old")
    path.chmod(0o751)

    replace_file(path, b"old", b"new")

    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o751 or os.name == "nt"
    assert list(tmp_path.iterdir()) == [path]


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    target = tmp_path / "real" / "app.py"
    target.parent.mkdir()
    target.write_bytes(b"old")
    link = tmp_path / "app.py"
    link.symlink_to(target)

    replace_file(link, b"old", b"new")

    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_file_that_changed_since_it_was_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    path.write_bytes(b"changed")

    with pytest.raises(FileError, match="has changed since it was read"):
        replace_file(path, b"old", b"new")

    assert path.read_bytes() == b"changed"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("which", ["file", "folder"])
def test_read_only_files_and_folders_are_left_alone(tmp_path: Path, which: str) -> None:
    path = tmp_path / "folder" / "app.py"
    path.parent.mkdir()
    path.write_bytes(b"old")
    read_only = path if which == "file" else path.parent
    mode = read_only.stat().st_mode
    read_only.chmod(mode & ~0o222)
    try:
        with pytest.raises(FileError, match="read-only"):
            replace_file(path, b"old", b"new")
        assert path.read_bytes() == b"old"
        assert list(path.parent.iterdir()) == [path]
    finally:
        read_only.chmod(mode)


def test_a_full_disk_leaves_the_old_file_and_no_rubbish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "app.py"
    path.write_bytes(b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="No space left on device"):
        replace_file(path, b"old", b"new")

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupt_before_the_last_step_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "app.py"
    path.write_bytes(b"old")

    def interrupted(_self: Path, _target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_file(path, b"old", b"new")

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_hard_links_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    path.touch()
    assert other_names(path) == 0

    (tmp_path / "other.py").hardlink_to(path)
    assert other_names(path) == 1


def test_a_file_that_is_too_large_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 20)
    path = tmp_path / "app.py"
    path.write_bytes(b"x = 1" * 4)
    assert read_source(path).text == "x = 1" * 4
    assert not is_too_large(path)

    path.write_bytes(b"x = 1" * 4 + b"\n")
    with pytest.raises(FileError, match="too large to be analysed"):
        read_source(path)
    assert is_too_large(path)
    assert not is_too_large(tmp_path / "none.py")
