"""Go on where the last run ended: what was said before still holds but where it rests on what has changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from sessionfix.cache import grounds
from sessionfix.cache.grounds import Grounds
from sessionfix.cache.plain import NotPlainError
from sessionfix.cache.recall import content_of
from sessionfix.cache.record import Record
from sessionfix.checking import Checker
from sessionfix.targets import Job


@dataclass(frozen=True)
class Again:
    """What is `kept` of a record, on which grounds, and a checker for the rest; `is_lasting` if it is to be stored."""

    kept: Record
    checker: Checker
    kept_grounds: Grounds
    is_lasting: bool = True

    def grounds(self, record: Record) -> str:
        """The grounds of a record, packed, with those of what the checker has added to what was kept."""
        asked = self.kept_grounds.asked
        asked.add(self.checker.asked)
        files = record.clean.union(record.found)
        return grounds.packed(Grounds(asked.only(files), self.checker.sieved), record.own.files)


def take_up(job: Job, record: Record, changed: Collection[str]) -> Again:
    """What still holds of a record of the job's files, of which some were changed since.

    All answers rest on the names that are told from all files together: as long as none of these is another one, an
    answer is given up only if it rests on a file that was changed, or on a search that now finds other files.

    For a few targets these names are not told anew: that takes longer than to follow all their calls. Then nothing is
    kept, and the record stays as it is, for a run that is about more.
    """
    checker = Checker(job)
    try:
        before = grounds.unpacked(record.grounds, record.own.files)
    except NotPlainError:
        return Again(Record(record.own), checker, Grounds())
    if job.is_small and checker.may_tell_otherwise(before.sieved, changed):
        return Again(Record(record.own), checker, Grounds(), is_lasting=False)
    if not checker.take_up(before.sieved, changed):
        return Again(Record(record.own), checker, Grounds())
    asked = before.asked.after({file: content_of(file) for file in changed})
    held = asked.questions.keys() - set(changed)
    unsure = set(changed)
    if checker.sieved.tells_otherwise(before.sieved, changed):
        unsure.update(record.passed_over)
        held -= {file for file, result in record.found.items() if result.error is not None}
    return Again(_only(held, record, unsure, checker), checker, Grounds(asked))


def _only(held: Collection[str], record: Record, unsure: Collection[str], checker: Checker) -> Record:
    """The record with the answers that still hold; a file that was passed over may be so again."""
    again = {file for file in record.passed_over.intersection(unsure) if not checker.needs_look(file)}
    return replace(
        record,
        clean=record.clean.intersection(held),
        passed_over=record.passed_over.difference(unsure) | again,
        found={file: result for file, result in record.found.items() if file in held},
        few=record.few.intersection(held),
    )
