"""lrdoctor's answers on labelled runs, with tables fitted without the family they are judged on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.fitting import CUSTOMS, Fitted, Penalty, Sample, fit, joined
from benchmarks.measured import BEGINS, measured
from benchmarks.metrics import Answer, Prescribe
from benchmarks.pairing import count_pairs
from benchmarks.regret_shape import fit_regret
from benchmarks.rows import Row, as_run, families
from benchmarks.weights import weights
from lrdoctor.inference.compared_runs import PairTables
from lrdoctor.inference.judgement import judge
from lrdoctor.inference.sweep import join, member_of
from lrdoctor.inference.tables import Tables
from lrdoctor.measurement.case import Case, examine
from lrdoctor.measurement.kind import Kind
from lrdoctor.measurement.signs import LATE_SIGNS, SIGNS

# Logs thinned and cut the same ways as users' are, so that a missing sign is a case that was fitted: of every run the
# first views, and `turns` of the others, which take turns.
WHOLE_VIEWS = ("full", "no-lr", "no-val", "first-fifth", "sparse", "settings", "settings, no-val")
LATE_VIEWS = (
    *("resumed", "excerpt", "resumed, sparse", "resumed, no-lr", "resumed, settings, no-val"),
    *("excerpt, stepless", "excerpt, settings, no-val", "excerpt, no-lr"),
)
FITTED_VARIANTS = (*WHOLE_VIEWS, *LATE_VIEWS)

Families: TypeAlias = NDArray[np.str_]


def sample_of(
    rows: Sequence[Row],
    full: Sequence[Case],
    outside: frozenset[str],
    views: Sequence[str],
    always: int,
    turns: int,
    *,
    begins: bool,
) -> tuple[Sample, Families]:
    """What a fit sees of all rows, and each line's family.

    Args:
        rows: labelled runs.
        full: their whole logs, examined.
        outside: families that the project does not contain.
        views: of which every run shows the first `always`, and `turns` of the others.
        always, turns: how many.
        begins: whether the lines wanted are of logs with their beginning; the others are left out.
    """
    weight = weights(rows, outside, late=not begins)
    low, high = np.array([row.low for row in rows]), np.array([row.high for row in rows])
    of = np.array([row.family for row in rows])
    turn = np.arange(len(rows))
    tuned = np.array([row.kind != "scratch" for row in rows])
    language = np.array([case.kind is Kind.LANGUAGE_MODEL for case in full])
    no_custom = language & np.array([row.optimizer.startswith("SGD") for row in rows])
    names = [sign.name for sign in (SIGNS if begins else LATE_SIGNS)]
    others = len(views) - always
    parts, families_of = [], []
    for k, view in enumerate(views):
        seen = measured(rows, view)
        used = (turn + k - always) % others < turns if k >= always else np.ones(len(rows), dtype=bool)
        # A log without a curve tells as much of its setting with a beginning as without.
        used &= (seen[BEGINS] == 1) | np.isnan(seen[BEGINS]) if begins else seen[BEGINS] == 0
        # Small nets are tuned with LRs a hundred times those of large ones: these sweeps are judged, not fitted.
        used &= ~tuned
        # What is customary for SGD is so in vision: hardly anyone trains language models with it.
        signs = {name: np.where(no_custom, np.nan, seen[name]) if name in CUSTOMS else seen[name] for name in names}
        parts.append(Sample(signs, low, high, weight).part(used))
        families_of.append(of[used])
    return joined(parts), np.concatenate(families_of)


def folds(
    rows: Sequence[Row],
    penalty: Penalty,
    temperatures: tuple[float, float],
    outside: frozenset[str] = frozenset(),
    left_out: Mapping[str, frozenset[str]] | None = None,
) -> dict[str, Tables]:
    """Tables by name, each fitted without some families; `all` holds those of everything.

    Args:
        rows: labelled runs.
        penalty: of the fits.
        temperatures: of the tables for logs with their beginning, and without.
        outside: families that the project does not contain.
        left_out: by name, the families that a fit does not see; each family by its name where None.
    """
    full, blind = examined(rows, "full"), examined(rows, "no-val")
    whole, whole_of = sample_of(rows, full, outside, WHOLE_VIEWS, 1, 2, begins=True)
    late, late_of = sample_of(rows, full, outside, LATE_VIEWS, 2, 1, begins=False)
    first = fit(whole, penalty, {}, temperatures[0]), fit(late, penalty, {}, temperatures[1])

    def complete(parts: tuple[Fitted, Fitted], without: frozenset[str]) -> Tables:
        regret = fit_regret([row for row in rows if row.family not in without])
        kinds = kinds_of([(row, case) for row, case in zip(rows, full, strict=True) if row.family not in without])
        late_tables = replace(parts[1].tables, regret=regret, kinds=kinds)
        pairs = _pairs(rows, full, blind, without)
        return replace(parts[0].tables, pairs=pairs, regret=regret, kinds=kinds, late=late_tables)

    found = {"all": complete(first, frozenset())}
    wanted = {family: frozenset({family}) for family in families(rows)} if left_out is None else left_out
    for name, without in wanted.items():
        away = sorted(without)
        provenance = {"without_families": away}
        parts = (
            fit(whole.part(~np.isin(whole_of, away)), penalty, provenance, temperatures[0], start=first[0]),
            fit(late.part(~np.isin(late_of, away)), penalty, provenance, temperatures[1], start=first[1]),
        )
        found[name] = complete(parts, without)
    return found


ENOUGH = 10  # sweeps of a kind of training, from which on a fit knows it


def kinds_of(seen: Sequence[tuple[Row, Case]]) -> frozenset[str]:
    """The kinds of training of which a fit sees enough sweeps; a sweep is of the kind that most of its runs are of."""
    by_sweep: dict[str, list[str]] = {}
    for row, case in seen:
        by_sweep.setdefault(row.sweep, []).append(str(case.kind))
    counts = Counter(max(set(kinds), key=kinds.count) for kinds in by_sweep.values())
    return frozenset(kind for kind, count in counts.items() if count >= ENOUGH)


def _pairs(rows: Sequence[Row], full: Sequence[Case], blind: Sequence[Case], without: frozenset[str]) -> PairTables:
    """Compared pairs of all families but one; those of the training loss from logs without validation."""
    keep = [i for i, row in enumerate(rows) if row.family not in without]
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
        judged = judge(case, tables[row.family])
        p = {word.value: chance for word, chance in judged.probabilities.items()}
        factor = judged.advice.factor
        interval = None if factor is None else judged.advice.interval_decades
        found.append(Answer(judged.verdict.value, p, factor, interval))
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
            return float(np.log10(rows[last].lr * (said[last].factor or 1.0)))
        return join(known, tables[rows[last].family]).log_lr

    return prescribe
