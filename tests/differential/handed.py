"""Random programs made into such as may be handed their session."""

from __future__ import annotations

import re
from collections.abc import Callable

from differential.owned import ASYNC_CALLER, CALLER

OPENING = re.compile(r"^(?P<indent> +)(?P<name>\w+)(?:: \w+)? = (?P<value>(?:await )?get_session\(\))$", re.MULTILINE)

OPENINGS = (
    "{indent}own = {name} is None\n{indent}if own:\n{indent}    {name} = {value}",
    "{indent}own = False\n{indent}if {name} is None:\n{indent}    {name} = {value}\n{indent}    own = True",
    "{indent}own = not {name}\n{indent}{name} = {name} or {value}",
    "{indent}own = {name} is None\n{indent}{name} = {name} if {name} is not None else {value}",
    "{indent}if {name}:\n{indent}    own = False\n{indent}else:\n{indent}    {name} = {value}\n{indent}    own = True",
    "{indent}if cond(7):\n{indent}    {name} = {value}\n{indent}else:\n{indent}    {name} = {value}",
    "{indent}{name} = {value} if cond(7) else {value}",
)
CHOOSING = OPENINGS[-2:]


def handed(text: str, pick: Callable[[int], int]) -> str | None:
    """The program with a `main` that may be handed the session of its first opening; None if it has no such opening."""
    found = OPENING.search(text)
    main = re.search(r"^(?P<word>(?:async )?def) main\(\):$", text, re.MULTILINE)
    if found is None or main is None or found.start() < main.start():
        return None
    form = OPENINGS[pick(len(OPENINGS))]
    opened = text[: found.start()] + form.format(**found.groupdict()) + text[found.end() :]
    if form in CHOOSING:
        return opened
    name = found["name"]

    def guarded(match: re.Match[str]) -> str:
        if match["method"] != "close" and pick(2):
            return match[0]
        return f"{match['indent']}if own:\n{match['indent']}    {match['call']}"

    call = rf"^(?P<indent> +)(?P<call>(?:await )?{name}\.(?P<method>close|rollback|commit)\(\))$"
    opened = re.sub(call, guarded, opened, flags=re.MULTILINE)
    renamed = opened.replace(main[0], f"{main['word']} work({name}=None):", 1)
    return renamed + (ASYNC_CALLER if main["word"].startswith("async") else CALLER)
