"""Who looks for what: the detectors, listed here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sessionfix.project.advanced_generators import ADVANCED_GENERATORS, sites_of_advanced_generators
from sessionfix.project.afterwards import sites_after_exit
from sessionfix.project.annotated import sites_of_annotations
from sessionfix.project.by_hand import sites_by_hand
from sessionfix.project.double_closes import sites_of_closes
from sessionfix.project.entered_generators import ENTERED_GENERATORS, sites_of_entered_generators
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.leaving import sites_leaving
from sessionfix.project.only_dependencies import DEPENDENCIES, sites_of_dependencies
from sessionfix.project.several_yields import sites_of_several_yields
from sessionfix.project.sites import Site, Use
from sessionfix.project.swallowed import sites_of_swallowed_errors
from sessionfix.project.target import Target
from sessionfix.project.unprotected import sites_of_unprotected_yields
from sessionfix.project.uses import CALL_USES, sites_of_calls


@dataclass(frozen=True)
class Detector:
    """Finds, in one file, the sites of its uses, in any order."""

    uses: frozenset[Use]
    find: Callable[[Target, Knowledge], Iterable[Site]]


DETECTORS: tuple[Detector, ...] = (
    Detector(CALL_USES, sites_of_calls),
    Detector(frozenset({Use.BY_HAND}), sites_by_hand),
    Detector(frozenset({Use.AFTER_EXIT}), sites_after_exit),
    Detector(frozenset({Use.LEAVES}), sites_leaving),
    Detector(frozenset({Use.DOUBLE_CLOSE}), sites_of_closes),
    Detector(DEPENDENCIES, sites_of_dependencies),
    Detector(ENTERED_GENERATORS, sites_of_entered_generators),
    Detector(ADVANCED_GENERATORS, sites_of_advanced_generators),
    Detector(frozenset({Use.UNPROTECTED}), sites_of_unprotected_yields),
    Detector(frozenset({Use.ANNOTATED}), sites_of_annotations),
    Detector(frozenset({Use.SWALLOWED}), sites_of_swallowed_errors),
    Detector(frozenset({Use.SEVERAL_YIELDS}), sites_of_several_yields),
)
