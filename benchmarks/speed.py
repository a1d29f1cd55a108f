"""Times sessionfix and other tools in turns over published packages: how many times as long as ruff does each take?

    python benchmarks/speed.py FOLDER [--corpus NAME ...] [--rounds N] [--slow] [--limit SECONDS]

The packages of corpora.csv and the tools of peers.txt are fetched into FOLDER, which is kept.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from contenders import Contenders
from corpora import NAMES, Corpus, fetched_corpora
from pairing import Contender, in_turns, ratio, timed
from peers import Peers, installed_peers


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--corpus", "names", multiple=True, type=click.Choice(NAMES), help="Use this one alone; may be repeated.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1), help="How often each takes its turn.")
@click.option("--slow/--no-slow", default=True, help="Run mypy, pylint, fixit and LibCST once on the small corpus.")
@click.option("--limit", default=600, show_default=True, type=click.IntRange(1), help="The most seconds for a run.")
def main(folder: Path, names: tuple[str, ...], *, rounds: int, slow: bool, limit: int) -> None:
    """Time all tools, with what FOLDER has or is given."""
    peers = installed_peers(folder)
    for corpus in fetched_corpora(folder, names or NAMES):
        click.echo(f"\n{corpus.name}: {len(corpus.files)} files, {corpus.lines} lines, {rounds} rounds\n")
        click.echo("| | seconds, median | times its rival (lowest to highest) | rival |\n|---|---|---|---|")
        for line in _lines(corpus, peers, folder.resolve() / "caches", rounds, limit, slow=slow):
            click.echo(line)


def _lines(corpus: Corpus, peers: Peers, caches: Path, rounds: int, limit: int, *, slow: bool) -> Iterator[str]:
    contenders = Contenders(corpus, peers, caches)
    paired, edited = list(contenders.paired()), list(contenders.edited_each_time())
    try:
        seconds = in_turns(paired, rounds, limit) | in_turns(edited, rounds, limit)
    finally:
        contenders.restore()
    for contender in (*paired, *edited):
        yield _row(contender, seconds[contender.label], seconds[contender.rival], limit)
    for contender in contenders.slow() if slow and corpus.name == NAMES[0] else ():
        rival = next(one for one in paired if one.label == contender.rival)
        beside = [taken for taken in (timed(rival, limit), timed(contender, limit)) if taken is not None]
        yield _row(contender, beside[1:], beside[:1], limit)


def _row(contender: Contender, seconds: Sequence[float], rival: Sequence[float], limit: int) -> str:
    if not seconds:
        return f"| {contender.label} | over {limit} | | {contender.rival} |"
    times = "" if contender.label == contender.rival else ratio(seconds, rival)
    return f"| {contender.label} | {statistics.median(seconds):.3f} | {times} | {contender.rival} |"


if __name__ == "__main__":
    main()
