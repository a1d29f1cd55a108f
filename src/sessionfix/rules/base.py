"""What a rule is: it words one kind of site, explains itself, and shows by examples what it says and what not."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from sessionfix.project.sites import Site, Use

Modules = Mapping[str, str]
"""Sources by path; the example is about `TARGET`."""

TARGET = "app.py"


@dataclass(frozen=True)
class Valid:
    """Code about which nothing is said: one file, or several modules of which `TARGET` is looked at."""

    source: str | Modules

    @property
    def files(self) -> dict[str, str]:
        """The sources by path, without the indentation of the rule's file."""
        return _files(self.source)


@dataclass(frozen=True)
class Invalid:
    """Code with a finding on each of `rows` of `TARGET`.

    `expected` is that file rewritten, or None where the rewrite is refused; `unsafe` says that it takes
    `--unsafe-fixes`; `refusal` is a fragment of the reason that is given for refusing.
    """

    source: str | Modules
    expected: str | None
    rows: tuple[int, ...]
    unsafe: bool = False
    refusal: str = ""

    @property
    def files(self) -> dict[str, str]:
        """The sources by path, without the indentation of the rule's file."""
        return _files(self.source)

    @property
    def expected_text(self) -> str | None:
        """The rewritten file, without the indentation of the rule's file."""
        return None if self.expected is None else _outdented(self.expected)


class Rule:
    """One kind of wrong use. A subclass has a docstring in Markdown under the five headings of `HEADINGS`."""

    HEADINGS: ClassVar[tuple[str, ...]] = (
        "What it does",
        "Why is this bad?",
        "Example",
        "Use instead",
        "Fix safety",
    )

    code: ClassVar[str]
    name: ClassVar[str]
    use: ClassVar[Use]
    is_default: ClassVar[bool] = True  # looked for where the user selects nothing: what is certain to fail at run time
    revives: ClassVar[bool] = True  # the code at its sites failed until it was rewritten
    valid: ClassVar[tuple[Valid, ...]]
    invalid: ClassVar[tuple[Invalid, ...]]

    def message(self, site: Site) -> str:
        """What is wrong at `site`, in one line that names the user's own things."""
        raise NotImplementedError

    def explain(self) -> str:
        """The rule's page, in Markdown."""
        return f"# {self.code} {self.name}\n\n{inspect.cleandoc(self.__doc__ or '')}\n"


def call_of(site: Site) -> str:
    """The factory of `site` as a call, in backquotes."""
    return f"`{site.factory.qualname}()`"


def manager_kind(site: Site) -> str:
    """What the factory of `site` really returns."""
    return "an async context manager" if site.factory.is_async else "a context manager"


def consequence(site: Site) -> str:
    """What happens to the use that gave `site` away, here or in a function that the manager is passed to."""
    if not site.detail:
        return "using it as one fails"
    if ": " in site.detail:
        return f"it is passed as `{site.detail}`"
    if "." in site.detail.strip(".[]"):
        return f"it is passed on, and `{site.detail}` fails"
    return f"`{site.detail}` fails on it"


def _files(source: str | Modules) -> dict[str, str]:
    modules = {TARGET: source} if isinstance(source, str) else source
    return {path: _outdented(text) for path, text in modules.items()}


def _outdented(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")
