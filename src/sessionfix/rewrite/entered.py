"""The session of a `with` that the program has already."""

from __future__ import annotations

from sessionfix.project.blocks import Entered
from sessionfix.rewrite.context import Context
from sessionfix.rewrite.flow import trace
from sessionfix.rewrite.life import Life
from sessionfix.rewrite.lifetime import Source


def life_of(block: Entered, context: Context) -> Life:
    """All that is known of the session that a block is entered for. Raises UnknownSyntaxError."""
    calls = context.callees.calls
    source = Source(block.factory.is_async, node=block.call)
    lifetime = trace(source, context.tree.scope(block.statement), context.callees)
    return Life(context.tree, block.statement, block.call, block.factory, lifetime, calls, calls.known.lazy.exist)
