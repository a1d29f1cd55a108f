"""The simple statements of which random programs are made.

In a phrase, `{s}` stands for a session, `{q}` for a query on one, `{p}` for an object that came from one, `{r}` for a
list of those, `{l}` for a lazy query, `{n}` for a plain value, `{f}` for a call of the factory, `{c}` for a query
straight on such a call, `{x}` for the name that is bound, `{w}` for a new word, `{i}` for a number, and `~` for an
`await` in async programs. A vertical tab is a line break inside a string.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass


class Kind(enum.Enum):
    """What a name holds."""

    SESSION = "s"
    OBJECT = "p"
    ROWS = "r"
    LAZY = "l"
    PLAIN = "n"


@dataclass(frozen=True)
class Phrase:
    """A statement, and the kind of the name that it binds."""

    text: str
    binds: Kind | None = None

    @property
    def needs(self) -> tuple[Kind, ...]:
        """The kinds of names that must be there."""
        found = {"s" if letter == "q" else letter for letter in re.findall(r"\{(\w)\}", self.text)}
        return tuple(kind for kind in Kind if kind.value in found)


def phrases(binds: Kind | None, *texts: str) -> tuple[Phrase, ...]:
    return tuple(Phrase(text, binds) for text in texts)


PLAIN_STATEMENTS = (
    *phrases(None, 'log("{w}")', "may_raise({i})", "log({n})", "kept.append({n})", "assert {n} is not None"),
    *phrases(Kind.PLAIN, "{x} = may_raise({i})", "{x} = cond({i})", "{x} = [1, 2]"),
)

WORK = phrases(
    None,
    '{s}.add("{w}")',
    "~{s}.commit()",
    '{s}.add("{w}")',
    "~{s}.flush()",
    '~{s}.execute("insert {w}")',
    "~{s}.rollback()",
    "{s}.add(may_raise({i}))",
    '~{s}.execute("""insert\v  {w}\v""")',
    '~save({s}, "{w}")',
    "{s}.add_all([1, 2])",
    "~{s}.delete({p})",
    "~{s}.refresh({p})",
    '{p}.name = "{w}"',
    "{s}.add({p})",
    'with suppress(ValueError):\n    {s}.add("{w}")\n    may_raise({i})\n    ~{s}.commit()',
)

READING = (
    *phrases(
        Kind.OBJECT,
        "{x} = {q}.one()",
        "{x} = {q}.first()",
        '{x} = ~work({s}, "{w}")',
        "{x}_pools = Pools({s})\n{x} = ~{x}_pools.first()",
        '{x} = Item(name="{w}")\n{s}.add({x})',
        "{x} = {q}.first() or Item(name='{w}')",
        "({x} := {q}.one())",
        "{x}, {x}_other = {q}.all()",
        "{x} = {q}.one() if cond({i}) else None",
    ),
    *phrases(
        Kind.PLAIN,
        "{x} = {q}.count()",
        "{x} = [row.name for row in {q}]",
        "{x} = ~{s}.scalar('q')",
        "{x} = sum(1 for row in {q})",
        "{x} = [row.id for row in {q}.all() if row.name]",
        "{x} = {{row.id: row.name for row in {q}}}",
        "{x} = any(row.state for row in {q})",
        "{x} = len(list({q}))",
        "{x} = ', '.join(row.name for row in {q})",
    ),
    *phrases(
        Kind.ROWS,
        "{x} = {q}.all()",
        "{x} = sorted({q}.all(), key=lambda row: row.name)",
        "{x} = list({q})",
        "{x} = [row for row in {q}]",
        "{x} = []\nfor {x}_row in {q}:\n    {x}.append({x}_row)",
    ),
    *phrases(
        Kind.LAZY,
        "{x} = {q}",
        '{x} = {q}.filter("x")',
        '{x} = {q}.order_by("y").limit(1)',
        "{x} = named({q})",
    ),
)

USES = (
    *phrases(
        Kind.PLAIN,
        "{x} = {p}.name",
        "{x} = {{'id': {p}.id}}",
        "{x} = f'{{{p}.name}} x'",
        "{x} = len({r})",
        "{x} = {r}[0].name",
        "{x} = [row.id for row in {r}]",
        "{x} = len(list({l}))",
        "{x} = [each for each in {l}]",
        "{x} = {p} and {p}.name",
        "{x} = describe({p})",
        "{x} = [describe(row) for row in {r}]",
        "{x} = {p} is None",
        "{x} = max({r}, key=lambda row: row.id).name",
        "{x} = list(map(describe, {r}))",
    ),
    *phrases(
        Kind.OBJECT,
        "{x} = {p}",
        "{x} = {p}.owner",
        "{x} = {r}[0]",
        "{x} = same({p})",
        "{x} = next(iter({r}))",
        "{x} = {p} if cond({i}) else None",
        "{x} = Box()\n{x}.held = {p}\n{x} = {x}.held",
        "{x}, {x}_number = {p}, 1",
    ),
    *phrases(
        Kind.ROWS,
        "{x} = {p}.children",
        "{x} = [{p}]",
        "{x} = {r}[:1]",
        "{x} = {r} + [{p}]",
        "{x} = list(reversed({r}))",
        "{x} = [row.owner for row in {r}]",
    ),
    *phrases(
        Kind.LAZY,
        "{x} = (row.name for row in {r})",
        "{x} = map(describe, {r})",
        "{x} = named({r})",
        "{x} = iter({r})",
    ),
    *phrases(
        None,
        '{p}.name = "{w}"',
        "log({p})",
        "log({p}.name)",
        "kept.append({p})",
        "kept.extend({r})",
        "{r}.append({p})",
        "for row in {r}:\n    log(row.name)",
        "for row in {l}:\n    log('{w}')",
        "del {p}",
        "assert {p}",
    ),
)

CLOSING = phrases(
    None,
    "~{s}.close()",
    "~{s}.commit()\n~{s}.close()",
    "~{s}.rollback()\n~{s}.close()",
    "try:\n    ~{s}.close()\nexcept Exception:\n    pass",
    "with suppress(Exception):\n    ~{s}.close()",
    "if {s}:\n    ~{s}.close()",
    "if {s} is not None:\n    ~{s}.close()",
    "if cond({i}):\n    ~{s}.close()",
)

ODDITIES = (
    *phrases(
        Kind.SESSION,
        "{x} = {s}",
        "{x} = get_session()",
        "{x} = {s} if cond({i}) else {s}",
        "({x} := get_session())",
        "{x}, {x}_number = {s}, 1",
    ),
    *phrases(
        None,
        "{x} = lambda: {s}.add('{w}')\n{x}()",
        "{x} = {s}.add\n{x}('{w}')",
        "{s} = None",
        "del {s}",
        "{x} = [{s}]\n{x}[0].add('{w}')",
        "{x} = ({q}, 1)",
        "{s} = get_session()",
        "{x} = (row.name for row in {q})\nlog(list({x}))",
        "def {x}():\n    return 1\nlog({x}())",
        "def {x}(n={i}):\n    {s}.add(n)\n{x}()",
        "with nullcontext({s}) as {x}:\n    {x}.add('{w}')",
        "{x} = {{'session': {s}}}\n{x}['session'].add('{w}')",
        "log({s} is None)",
        "log(sorted(each for each in [2, 1]))",
        "{x} = lambda: {p}.name\nlog({x}())",
        "def {x}():\n    return {p}.name\nlog({x}())",
        "kept.append(lambda: {p}.name)",
        "while True:\n    {s}.add('{w}')\n    if cond({i}):\n        break",
        "match {n}:\n    case 2:\n        {s}.add('{w}')\n    case _:\n        pass",
        "global kept_value\nkept_value = {p}",
        "log(\n    {q}.count(),  # {w}\n    {n},\n)",
        "{x} = {n} \\\v    or {q}.count()",
        "class {x}:\n    number = {q}.count()\nlog({x}.number)",
        "class {x}:\n    session = get_session()",
        "if ({x} := {q}.first()) is None:\n    log('{w}')",
        "while ({x} := {q}.first()) and cond({i}):\n    log({x}.name)",
        "if ({x} := {q}.count()) > 1 and cond({i}):\n    ~{s}.rollback()",
        '{x} = """{w}\v  in {n}\v"""\nlog({x})',
        "{x} = f'''\v  {{{n}}}\v'''\nlog({x})",
        "@traced\ndef {x}():\n    return {p}.name\nlog({x}())",
        "with closing({s}):\n    {s}.add('{w}')",
        "with {s}:\n    {s}.add('{w}')",
        "{s}.info = '{w}'",
        "if {s}: {s}.add('{w}')",
        "{x} = {s}\ndel {s}\n~{x}.close()",
        "def {x}(given={s}):\n    given.add('{w}')\n{x}()",
        "def {x}(given={p}):\n    log(given.name)\n{x}()",
        "{x} = {q}.count(); log({x}); {x} = {n}",
        "Box.held = {p}\nlog(Box.held.name)",
        "try:\n    {s}.add(may_raise({i}))\nexcept ValueError as error:\n    kept_error = error\n    raise",
    ),
)

DETOURS = (
    *phrases(
        Kind.OBJECT,
        "~remember({s})\n{x} = kept_value",
        "{x} = ~caller({s})",
        "{x} = ~Caller()({s})",
        "{x} = ~caller({s}, name=may_raise({i}))",
        "{x} = ~traced_work({s})",
        "{x} = ~traced(work)({s})",
        "{x} = first_of({s})",
        "{x} = first_of(*[{s}])",
        "{x} = first_of(session={s})",
        "{x} = first_of(**{{'session': {s}}})",
        "{x} = ~work(**{{'session': {s}}})",
        "{x} = ~work(*({s},))",
        "{x} = Users({s}).query.one()",
        "{x} = Users.of({s}).with_name('{w}').query.one()",
        "{x} = (lambda given={s}: given.query('q').one())()",
        "put({p})\n{x} = kept[-1]",
        "{x} = ~functools.partial(work, {s})()",
        "{x} = caller.seen or {p}",
    ),
    *phrases(
        Kind.LAZY,
        "{x} = traced_names({r})",
        "{x} = traced_names({q})",
        "{x} = traced_query({s})",
        "{x} = rows_of({s})",
        "{x} = Users({s}).names()",
    ),
    *phrases(
        Kind.PLAIN,
        "{x} = [name for name in traced_names({q})]",
        "{x} = sorted(rows_of({s}))",
        "{x} = list(Users({s}).names())",
        "{x} = traced(describe)({p})",
        "{x} = traced(len)({r})",
        "{x} = traced_query({s}).count()",
    ),
    *phrases(
        None,
        "~remember({s})",
        "~remember({s})\nlog(kept_value.name)",
        "log(kept_value and kept_value.name)",
        "log(kept and describe(kept[-1]))",
        "~caller({s})\nlog(caller.seen.name)",
        "log(caller.seen and caller.seen.name)",
        "put({p})",
        "put({p}, sink={r}.append)",
        "put({p}, sink=log)",
        "add_all_to({s}, '{w}', *[1, 2], commit=True)",
        "~attempt({s}, '{w}')",
        "~undo({s})",
        "~finish({s})",
        "later({s})()",
        "{x} = later({s})\n{x}()",
        "traced({s}.add)('{w}')",
    ),
)

YIELDS = phrases(
    None,
    "yield '{w}'",
    "yield {p}.name",
    "yield {n}",
    "yield {p}",
    "yield {s}",
    "for {x} in {q}:\n    yield {x}.name",
    "for {x} in {r}:\n    yield {x}",
    "{x} = yield {n}\nlog({x})",
)

ASYNC_READING = (
    *phrases(
        Kind.PLAIN,
        "{x} = [row.name async for row in await {s}.stream('q')]",
        "{x} = {{row.id: row.name async for row in await {s}.stream('q') if row.name}}",
    ),
    *phrases(Kind.ROWS, "{x} = [row async for row in await {s}.stream('q')]"),
    *phrases(Kind.LAZY, "{x} = {s}.execute('late')", "{x} = work({s})"),
    *phrases(
        None,
        "async for {x} in await {s}.stream('q'):\n    log({x}.name)",
        "await pause('{w}')",
        "await pause({s}.add('{w}'))",
    ),
)

ON_THE_CALL = (
    *phrases(
        Kind.PLAIN,
        "{x} = {c}.filter('a').order_by('b').limit(2).count()",
        "{x} = [{c}.count() for each in [1, 2]]",
        "{x} = {c}.count() if cond({i}) else 0",
        "{x} = cond({i}) and {c}.count()",
        "{x} = f'{{{c}.count()}} rows'",
        "{x} = (lambda: {c}.count())()",
        "{x} = len(\n    {c}.all(),  # {w}\n)",
        "{x} = {c} \\\v    .count()",
        "{x} = {c}.count() if ({x}_all := {c}.all()) else 0",
        "{x} = {c}.count()",
        "{x} = [row.name for row in {c}]",
        "log(may_raise({i}), {c}.count())",
        "{x} = ({c}.count(), 1)",
        "{x} = {{'n': {c}.count()}}",
        "{x} = {c}.count() + {c}.count()",
    ),
    *phrases(
        Kind.OBJECT,
        "{x} = {c}.one()",
        "{x} = ~work({f})",
        "{x} = ~work({f}, name=may_raise({i}))",
        "{x} = ~work(session={f})",
        "{x}_pools = Pools({f})\n{x} = ~{x}_pools.first()",
        "{x} = ~Pools({f}).first()",
        "{x} = {c}.one().owner",
    ),
    *phrases(Kind.ROWS, "{x} = {c}.all()", "{x} = list({c})"),
    *phrases(Kind.LAZY, "{x} = {c}", "{x} = {c}.filter('x')"),
    *phrases(
        None,
        "~save({f}, '{w}')",
        "if {c}.count():\n    log('{w}')",
        "for row in {c}:\n    log(row.name)",
        "for each in named({c}): log(each)",
        "with nullcontext({f}) as {x}:\n    {x}.add('{w}')",
        "while {c}.count() and cond({i}):\n    log('{w}')",
        "match {c}.count():\n    case 2:\n        log('{w}')",
        "match {c}.all():\n    case [{x}, *{x}_others]:\n        log({x}.name)",
        "assert {c}.count(), '{w}'",
        "log({c}.one().name, may_raise({i}))",
        "Box.held = {f}",
        "kept.append({c}.one())",
        "{f}",
        "class {x}:\n    number = {c}.count()\nlog({x}.number)",
        "def {x}(given={c}.count()):\n    return given\nlog({x}())",
    ),
)
