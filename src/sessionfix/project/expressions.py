"""What names can be followed through in an expression: syntax -> facts."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from sessionfix.parsing import parse_expression
from sessionfix.project import facts
from sessionfix.project.facts import Expr

_CASTS = (facts.Name("cast"), facts.Attribute(facts.Name("typing"), "cast"))


def expression(node: ast.expr | None) -> Expr:
    """What names can be followed through in `node`."""
    if isinstance(node, ast.Name):
        return facts.Name(node.id)
    if isinstance(node, ast.Attribute):
        return facts.Attribute(expression(node.value), node.attr)
    if isinstance(node, ast.Call):
        return _call(node)
    if isinstance(node, ast.Constant):
        value = node.value
        return facts.Constant(value) if value is None or isinstance(value, bool) else facts.Opaque()
    if isinstance(node, ast.Await):
        return facts.Await(expression(node.value))
    if isinstance(node, ast.IfExp):
        return facts.Choice((expression(node.body), expression(node.orelse)))
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        return facts.Choice(tuple(map(expression, node.values)))
    if isinstance(node, ast.NamedExpr):
        return expression(node.value)
    if isinstance(node, ast.Lambda):
        return facts.Lambda(_replace(expression(node.body), _parameters(node.args)))
    return _subscripted_type(node)


def _parameters(args: ast.arguments) -> dict[str, Expr]:
    """What the names of a lambda's parameters stand for."""
    every = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
    hidden: dict[str, Expr] = {arg.arg: facts.Opaque() for arg in every if arg is not None}
    return hidden | {arg.arg: facts.Given() for arg in (*args.posonlyargs, *args.args)[:1]}


def _replace(expr: Expr, names: Mapping[str, Expr]) -> Expr:
    """The expression with other expressions for some of its names."""
    if isinstance(expr, facts.Name):
        return names.get(expr.id, expr)
    if isinstance(expr, facts.Attribute):
        return facts.Attribute(_replace(expr.value, names), expr.attr)
    if isinstance(expr, facts.Call):
        args = tuple(_replace(arg, names) for arg in expr.args)
        keywords = tuple((word, _replace(arg, names)) for word, arg in expr.keywords)
        return facts.Call(_replace(expr.func, names), args, keywords)
    if isinstance(expr, facts.Lambda):
        return facts.Lambda(_replace(expr.result, names))
    if isinstance(expr, facts.Choice):
        return facts.Choice(tuple(_replace(option, names) for option in expr.options))
    return expr if isinstance(expr, facts.Constant) else facts.Opaque()


def _subscripted_type(node: ast.expr | None) -> Expr:
    """`X[...]` and `X | Y`, which may be the value of a type alias."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return facts.Subscript(facts.Name("|"), (type_expression(node.left), type_expression(node.right)))
    if isinstance(node, ast.Subscript):
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return facts.Subscript(expression(node.value), tuple(map(type_expression, items)))
    return facts.Opaque()


def _call(node: ast.Call) -> Expr:
    func = expression(node.func)
    if ast.Starred in map(type, node.args):
        return facts.Call(func)
    args = tuple(map(expression, node.args))
    if len(args) == 2 and func in _CASTS:
        args = (type_expression(node.args[0]), args[1])
    return facts.Call(func, args, _keywords(node.keywords) if node.keywords else ())


def _keywords(words: list[ast.keyword]) -> tuple[tuple[str, Expr], ...]:
    """What is passed by name; of a type variable, its bound alone."""
    bound = tuple((word.arg, type_expression(word.value)) for word in words if word.arg == "bound")
    return bound or tuple((word.arg or "**", expression(word.value)) for word in words)


def annotation(node: ast.expr | None) -> Expr | None:
    """A type expression, with quoted parts read; None if there is none."""
    if node is None:
        return None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _quoted(node.value)
    return expression(node)


def type_parameters(node: ast.AST) -> dict[str, Expr]:
    """What the type parameters of a definition or an alias (PEP 695) stand for in annotations: their bounds."""
    found = getattr(node, "type_params", ())
    if not found:
        return {}
    hidden: dict[str, Expr] = {parameter.name: facts.Opaque() for parameter in found}
    bounds = ((parameter.name, getattr(parameter, "bound", None)) for parameter in found)
    return hidden | {name: bounded(type_expression(bound), hidden) for name, bound in bounds if bound is not None}


def bounded(expr: Expr, names: Mapping[str, Expr]) -> Expr:
    """A type expression with what type parameters stand for in their place."""
    if not names:
        return expr
    if isinstance(expr, facts.Subscript):
        return facts.Subscript(bounded(expr.value, names), tuple(bounded(item, names) for item in expr.items))
    return _replace(expr, names)


def type_expression(node: ast.expr) -> Expr:
    """The same for a type that is there."""
    return annotation(node) or facts.Opaque()


def _quoted(text: str) -> Expr:
    try:
        return type_expression(parse_expression(text.strip()))
    except (SyntaxError, ValueError):
        return facts.Opaque()
