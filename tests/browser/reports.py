"""Reports to open: of real sample logs, and of very many runs made from them."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import lrdoctor
from lrdoctor.batch import Choice, judge
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.report import Report
from lrdoctor.report import render

LOGS = Path(__file__).parents[2] / "sample_logs"
ALONE = ("diverged-to-nan", "diverged-rising", "too-slow", "too-high", "well-tuned", "turned-sign")


@cache
def of(*names: str) -> Report:
    return judge([str(LOGS / name) for name in names], Choice())


@cache
def page(*names: str) -> str:
    return render(of(*names), "html")


@cache
def many(count: int) -> str:
    """A page of so many runs of every kind, each with a name and a log of its own."""
    kinds = [lrdoctor.diagnose(run) for name in ALONE for run in lrdoctor.read(LOGS / name)]
    return render(Report(tuple(named(kinds[i % len(kinds)], i) for i in range(count))), "html")


def named(d: Diagnosis, i: int) -> Diagnosis:
    source = replace(d.run.source, path=Path(f"runs/{i:04d}/log"))
    return replace(d, run=replace(d.run, name=f"run {i:04d}", source=source))


MIXED = ("sweep", "two-sweeps", *ALONE)
