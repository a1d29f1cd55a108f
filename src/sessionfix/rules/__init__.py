"""The rules: one file each, listed here and nowhere else."""

from __future__ import annotations

from types import MappingProxyType

from sessionfix.project.sites import Use
from sessionfix.rules.awaited_manager import AwaitedManager
from sessionfix.rules.base import Invalid, Rule, Valid
from sessionfix.rules.close_inside_block import CloseInsideBlock
from sessionfix.rules.closing_on_manager import ClosingOnManager
from sessionfix.rules.discarded_manager import DiscardedManager
from sessionfix.rules.entered_by_hand import EnteredByHand
from sessionfix.rules.factory_annotated_as_session import FactoryAnnotatedAsSession
from sessionfix.rules.generator_as_manager import GeneratorAsManager
from sessionfix.rules.manager_as_argument import ManagerAsArgument
from sessionfix.rules.manager_as_dependency import ManagerAsDependency
from sessionfix.rules.method_on_manager import MethodOnManager
from sessionfix.rules.next_on_generator import NextOnGenerator
from sessionfix.rules.session_after_exit import SessionAfterExit
from sessionfix.rules.session_leaves_block import SessionLeavesBlock
from sessionfix.rules.session_without_with import SessionWithoutWith
from sessionfix.rules.several_yields import SeveralYields
from sessionfix.rules.stored_manager import StoredManager
from sessionfix.rules.swallowed_exception import SwallowedException
from sessionfix.rules.unprotected_yield import UnprotectedYield
from sessionfix.rules.with_on_async_manager import WithOnAsyncManager

__all__ = ["RULES", "RULE_OF_USE", "Invalid", "Rule", "Valid", "uses_of"]

RULES: tuple[Rule, ...] = (
    SessionWithoutWith(),
    MethodOnManager(),
    ManagerAsArgument(),
    DiscardedManager(),
    StoredManager(),
    EnteredByHand(),
    ClosingOnManager(),
    WithOnAsyncManager(),
    AwaitedManager(),
    ManagerAsDependency(),
    GeneratorAsManager(),
    NextOnGenerator(),
    SessionAfterExit(),
    SessionLeavesBlock(),
    CloseInsideBlock(),
    UnprotectedYield(),
    FactoryAnnotatedAsSession(),
    SwallowedException(),
    SeveralYields(),
)

RULE_OF_USE = MappingProxyType({rule.use: rule for rule in RULES})


def uses_of(codes: frozenset[str]) -> frozenset[Use]:
    """What the rules with these codes are about."""
    return frozenset(rule.use for rule in RULES if rule.code in codes)
