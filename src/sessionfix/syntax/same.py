"""Are two syntax trees the same? Asked without recursion.

`ast.dump` needs a level of C's stack for each of a tree's, of which Python 3.12 has 1,500 whatever limit is set, and a
text of ten times the size of the code.
"""

from __future__ import annotations

import ast


def is_same(one: ast.AST, other: ast.AST) -> bool:
    """Whether two trees are the same but for places. A field that is not there is None."""
    pairs: list[tuple[object, object]] = [(one, other)]
    while pairs:
        left, right = pairs.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, ast.AST):
            pairs += ((getattr(left, name, None), getattr(right, name, None)) for name in left._fields)
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            pairs += zip(left, right, strict=True)
        elif repr(left) != repr(right):  # 0.0 is not -0.0
            return False
    return True
