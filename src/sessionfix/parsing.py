"""Parse Python that is not ours: what its author should be warned of is not for the users of this tool.

It may be newer than the Python that runs: what that one rejects is read again as a newer one would (see `syntax`).
"""

from __future__ import annotations

import ast
import warnings


def parse(text: str) -> ast.Module:
    """The tree of a module's source, without a word on what is written badly in it.

    Raises SyntaxError, ValueError, RecursionError or MemoryError.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except SyntaxError:
            from sessionfix.syntax.newer import parse_newer

            tree = parse_newer(text)
            if tree is None:
                raise
            return tree


def parse_expression(text: str) -> ast.expr:
    """The same for the source of one expression."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text, mode="eval").body
        except SyntaxError:
            from sessionfix.syntax.newer import parse_newer_expression

            tree = parse_newer_expression(text)
            if tree is None:
                raise
            return tree
