"""One training whose ranks each wrote a file: `log_rank0.txt` beside `log_rank1.txt`, `rank_0/` beside `rank_1/`.

The first rank's is kept.  `gpu0.log` beside `gpu1.log` may as well be two trainings of a sweep: each stays a run.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lrdoctor.reading.parsing.processes import PROCESSES_APART, are_apart
from lrdoctor.records.run import Note, Run, Series
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import learning_rate

ALIKE = 0.9  # share of the shorter log's steps that the other must have, too

_RANK = re.compile(
    r"(?:(?<![a-z])(?:local_?|global_?)?(?:rank|proc|process)[_\-.=]?|"
    r"(?<=attempt_\d/))(?P<rank>\d{1,4})(?![\d.]*\d)",
    re.IGNORECASE,
)


def without_other_ranks(runs: Sequence[Run]) -> list[Run]:
    """The runs, of those that only a rank in their path tells apart the first, with a note of the others."""
    alike: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    for place, run in enumerate(runs):
        path = run.source.path.as_posix()
        if match := _last(path):
            key = path[: match.start("rank")], path[match.end("rank") :], run.source.format
            alike[key].append((int(match["rank"]), place))
    noted: dict[int, Run] = {}
    gone: set[int] = set()
    for places in alike.values():
        if len({rank for rank, _ in places}) < len(places):
            continue  # a file of several runs
        (_, first), *others = sorted(places)
        same = [place for _, place in others if _are_one(runs[first], runs[place])]
        if len(same) == len(others) > 0:
            gone.update(same)
            noted[first] = _noting(runs[first], [runs[place].source.path for place in same])
    return [noted.get(place, run) for place, run in enumerate(runs) if place not in gone]


def _last(path: str) -> re.Match[str] | None:
    found = None
    for match in _RANK.finditer(path):
        found = match
    return found


def _are_one(one: Run, other: Run) -> bool:
    """Whether two logs tell the losses of the same steps, as near as ranks' losses are, and no other LR."""
    tag, theirs = (assign_roles(run).loss for run in (one, other))
    if tag is None or tag != theirs:
        return False
    lrs = [learning_rate(run, assign_roles(run))[0] for run in (one, other)]
    mine, yours = (_by_step(run.series[tag]) for run in (one, other))
    common = len(mine.keys() & yours.keys())
    alike = lrs[0] == lrs[1] and common >= ALIKE * min(len(mine), len(yours))
    return alike and not are_apart(mine, yours, PROCESSES_APART)


def _by_step(series: Series) -> dict[float, float]:
    return dict(zip(series.step.tolist(), series.value.tolist(), strict=True))


def _noting(kept: Run, others: Sequence[Path]) -> Run:
    many = f"{others[0].name} and {len(others) - 1} more" if len(others) > 1 else others[0].name
    note = Note("twin", f"other ranks of the same training are in {many}: told once")
    return replace(kept, notes=[*kept.notes, note])
