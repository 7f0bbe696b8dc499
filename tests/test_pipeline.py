"""The pipeline as a whole: invariances, refusals, and what a sweep adds."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import lrdoctor
from lrdoctor import limits
from lrdoctor.errors import UsageError
from lrdoctor.pipeline import diagnose, diagnose_sweep
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.run import Series
from lrdoctor.report import render
from tests.runs import a_run, falling

CURVES = {
    "good": falling(400),
    "slow": falling(400, speed=0.0005),
    "plateau": np.r_[falling(40, floor=1.5, speed=0.5), 1.5 + 0.1 * np.random.default_rng(1).normal(size=360)],
    "blown": np.r_[falling(100), np.full(300, 50.0)],
}


@pytest.mark.parametrize("name", CURVES)
def test_a_diagnosis_is_coherent(name: str) -> None:
    d = diagnose(a_run(CURVES[name]))
    assert math.isclose(sum(d.probabilities.values()), 1.0, abs_tol=1e-9)
    assert set(d.probabilities) == {Verdict.TOO_SLOW, Verdict.WELL_TUNED, Verdict.TOO_HIGH, Verdict.DIVERGENT}
    if d.verdict is Verdict.INCONCLUSIVE:
        assert (d.factor, d.suggested_lr, d.next_lr, d.interval, d.interval_decades) == (None,) * 5
    else:
        assert d.factor is not None
        assert d.interval is not None
        assert d.interval[0] < d.interval[1]
        assert d.suggested_lr == pytest.approx(1e-3 * d.factor)
    assert d.belief.middle.sum() == pytest.approx(1.0)
    assert (d.belief.in_band >= 0).all()
    assert (d.belief.in_band <= 1 + 1e-9).all()


def test_what_is_seen_is_said() -> None:
    blown = diagnose(a_run(CURVES["blown"]))
    assert blown.verdict is Verdict.DIVERGENT
    assert (blown.factor or 1) < 1
    slow = diagnose(a_run(CURVES["slow"]))
    assert slow.verdict is Verdict.TOO_SLOW
    assert (slow.factor or 1) > 1


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(CURVES)), st.floats(1e-3, 1e3), st.integers(0, 2))
def test_scaling_the_loss_and_counting_from_another_step_change_nothing(name: str, factor: float, shift: int) -> None:
    # A first loss of 7.5 to 12.8 is that of a language model, and means one.
    assume(not limits.VOCABULARY <= factor * CURVES[name][0] <= limits.VOCABULARY_MOST)
    before = diagnose(a_run(CURVES[name]))
    after = diagnose(a_run(factor * CURVES[name], first=shift))
    assert after.verdict == before.verdict
    assert after.factor == pytest.approx(before.factor)
    for verdict, p in before.probabilities.items():
        assert after.probabilities[verdict] == pytest.approx(p, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    floor=st.floats(0, 2.2),
    speed=st.floats(-4, 1),
    noise=st.floats(-3, 0.5),
    seed=st.integers(0, 99),
    lr=st.floats(-6, 1),
)
def test_advice_never_contradicts_the_verdict(floor: float, speed: float, noise: float, seed: int, lr: float) -> None:
    losses = falling(200, floor=floor, speed=10**speed, noise=10**noise, seed=seed)
    d = diagnose(a_run(losses, lr=10**lr))
    if d.verdict is Verdict.TOO_SLOW:
        assert (d.factor or 0) >= 1
    if d.verdict in {Verdict.TOO_HIGH, Verdict.DIVERGENT}:
        assert (d.factor or 2) <= 1


def test_an_absent_lr_leaves_a_factor() -> None:
    d = diagnose(a_run(CURVES["slow"], lr=None))
    assert d.suggested_lr is None
    assert d.interval is None
    assert (d.factor or 1) > 1


def test_three_points_are_inconclusive_with_a_reason() -> None:
    d = diagnose(a_run([2.0, 1.5, 1.2]))
    assert d.verdict is Verdict.INCONCLUSIVE
    assert "3 training losses" in d.reason
    assert d.factor is None


def test_a_wrong_series_name_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="train_loss"):
        diagnose(a_run(CURVES["good"]), loss="train_los")


@pytest.mark.parametrize("content", ["", "{}", '{"format": 99}', "[1]"])
def test_other_tables_are_checked(content: str, tmp_path: Path) -> None:
    (tmp_path / "tables.json").write_text(content)
    with pytest.raises(UsageError, match="tables"):
        diagnose(a_run(CURVES["good"]), posterior=tmp_path / "tables.json")
    with pytest.raises(UsageError, match="cannot read"):
        diagnose(a_run(CURVES["good"]), posterior=tmp_path / "absent.json")


def test_the_shipped_tables_are_used_by_default(tmp_path: Path) -> None:
    shipped = Path(lrdoctor.__file__).parent / "inference" / "posterior.json"
    (tmp_path / "same.json").write_text(shipped.read_text())
    ours, same = diagnose(a_run(CURVES["good"])), diagnose(a_run(CURVES["good"]), posterior=tmp_path / "same.json")
    assert ours.probabilities == same.probabilities
    assert json.loads(shipped.read_text())["provenance"]


def test_evidence_is_exact() -> None:
    """Odds factors compare all signs against all but one, so a sign the log lacks has none."""
    d = diagnose(a_run(CURVES["good"]))
    assert d.evidence
    assert all(np.isfinite(list(e.odds.values())).all() for e in d.evidence)
    assert not any(e.sign.startswith("val_") for e in d.evidence)
    strongest = [max(abs(math.log(o)) for o in e.odds.values()) for e in d.evidence]
    assert strongest == sorted(strongest, reverse=True)


def sweep_of(lrs: list[float], best: float) -> list[lrdoctor.Run]:
    runs = []
    for i, lr in enumerate(lrs):
        off = math.log10(lr / best)
        val = 0.3 + 2 * np.exp(-np.linspace(0, 4, 30)) + 0.4 * off**2
        runs.append(a_run(falling(300, floor=0.3 + 0.4 * off**2, speed=0.1), lr=lr, val=val, name=f"run{i}"))
    return runs


def test_a_sweep_is_sharper_than_its_runs_and_knows_no_order() -> None:
    runs = sweep_of([1e-5, 1e-4, 1e-3, 1e-2], best=1e-3)
    together = diagnose_sweep(runs)
    assert together.suggested_lr is not None
    assert together.interval is not None
    assert 10**-3.7 < together.suggested_lr < 10**-2.3
    width = math.log10(together.interval[1] / together.interval[0])
    alone = [d.interval for d in together.diagnoses]
    assert width < min(math.log10(i[1] / i[0]) for i in alone if i is not None)
    assert [lr for lr, _ in together.curve] == pytest.approx([1e-5, 1e-4, 1e-3, 1e-2])
    permuted = diagnose_sweep(runs[::-1])
    assert permuted.suggested_lr == pytest.approx(together.suggested_lr)
    with pytest.raises(UsageError):
        diagnose_sweep([])


def test_a_sweep_of_one_run_says_what_the_run_says() -> None:
    (run,) = sweep_of([1e-3], best=1e-2)
    assert diagnose_sweep([run]).suggested_lr == diagnose(run).suggested_lr
    nameless = a_run(CURVES["good"], lr=None)
    assert diagnose_sweep([run, nameless]).suggested_lr == diagnose(run).suggested_lr


def test_an_absurd_lr_takes_no_part() -> None:
    runs = sweep_of([1e-5, 1e-4, 1e-3, 1e-2], best=1e-3)
    (absurd,) = sweep_of([1e-300], best=1e-3)
    assert diagnose_sweep([*runs, absurd]).suggested_lr == diagnose_sweep(runs).suggested_lr


def test_the_next_run_is_a_new_one_unless_the_best_is_good_enough() -> None:
    lrs = [1e-5, 1e-4, 1e-3, 1e-2]
    for n in (2, 3, 4):
        together = diagnose_sweep(sweep_of(lrs[:n], best=1e-3))
        assert together.suggested_lr is not None
        decades = [abs(math.log10(together.suggested_lr / lr)) for lr in lrs[:n]]
        assert min(decades) > 0.1 or together.suggested_lr in lrs


def test_a_sweep_without_lrs_answers_for_its_last_run() -> None:
    runs = [a_run(CURVES["good"], lr=None), a_run(CURVES["slow"], lr=None)]
    together = diagnose_sweep(runs)
    assert together.suggested_lr is None
    assert together.factor == diagnose(runs[-1]).factor


def test_a_curve_that_the_trainer_made_up_is_divergent_and_says_nothing_else() -> None:
    losses = falling(400)
    losses[200:] = 0.0
    hidden = a_run(losses, val=np.r_[1.0, np.full(9, np.nan)])
    d = diagnose(hidden)
    assert d.verdict is Verdict.DIVERGENT
    assert "replaced NaN before it logged" in next(f.message for f in d.findings if f.name == "non-finite-filtered")
    assert d.worth is None
    assert d.fits == ()
    good = [a_run(falling(400), lr=lr, val=np.linspace(2, 1, 10), name=f"lr{lr}") for lr in (1e-4, 1e-2)]
    placed = diagnose_sweep([*good, hidden]).placed
    assert [(one.run, one.diverged) for one in placed] == [(0, False), (2, True), (1, False)]


def test_a_run_that_diverged_is_seen_to_lie_above_the_band_in_its_sweep() -> None:
    runs = sweep_of([1e-4, 1e-3, 1e-2], best=1e-3)
    broke = a_run(np.r_[falling(200), np.full(100, np.nan)], lr=1e-1, val=np.linspace(2, 1, 30), name="broke")
    last = diagnose_sweep([*runs, broke]).placed[-1]
    assert last.diverged
    assert last.above > 0.9
    assert diagnose_sweep([*runs, broke]).best is not last


@pytest.mark.parametrize("broke", [[math.nan] * 4, [2.3, math.nan, math.nan], [math.inf] * 200])
def test_a_run_that_left_no_curve_bounds_the_band_of_its_sweep_from_above(broke: list[float]) -> None:
    runs = sweep_of([1e-4, 1e-3], best=1e-2)
    alone = diagnose_sweep(runs)
    together = diagnose_sweep([*runs, a_run(broke, lr=1e-2)])
    last = together.placed[-1]
    assert (last.run, last.diverged) == (2, True)
    assert math.isnan(last.cost)
    assert last.above > 0.8
    assert together.best is not None
    assert not together.best.diverged
    assert together.interval is not None
    assert alone.interval is not None
    assert together.interval[1] < alone.interval[1]
    for name in ("text", "json", "html"):
        assert render(together, name)


def test_a_sweep_of_runs_that_left_no_curve_goes_below_them_all() -> None:
    together = diagnose_sweep([a_run([math.nan] * 3, lr=lr) for lr in (1e-2, 1e-1, 1.0)])
    assert [one.diverged for one in together.placed] == [True] * 3
    assert together.suggested_lr is not None
    assert together.suggested_lr < 1e-2
    for name in ("text", "json", "html"):
        assert render(together, name)


def test_a_series_without_a_name_is_taken_for_nothing() -> None:
    run = a_run(falling(200), lr=None)
    nameless = replace(run, series={**run.series, "": Series(np.arange(200.0), np.linspace(5, 9, 200))})
    ours, plain = diagnose(nameless), diagnose(run)
    assert ours.lr is None
    assert render(ours, "json").split('"series"')[0] == render(plain, "json").split('"series"')[0]


def test_the_drawn_level_lies_on_the_loss() -> None:
    every = 1000
    losses = 1 + 10.0 ** -np.arange(40)
    (level,) = (fit for fit in diagnose(a_run(losses, every=every)).fits if fit.kind == "smooth")
    # The first bins hold one point each: they are drawn where that point is.
    assert level.step[:3] == pytest.approx([0, every, 2 * every])
    assert level.value[:3] == pytest.approx(losses[:3])
