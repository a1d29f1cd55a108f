from __future__ import annotations

import pytest

from sessionfix.suppressions import Suppressions


@pytest.mark.parametrize(
    "comment",
    [
        "# sessionfix: ignore",
        "#sessionfix:ignore",
        "# sessionfix: ignore because it is a test",
        "# sessionfix: ignore[SF101]",
        "# sessionfix: ignore[SF205, SF101] entered later",
        "# sessionfix: ignore[SF1]",
        "# sessionfix: ignore[sf101]",
        "# Sessionfix: Ignore",
        "# noqa",
        "#noqa",
        "# NoQA",
        "# noqa: SF101",
        "# noqa:SF101",
        "# noqa : SF101",
        "# noqa: E501, SF101",
        "# noqa: E501 SF101",
        "# noqa: E501,SF101",
        "# noqa: sf1",
        "# noqa: SF101 entered later",
        "# noqa: SF101  # pragma: no cover",
        "# type: ignore  # noqa",
        "# type: ignore  # sessionfix: ignore[SF101]",
        "# a long story # noqa: SF101",
    ],
)
def test_covers(comment: str) -> None:
    assert Suppressions.from_text(f"session = get_session()  {comment}\n").covers("SF101", 1, 1)


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "# sessionfix: ignore[SF102]",
        "# sessionfix: ignore[]",
        "# sessionfix: ignore[SF1011]",
        "# sessionfix: ignored",
        "# sessionfix: ignore-file",
        "# sessionfix",
        "# noqa: E501",
        "# noqa: SF2",
        "# noqa-ish",
        "# type: ignore",
        "# flake8: noqa",
        "# see noqa",
    ],
)
def test_does_not_cover(comment: str) -> None:
    assert not Suppressions.from_text(f"session = get_session()  {comment}\n").covers("SF101", 1, 1)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_counts_on_the_first_row_of_the_call_and_the_last_of_the_statement(newline: str) -> None:
    lines = ["\x0cx = 1", "session = get_session(", "    1,  # noqa", ")  # noqa: SF101", "y = 2  # noqa", ""]
    suppressions = Suppressions.from_text(newline.join(lines))

    assert suppressions.covers("SF101", 2, 4)
    assert not suppressions.covers("SF102", 2, 4)
    assert not suppressions.covers("SF101", 2, 2)


@pytest.mark.parametrize("text", ['session = get_session("# noqa")', 'x = """\n# sessionfix: ignore-file\n"""'])
def test_strings_that_look_like_comments_do_not_count(text: str) -> None:
    suppressions = Suppressions.from_text(text)

    assert not any(suppressions.covers("SF101", row, row) for row in (1, 2, 3))


def test_ignores_a_whole_file_from_a_line_of_its_own() -> None:
    assert Suppressions.from_text("x = 1\n\n    # sessionfix: ignore-file\n").covers("SF101", 1, 1)
    assert not Suppressions.from_text("x = 1  # sessionfix: ignore-file\n").covers("SF101", 1, 1)


@pytest.mark.parametrize("rest", ['"""', "(", "  x\n y", "é = $ ? 'a"])
def test_a_text_that_does_not_tokenize_is_read_by_its_look(rest: str) -> None:
    suppressions = Suppressions.from_text(f"session = get_session()  # noqa: SF101\n{rest}")

    assert suppressions.covers("SF101", 1, 1)
