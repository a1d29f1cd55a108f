"""Many random programs, on several processes: `python tests/long_run.py 20000 --seed 1`.

What is found is kept, a line for each hundred programs, in a file of the seed's own: a run that was stopped goes on
from there when it is started again. The exit code is 1 if a rewrite was wrong.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import datetime, timezone
from pathlib import Path

import sessionfix
from differential.search import Tally, Wrong, search

CHUNK = 100


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    options.results.mkdir(parents=True, exist_ok=True)
    results = options.results / f"seed-{options.seed}.jsonl"
    chunks = range(-(-options.programs // CHUNK))
    total = Tally()
    for tally in found(results, chunks, options.seed, options.jobs):
        total.merge(tally)
        sys.stderr.write(f"\r{total.programs} programs, {len(total.wrong)} wrong ")
    sys.stderr.write("\n")
    print("\n".join(summary(total, options.seed)))  # noqa: T201 (a command's answer)
    return 1 if total.wrong else 0


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description="Rewrite and run programs made at random.")
    made.add_argument("programs", type=int, help=f"how many; in steps of {CHUNK}")
    made.add_argument("--seed", type=int, default=1, help="another seed, other programs (default: 1)")
    made.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    made.add_argument("--results", type=Path, default=Path("build/long-run"), help="a folder (default: %(default)s)")
    return made


def found(results: Path, chunks: Sequence[int], seed: int, jobs: int) -> Iterator[Tally]:
    """What the file knows of these chunks, then what the others give, as it comes."""
    known = read(results)
    yield from (known[chunk] for chunk in chunks if chunk in known)
    left = [chunk for chunk in chunks if chunk not in known]
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        try:
            running = {pool.submit(of_chunk, seed, chunk, CHUNK): chunk for chunk in left}
            for future in as_completed(running):
                tally = future.result()
                append(results, running[future], tally)
                yield tally
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def of_chunk(seed: int, chunk: int, programs: int) -> Tally:
    """Half of the chunks are async."""
    with tempfile.TemporaryDirectory() as folder:
        return search(Path(folder), seed * 1_000_000 + chunk, programs, is_async=bool(chunk % 2))


def read(results: Path) -> dict[int, Tally]:
    """The chunks in the file. A last line that was cut short counts for nothing."""
    known: dict[int, Tally] = {}
    for line in results.read_text(encoding="utf-8").splitlines() if results.exists() else ():
        try:
            data = json.loads(line)
        except json.JSONDecodeError:
            continue
        known[data["chunk"]] = Tally.from_data(data["tally"])
    return known


def append(results: Path, chunk: int, tally: Tally) -> None:
    was_cut_short = results.exists() and not results.read_bytes().endswith(b"\n")
    with results.open("a", encoding="utf-8") as file:
        file.write("\n" * was_cut_short + json.dumps({"chunk": chunk, "tally": tally.as_data()}) + "\n")


def summary(total: Tally, seed: int) -> Iterator[str]:
    """What there is to say in the end."""
    for wrong in total.wrong:
        yield from described(wrong)
    now = datetime.now(timezone.utc).date()
    yield f"{now}, seed {seed}, sessionfix {sessionfix.__version__}, Python {platform.python_version()}"
    yield f"programs: {total.programs}, with sites: {total.with_sites}"
    yield f"rewritten: {total.rewritten}, of these with all their sites: {total.rewritten_whole}"
    yield f"sites: {total.sites}, safe: {total.safe}, unsafe: {total.unsafe}, refused: {total.refused.total()}"
    yield from (f"  {count:6} {reason}" for reason, count in total.refused.most_common())
    yield f"wrong: {len(total.wrong)}"


def described(wrong: Wrong) -> Iterator[str]:
    yield f"=== wrong with the factory {wrong.sample.factory!r}, steps {wrong.sample.steps}"
    yield wrong.report
    yield ""


if __name__ == "__main__":
    sys.exit(main())
