"""What the documentation says is what the tool does."""

from __future__ import annotations

import re
import textwrap
from dataclasses import fields
from pathlib import Path

import pytest

from sessionfix.rules import RULES
from sessionfix.settings import Settings

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
README = (ROOT / "README.md").read_text(encoding="utf-8")
ENDPOINTS = "api/pool_endpoints.py"
PAGES = ["README.md", "benchmarks/README.md", "docs/story.md"]


def snippets(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def section(title: str) -> str:
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_readme_shows_code_of_the_application_before_and_after() -> None:
    before, after = snippets(README, "python")[:2]

    for snippet, folder in ((before, "monitoring_api"), (after, "monitoring_api_expected")):
        source = (FIXTURES / folder / ENDPOINTS).read_text(encoding="utf-8")
        assert textwrap.indent(snippet, " " * 8) in source


def test_readme_lists_every_rule() -> None:
    listed = re.findall(r"^\| (SF\d+) \| ([a-z-]+) \|", section("Rules"), re.MULTILINE)

    assert listed == [(rule.code, rule.name) for rule in RULES]


def test_readme_says_of_each_rule_whether_it_rewrites() -> None:
    answers = re.findall(r"^\| SF\d+ .* \| (yes|no) \|$", section("Rules"), re.MULTILINE)

    rewriting = [any(example.expected is not None for example in rule.invalid) for rule in RULES]
    assert [answer == "yes" for answer in answers] == rewriting


def test_readme_explains_every_setting() -> None:
    rows = re.findall(r"^\| (`.*?) \|", section("Settings"), re.MULTILINE)

    assert sorted(key for row in rows for key in re.findall(r"`([a-z-]+)`", row)) == sorted(
        field.name.replace("_", "-") for field in fields(Settings)
    )


def test_readme_names_the_hooks_that_there_are() -> None:
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")

    (snippet,) = (each for each in snippets(README, "yaml") if "hooks:" in each)

    identifiers = re.findall(r"^- id: (.*)$", hooks, re.MULTILINE)
    assert identifiers == ["sessionfix", "sessionfix-fix"]
    assert set(re.findall(r"(?<!/)\bsessionfix(?:-fix)?\b", snippet)) == set(identifiers)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files(page: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text(encoding="utf-8"))

    assert links
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).is_file()] == []


def test_readme_names_the_rules_that_are_looked_for_on_request() -> None:
    named = re.search(r"((?:SF\d+, )+SF\d+ and SF\d+) are looked for on request only", README)

    assert named
    assert re.findall(r"SF\d+", named[1]) == [rule.code for rule in RULES if not rule.is_default]
