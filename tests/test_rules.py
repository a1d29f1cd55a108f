"""Every example of every rule, through the whole way that one file goes; and the rules' pages."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING

import pytest

from rewrite_examples import (
    advanced_generators,
    after_exit,
    clean_up,
    dependencies,
    not_safe,
    owned,
    reach,
    refusals,
    silent,
)
from sessionfix.diagnostics import Applicability
from sessionfix.fixer import check_file
from sessionfix.project import Project
from sessionfix.project.setup import Setup
from sessionfix.project.sites import Use
from sessionfix.rules import RULE_OF_USE, RULES, Invalid, Rule, Valid
from sessionfix.rules.base import TARGET

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sessionfix.diagnostics import FileResult, Finding

ALL_CODES = frozenset(rule.code for rule in RULES)
DEFAULT_CODES = frozenset(rule.code for rule in RULES if rule.is_default)


def check(
    files: dict[str, str], root: Path, code: str | None, *, text: str | None = None, unsafe: bool = False
) -> FileResult:
    """What the default rules and that of `code` find in `TARGET`, or in `text` in its place, beside the other files."""
    for path, source in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(source, encoding="utf-8")
    project = Project(Setup(root, [root / path for path in files]))
    source = files[TARGET] if text is None else text
    return check_file(project, root / TARGET, source, codes=DEFAULT_CODES | {code or ""}, unsafe=unsafe)


def comments(source: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def places(findings: tuple[Finding, ...]) -> list[int]:
    return [finding.span.start.row for finding in findings]


def named_by_rule(kind: str) -> list[object]:
    return [
        pytest.param(rule.code, example, id=f"{rule.code}-{number}")
        for rule in RULES
        for number, example in enumerate(getattr(rule, kind), start=1)
    ]


def named(*tables: Mapping[str, Invalid | Valid], code: str | None = None) -> list[object]:
    return [pytest.param(code, example, id=name) for table in tables for name, example in table.items()]


OF_RULES = {"SF301": dependencies, "SF303": advanced_generators, "SF401": after_exit}
INVALID = [
    *named_by_rule("invalid"),
    *(case for code, examples in OF_RULES.items() for case in named(examples.EXAMPLES, code=code)),
    *named(clean_up.EXAMPLES, reach.EXAMPLES, owned.EXAMPLES, refusals.EXAMPLES),
]
NOT_SAFE = named(not_safe.EXAMPLES)
VALID = [
    *named_by_rule("valid"),
    *(case for code, examples in OF_RULES.items() for case in named(examples.SILENT, code=code)),
    *named(silent.EXAMPLES),
]


@pytest.mark.parametrize(("code", "example"), VALID)
def test_says_nothing_about_valid_code(code: str | None, example: Valid, tmp_path: Path) -> None:
    result = check(example.files, tmp_path, code, unsafe=True)

    assert result.error is None
    assert [finding.message for finding in result.findings] == []
    assert result.fixed_text is None


@pytest.mark.parametrize(("code", "example"), [*INVALID, *NOT_SAFE])
def test_finds_each_place_in_invalid_code(code: str | None, example: Invalid, tmp_path: Path) -> None:
    result = check(example.files, tmp_path, code)

    assert result.error is None
    assert places(result.findings) == list(example.rows)
    assert code is None or {finding.code for finding in result.findings} == {code}
    assert all(finding.chain for finding in result.findings)


@pytest.mark.parametrize(("code", "example"), [case for case in INVALID if case.values[1].expected is not None])
def test_rewrites_invalid_code(code: str | None, example: Invalid, tmp_path: Path) -> None:
    source = example.files[TARGET]

    result = check(example.files, tmp_path, code, unsafe=example.unsafe)

    assert result.fixed_text == example.expected_text
    assert sorted(comments(result.fixed_text)) == sorted(comments(source))
    assert {finding.fix.applicability for finding in result.findings if finding.fix} == {
        Applicability.UNSAFE if example.unsafe else Applicability.SAFE
    }
    assert all(finding.fixed for finding in result.findings)


@pytest.mark.parametrize(("code", "example"), [case for case in INVALID if case.values[1].expected is not None])
def test_finds_nothing_in_rewritten_code(code: str | None, example: Invalid, tmp_path: Path) -> None:
    assert example.expected_text is not None
    ast.parse(example.expected_text)

    result = check(example.files, tmp_path, code, text=example.expected_text, unsafe=True)

    assert (result.error, result.findings, result.fixed_text) == (None, (), None)


@pytest.mark.parametrize(("code", "example"), [*NOT_SAFE, *(case for case in INVALID if case.values[1].unsafe)])
def test_leaves_unsafe_rewrites_to_the_user(code: str | None, example: Invalid, tmp_path: Path) -> None:
    result = check(example.files, tmp_path, code, unsafe=False)

    assert result.fixed_text is None
    assert not any(finding.fixed for finding in result.findings)


@pytest.mark.parametrize(("code", "example"), [case for case in INVALID if case.values[1].expected is None])
def test_refuses_with_a_reason(code: str | None, example: Invalid, tmp_path: Path) -> None:
    result = check(example.files, tmp_path, code, unsafe=True)

    assert result.fixed_text is None
    for finding in result.findings:
        assert finding.fix is None
        assert finding.refusal
        assert example.refusal in finding.refusal


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
class TestPage:
    def test_has_the_headings_in_order(self, rule: Rule) -> None:
        assert re.findall(r"^## (.+)$", rule.explain(), re.MULTILINE) == list(Rule.HEADINGS)

    def test_begins_with_code_and_name(self, rule: Rule) -> None:
        assert rule.explain().startswith(f"# {rule.code} {rule.name}\n\n## ")

    def test_shows_two_snippets_that_parse(self, rule: Rule) -> None:
        snippets = re.findall(r"```python\n(.*?)```", rule.explain(), re.DOTALL)

        assert len(snippets) == 2
        assert ast.dump(ast.parse(snippets[0])) != ast.dump(ast.parse(snippets[1]))

    def test_has_no_stray_indentation(self, rule: Rule) -> None:
        prose = re.sub(r"```.*?```", "", rule.explain(), flags=re.DOTALL)

        assert not [line for line in prose.splitlines() if line.startswith(" ")]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
class TestExamples:
    def test_are_more_often_valid_than_invalid(self, rule: Rule) -> None:
        assert len(rule.valid) > len(rule.invalid) > 0

    def test_parse(self, rule: Rule) -> None:
        for example in (*rule.valid, *rule.invalid):
            for path, source in example.files.items():
                ast.parse(source, path)

    def test_keep_the_comments_of_the_source(self, rule: Rule) -> None:
        for example in rule.invalid:
            if example.expected_text is not None:
                assert sorted(comments(example.expected_text)) == sorted(comments(example.files[TARGET]))

    def test_are_about_one_file(self, rule: Rule) -> None:
        assert all(TARGET in example.files for example in (*rule.valid, *rule.invalid))


def test_codes_and_names_are_unique() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)


def test_codes_are_in_order_and_well_formed() -> None:
    codes = [rule.code for rule in RULES]

    assert codes == sorted(codes)
    assert all(re.fullmatch(r"SF[1-5]\d\d", code) for code in codes)


def test_names_are_in_kebab_case() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name) for rule in RULES)


def test_each_use_has_its_rule() -> None:
    assert set(RULE_OF_USE) == set(Use)
    assert sorted(rule.code for rule in RULE_OF_USE.values()) == sorted(ALL_CODES)


@pytest.mark.parametrize("example", [case.values[1] for case in INVALID], ids=[case.id for case in INVALID])
def test_expected_rows_are_rows_of_the_source(example: Invalid) -> None:
    lines = example.files[TARGET].splitlines()

    assert all(lines[row - 1].strip() for row in example.rows)


@pytest.mark.parametrize("source", ["    x = 1\n    y = 2\n", "x = 1\ny = 2\n", "\n    x = 1\n    y = 2\n    "])
def test_examples_lose_the_indentation_of_the_file_that_holds_them(source: str) -> None:
    assert Valid(source).files == {TARGET: "x = 1\ny = 2\n"}
