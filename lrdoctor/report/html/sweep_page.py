"""What the HTML page says of a sweep, as data: every string is plain text, still to be escaped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.report.figures.figure import Figure
from lrdoctor.report.wording.copyable import lines
from lrdoctor.report.wording.numbers import learning_rate, percent
from lrdoctor.report.wording.run import Advice
from lrdoctor.report.wording.sweep import (
    MEASURES,
    result_words,
    run_name,
    span_of,
    sweep_advice,
    sweep_name,
    sweep_sentences,
    sweep_title,
)

DrawSweep = Callable[[SweepDiagnosis, str], tuple[Figure, ...]]


@dataclass(frozen=True)
class SweepRow:
    """A run of a sweep as its table shows it; `best` reached most, `chosen` has the LR to use."""

    anchor: str
    name: str
    lr: str
    result: str
    inside: str
    below: str
    above: str
    best: bool
    chosen: bool


@dataclass(frozen=True)
class SweepSection:
    """Everything about one sweep."""

    anchor: str
    name: str
    title: str
    span: str
    advice: Advice
    copy: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]
    measure: str
    rows: tuple[SweepRow, ...]
    figures: tuple[Figure, ...]


def sweep_section(sweep: SweepDiagnosis, anchor: str, anchors: Sequence[str], draw: DrawSweep) -> SweepSection:
    """A sweep's part of the page; `anchors` are the sections of its runs, in the order of its diagnoses."""
    last = sweep.diagnoses[sweep.placed[-1].run if sweep.placed else 0]
    best, chosen = sweep.best, None if sweep.next_is_new else sweep.suggested_lr
    rows = tuple(
        SweepRow(
            anchor=anchors[one.run],
            name=run_name(sweep, one),
            lr=learning_rate(one.lr),
            result=result_words(sweep, one),
            inside=percent(one.inside),
            below=percent(one.below),
            above=percent(one.above),
            best=one is best,
            chosen=chosen is not None and abs(chosen / one.lr - 1) < 0.01,
        )
        for one in sweep.placed
    )
    return SweepSection(
        anchor=anchor,
        name=sweep_name(sweep),
        title=sweep_title(sweep) or "A sweep",
        span=span_of(sweep),
        advice=sweep_advice(sweep),
        copy=lines(last.run, sweep.suggested_lr, last.roles.lr, 2 if sweep.next_is_new else 3)
        if sweep.placed and sweep.suggested_lr is not None
        else (),
        sentences=sweep_sentences(sweep),
        measure=MEASURES.get(sweep.measure, "result"),
        rows=rows,
        figures=draw(sweep, f"{anchor}-"),
    )
