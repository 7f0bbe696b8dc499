"""lrdoctor's answers on labelled runs, with tables fitted without the family they are judged on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.fitting import Penalty, Sample, fit, joined
from benchmarks.measured import measured
from benchmarks.metrics import Answer, Prescribe
from benchmarks.pairing import count_pairs
from benchmarks.rows import VARIANTS, Row, as_run, families
from benchmarks.weights import weights
from lrdoctor.inference.compared_runs import PairTables
from lrdoctor.inference.sweep import join, member_of
from lrdoctor.inference.tables import Tables
from lrdoctor.measurement.case import Case, examine
from lrdoctor.pipeline import infer_diagnosis

# Logs thinned and cut the same ways as users' are, so that a missing sign is a case that was fitted.
FITTED_VARIANTS = (*VARIANTS, "sparse")

Families: TypeAlias = NDArray[np.str_]


def sample_of(rows: Sequence[Row], outside: frozenset[str] = frozenset()) -> tuple[Sample, Families]:
    """What a fit sees of all rows, and each line's family: every log whole, and cut in two of the other ways."""
    weight = weights(rows, outside)
    low, high = np.array([row.low for row in rows]), np.array([row.high for row in rows])
    of = np.array([row.family for row in rows])
    turn = np.arange(len(rows))
    parts, names = [], []
    for k, variant in enumerate(FITTED_VARIANTS):
        used = (
            np.ones(len(rows), dtype=bool)
            if variant == "full"
            else np.isin((turn + k) % (len(FITTED_VARIANTS) - 1), (0, 1))
        )
        parts.append(Sample(measured(rows, variant), low, high, weight).part(used))
        names.append(of[used])
    return joined(parts), np.concatenate(names)


def folds(
    rows: Sequence[Row],
    penalty: Penalty,
    temperature: float,
    outside: frozenset[str] = frozenset(),
    left_out: Sequence[str] | None = None,
) -> dict[str, Tables]:
    """For every family (or those `left_out`) the tables fitted on all the others; `all` holds those of everything."""
    sample, of = sample_of(rows, outside)
    whole = fit(sample, penalty, {}, temperature)
    full = examined(rows, "full")
    blind = examined(rows, "no-val")
    found = {"all": replace(whole.tables, pairs=_pairs(rows, full, blind, ""))}
    for family in families(rows) if left_out is None else left_out:
        part = fit(sample.part(of != family), penalty, {"without_family": family}, temperature, start=whole)
        found[family] = replace(part.tables, pairs=_pairs(rows, full, blind, family))
    return found


def _pairs(rows: Sequence[Row], full: Sequence[Case], blind: Sequence[Case], without: str) -> PairTables:
    """Compared pairs of all families but one; those of the training loss from logs without validation."""
    keep = [i for i, row in enumerate(rows) if row.family != without]
    part = [rows[i] for i in keep]
    seen, unseen = count_pairs(part, [full[i] for i in keep]), count_pairs(part, [blind[i] for i in keep])
    return replace(seen, log_p={**seen.log_p, "training": unseen.log_p["training"]})


def examined(rows: Sequence[Row], variant: str) -> list[Case]:
    """Everything that is measured on each row's log."""
    return [examine(as_run(row, variant)) for row in rows]


def answers(rows: Sequence[Row], cases: Sequence[Case], tables: Mapping[str, Tables]) -> list[Answer]:
    """One answer a row, each by its own family's tables."""
    found = []
    for row, case in zip(rows, cases, strict=True):
        d = infer_diagnosis(case, tables[row.family])
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
        if variant == "no-lr" or len(known) < 2:
            return float(np.log10(rows[last].lr * said[last].factor))
        return join(known, tables[rows[last].family]).log_lr

    return prescribe
