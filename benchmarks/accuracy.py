"""lrdoctor's answers on labelled runs, with tables fitted without the family they are judged on."""

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.fitting import Penalty, Sample, fit, joined
from benchmarks.measured import measured
from benchmarks.metrics import Answer, Prescribe, sweeps
from benchmarks.rows import VARIANTS, Row, as_run, families
from lrdoctor.engine import answer, examine, member_of
from lrdoctor.findings import Case
from lrdoctor.posterior import Tables
from lrdoctor.sweep import join

# Logs thinned and cut the same ways as users' are, so that a missing sign is a case that was fitted.
FITTED_VARIANTS = (*VARIANTS, "sparse")


def sample_of(rows: Sequence[Row], variants: Sequence[str] = FITTED_VARIANTS) -> Sample:
    """Signs, edges and weights of all rows in all variants; every sweep counts the same."""
    members = sweeps(rows)
    size = {row.sweep: len(members[row.sweep]) for row in rows}
    weight = np.array([1.0 / size[row.sweep] for row in rows])
    low, high = np.array([row.low for row in rows]), np.array([row.high for row in rows])
    return joined([Sample(measured(rows, variant), low, high, weight) for variant in variants])


def folds(rows: Sequence[Row], penalty: Penalty, variants: Sequence[str] = FITTED_VARIANTS) -> dict[str, Tables]:
    """For every family the tables fitted on all the others."""
    sample = sample_of(rows, variants)
    of = np.array([row.family for row in rows] * len(variants))
    whole = fit(sample, penalty, {"family": "all"})
    return {f: fit(sample.part(of != f), penalty, {"without_family": f}, start=whole).tables for f in families(rows)}


def examined(rows: Sequence[Row], variant: str) -> list[Case]:
    """Everything that is measured on each row's log."""
    return [examine(as_run(row, variant)) for row in rows]


def answers(rows: Sequence[Row], cases: Sequence[Case], tables: Mapping[str, Tables]) -> list[Answer]:
    """One answer a row, each by its own family's tables."""
    found = []
    for row, case in zip(rows, cases, strict=True):
        d = answer(case, tables[row.family])
        p = {word.value: chance for word, chance in d.probabilities.items()}
        found.append(Answer(d.verdict.value, p, d.factor, d.interval_decades))
    return found


def prescriber(
    rows: Sequence[Row], cases: Sequence[Case], tables: Mapping[str, Tables], said: Sequence[Answer], variant: str
) -> Prescribe:
    """What to run next, given the runs made: one run's own advice, or the sweep's."""
    members = [member_of(case, tables[row.family]) for row, case in zip(rows, cases, strict=True)]

    def prescribe(made: Sequence[int]) -> float:
        last = made[-1]
        known = [m for m in (members[i] for i in made) if m is not None]
        if len(made) == 1 or variant == "no-lr" or not known:
            return float(np.log10(rows[last].lr * said[last].factor))
        return join(known, tables[rows[last].family]).log_lr

    return prescribe
