"""What a page of many runs weighs, and what one further run costs it; beside the text and JSON of the same runs."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

import lrdoctor
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.report import Report
from lrdoctor.report import render

LOGS = Path(__file__).parents[1] / "sample_logs"
KINDS = ("diverged-to-nan", "diverged-rising", "too-slow", "too-high", "well-tuned", "turned-sign", "clipping-rare")
COUNTS = (1, 100, 1_000)
REPEATS, FEW, MORE = 5, 5, 25
"""A run's cost is the difference of pages of `MORE` and `FEW` runs, over their number; formats take turns."""


def runs(count: int) -> tuple[Diagnosis, ...]:
    """So many runs of every kind, each with a name and a path of its own."""
    kinds = [lrdoctor.diagnose(run) for name in KINDS for run in lrdoctor.read(LOGS / name)]
    return tuple(_named(kinds[i % len(kinds)], i) for i in range(count))


def _named(d: Diagnosis, i: int) -> Diagnosis:
    source = replace(d.run.source, path=Path(f"runs/{i:04d}"))
    return replace(d, run=replace(d.run, name=f"run {i:04d}", source=source))


def weights() -> list[str]:
    """Megabytes of pages, and of the JSON beside them."""
    lines = []
    for count in COUNTS:
        report = Report(runs(count))
        page, data, brief = (
            len(render(report, name, curves=curves).encode()) / 1e6
            for name, curves in (("html", True), ("json", True), ("json", False))
        )
        lines.append(f"{count:>5,} runs: page {page:.2f} MB, JSON {data:.2f} MB, without curves {brief:.2f} MB")
    return lines


def costs() -> list[str]:
    """Milliseconds that one further run costs, by format: median, least and most of interleaved repeats."""
    few, more = Report(runs(FEW)), Report(runs(MORE))
    took: dict[str, list[float]] = {name: [] for name in ("html", "json", "text")}
    for name in took:
        render(few, name)
    for _ in range(REPEATS):
        for name, times in took.items():
            began = time.process_time()
            render(few, name)
            middle = time.process_time()
            render(more, name)
            times.append(1000 * (time.process_time() - middle - (middle - began)) / (MORE - FEW))
    return [
        f"one further run in {name}: median {np.median(times):.1f} ms, {min(times):.1f} to {max(times):.1f}"
        for name, times in took.items()
    ]


if __name__ == "__main__":
    print(*weights(), *costs(), sep="\n")
