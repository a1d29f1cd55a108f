"""Who looks for what: the detectors, listed here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sessionfix.project.afterwards import sites_after_exit
from sessionfix.project.annotated import ANNOTATION_USES, sites_of_annotations
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.sites import Site, Use
from sessionfix.project.target import Target
from sessionfix.project.uses import CALL_USES, sites_of_calls


@dataclass(frozen=True)
class Detector:
    """Finds, in one file, the sites of its uses, in any order."""

    uses: frozenset[Use]
    find: Callable[[Target, Knowledge], Iterable[Site]]


DETECTORS: tuple[Detector, ...] = (
    Detector(CALL_USES, sites_of_calls),
    Detector(frozenset({Use.AFTER_EXIT}), sites_after_exit),
    Detector(ANNOTATION_USES, sites_of_annotations),
)
