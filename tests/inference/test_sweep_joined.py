"""Joining runs, against the same sum written out pair of edges by pair of edges; and what is made of the answer."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from lrdoctor.inference.band import Band, on_grid
from lrdoctor.inference.compared_runs import PairTables, results
from lrdoctor.inference.factors import sign_log_factors
from lrdoctor.inference.sweep import Member, _reach, comparisons, find_sweeps, join, judge_sweep, member_of, next_lr
from lrdoctor.inference.tables import Tables, load_tables
from lrdoctor.inference.verdict import divergence_log_factors
from lrdoctor.measurement.case import Case, examine
from lrdoctor.measurement.loss_curve import LossCurve, loss_curve
from lrdoctor.pipeline import infer_diagnosis
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.run import HParam, Series
from tests.runs import a_run, falling

BORDERS = [-3.0, -1.0, 0.0, 0.5, 2.5]
RNG = np.random.default_rng(0)
PRIOR = np.where(np.triu(np.ones((4, 4))) > 0, RNG.normal(size=(4, 4)), -np.inf)
PAIRS = PairTables(
    np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([-1.0, 1.0]), {"training": RNG.normal(size=(5, 5, 3))}
)
SMALL = Tables(np.array(BORDERS), PRIOR, {}, 1.0, {}, PAIRS)


def a_trace(slope: float) -> LossCurve:
    step = np.arange(100.0)
    made = loss_curve(Series(step, 2.0 - slope * step))
    assert made is not None
    return made


def member(log_lr: float, *, slope: float = 0.01, diverged: bool = False, seed: int = 1) -> Member:
    """A run about which every kind of factor says something."""
    curve, setting, seen = np.random.default_rng(seed).normal(size=(3, 8))
    return Member(log_lr, a_trace(slope), curve, setting, seen, diverged)


def cell(offset: float) -> int:
    """The cell that holds `offset`, a border counting to the cell it begins; the outermost hold what lies beyond."""
    return min(max(bisect_right(BORDERS, offset) - 1, 0), 3)


def plainly(members: Sequence[Member], grid: Sequence[float], tables: Tables) -> np.ndarray:
    """P(low, high): the prior's density around the middle LR, every run's factors, and the compared results."""
    n = len(members)
    centre = float(np.median([m.log_lr for m in members]))
    log_p = np.full((len(grid), len(grid)), -np.inf)
    for i, low in enumerate(grid):
        for j in range(i, len(grid)):
            high = grid[j]
            a, b = cell(low - centre), cell(high - centre)
            total = PRIOR[a, b] - math.log(BORDERS[a + 1] - BORDERS[a]) - math.log(BORDERS[b + 1] - BORDERS[b])
            for m in members:
                factors = m.curve_factors / n**0.8 + m.setting_factors / n + m.divergence_factors
                total += factors[cell(low - m.log_lr)] + factors[4 + cell(high - m.log_lr)]
            log_p[i, j] = total
    if tables.pairs is not None and n > 1:
        found = results([m.curve for m in members], [m.diverged for m in members])
        low_, high_ = np.array(grid)[:, None], np.array(grid)[None, :]
        log_p = log_p + comparisons(members, found, tables.pairs, low_, high_)
    p = np.exp(log_p - log_p.max())
    return np.asarray(p / p.sum())


@pytest.mark.parametrize("tables", [SMALL, replace(SMALL, pairs=None)])
@pytest.mark.parametrize(
    "members",
    [
        (member(-3.0),),
        (member(-3.0), member(-2.0, slope=0.015, seed=2)),
        (member(-2.0), member(-3.5, slope=0.012, seed=2), member(-3.0, slope=0.005, diverged=True, seed=3)),
    ],
)
def test_joined_runs_are_the_product_of_what_each_says(members: tuple[Member, ...], tables: Tables) -> None:
    joined = join(members, tables)
    logs = [m.log_lr for m in members]
    lowest, highest = round(10 * min(logs)) - 40, round(10 * max(logs)) + 40
    grid = [k * 0.1 for k in range(lowest, highest + 1)]
    reference = logs[-1]
    assert joined.belief.decades.tolist() == [place - reference for place in grid]
    band = on_grid(plainly(members, grid, tables), np.array(grid))
    assert joined.belief.in_band == pytest.approx(band.inside)
    assert joined.belief.middle == pytest.approx(band.middle)
    assert np.isnan(joined.belief.prior_in_band).all()
    assert joined.belief.prior_in_band.shape == (len(grid),)
    assert joined.belief.prior_in_band.dtype == float
    assert joined.interval == pytest.approx(band.interval())
    assert joined.band == pytest.approx(band.edges)
    assert [*joined.chances] == [pytest.approx(band.chances(x)) for x in logs]
    assert joined.reach == pytest.approx(_reach(band, min(logs), max(logs)))
    assert joined.log_lr == pytest.approx(next_lr(members, band))
    assert joined.results.steps == 99.0


def test_a_run_that_broke_early_does_not_cut_the_others_short() -> None:
    broke = replace(member(-1.0, diverged=True), curve=loss_curve(Series(np.arange(20.0), np.linspace(2, 3, 20))))
    assert join([member(-3.0), member(-2.0, slope=0.015), broke], SMALL).results.steps == 99.0


def test_the_axis_of_lrs_between_two_steps_holds_four_decades_to_either_side() -> None:
    belief = join([member(-3.04), member(-1.96)], SMALL).belief
    assert belief.decades[0] == pytest.approx(-7.1 + 1.96)
    assert belief.decades[-1] == pytest.approx(2.1 + 1.96)


def test_compared_runs_stand_where_the_edges_put_them() -> None:
    members = [member(-4.0), member(-1.0, slope=0.005)]
    found = results([m.curve for m in members])
    low, high = np.array([[-2.0]]), np.array([[-1.5]])
    # The band lies two decades above the first run (class 0), and half a decade below the second (class 3).
    expected = PAIRS.log_p["training"][0, 3, PAIRS.bins(found.difference(0, 1))]
    assert float(comparisons(members, found, PAIRS, low, high)[0, 0]) == pytest.approx(float(expected))


def test_of_runs_that_broke_the_results_are_left_out_and_the_rest_keep_their_own() -> None:
    members = [member(-3.0), member(-2.0, diverged=True), member(-1.0, slope=0.005)]
    found = results([m.curve for m in members], [m.diverged for m in members])
    two = [members[0], members[2]]
    low, high = np.array([[-2.0]]), np.array([[-1.5]])
    alone = comparisons(two, results([m.curve for m in two]), PAIRS, low, high)
    assert comparisons(members, found, PAIRS, low, high).tolist() == alone.tolist()


AT = np.array([-0.2, -0.1, 0.0, 0.1, 0.2, 0.3])


def band_of(*inside: float, middle: Sequence[float] = ()) -> Band:
    """A band as seen from AT, nothing above it."""
    return Band(AT, np.array(inside), np.zeros(6), np.array(middle or [0.0] * 6), (0.0, 0.0))


def test_an_lr_a_tenth_of_a_decade_off_was_tried() -> None:
    chosen = next_lr([member(0.0, diverged=True)], band_of(0, 0.9, 1.0, 0.9, 0.5, 0.4))
    assert chosen == 0.2


def test_a_run_of_a_sweep_as_sure_as_the_limit_is_the_answer_and_a_tie_is_worth_a_run() -> None:
    assert next_lr([member(0.0)], band_of(0, 0, 0.98, 0, 0, 0.99)) == 0.0
    assert next_lr([member(0.0)] * 3, band_of(0, 0, 0.5, 0, 0, 0.5)) == 0.3


def test_the_middles_mass_below_among_and_above_the_runs() -> None:
    middle = (0.1, 0.2, 0.3, 0.15, 0.15, 0.1)
    band = band_of(*[0.0] * 6, middle=middle)
    assert _reach(band, 0.0, 0.1) == pytest.approx((0.3, 0.45, 0.25))
    assert _reach(band, 0.04, 0.06) == pytest.approx((0.3, 0.45, 0.25)), "half a step off is there"
    assert _reach(band, -0.2, 0.3) == pytest.approx((0.0, 1.0, 0.0))
    assert _reach(band, 0.06, 0.14) == pytest.approx((0.6, 0.15, 0.25))
    heavy = replace(band, middle=np.array([0.6, 0, 0, 0, 0, 0.6]))
    assert _reach(heavy, 0.0, 0.1)[1] == 0.0, "never below 0 for a rounding error"


TABLES = load_tables()
RICH: dict[str, HParam] = {"width": 64, "batch_size": 32, "dataset": "digits", "weight_decay": 0.01}


def a_case(lr: float, *, speed: float = 0.02, name: str = "run", losses: Sequence[float] = (), **more: HParam) -> Case:
    run = a_run(losses or falling(200, speed=speed), lr=lr, name=name)
    return examine(replace(run, hparams={**run.hparams, **RICH, **more}))


def alone(cases: Sequence[Case]) -> list[Diagnosis]:
    return [infer_diagnosis(case, TABLES) for case in cases]


NAN = float("nan")
SWEPT = [
    a_case(1e-2, speed=0.05, name="b"),
    a_case(1e-4, speed=0.001, name="a"),
    a_case(3e-1, name="d", losses=[2.0] * 5 + [NAN] * 60),
    a_case(1e-3, speed=0.01, name="c"),
]


def test_a_sweep_is_told_as_it_was_joined() -> None:
    single = alone(SWEPT)
    told = judge_sweep(SWEPT, single, TABLES)
    members = [m for m in (member_of(case, TABLES) for case in SWEPT) if m is not None]
    joined = join(members, TABLES)
    assert told.diagnoses is single
    assert told.suggested_lr == pytest.approx(10**joined.log_lr)
    assert told.factor == pytest.approx(10**joined.log_lr / 1e-3), "over the last run's LR"
    assert told.interval == pytest.approx([10**end for end in joined.interval])
    assert told.band == pytest.approx([10**end for end in joined.band])
    assert told.belief.decades.tolist() == joined.belief.decades.tolist()
    assert (told.measure, told.tolerance, told.steps) == ("training", 0.01, joined.results.steps)
    assert told.untrained == joined.results.untrained
    assert told.reach == joined.reach
    assert [one.run for one in told.placed] == [1, 3, 0, 2], "ascending in LR"
    assert [one.lr for one in told.placed] == pytest.approx([1e-4, 1e-3, 1e-2, 3e-1])
    assert [one.diverged for one in told.placed] == [False, False, False, True]
    assert [one.cost for one in told.placed] == [joined.results.logged[k] for k in (1, 3, 0, 2)]
    assert [(one.below, one.inside, one.above) for one in told.placed] == [joined.chances[k] for k in (1, 3, 0, 2)]


def test_two_runs_are_a_sweep_and_one_has_its_own_answer() -> None:
    blind = examine(replace(a_run(falling(200)), hparams={}))
    cases = [blind, SWEPT[1], blind]
    single = alone(cases)
    only = judge_sweep(cases, single, TABLES)
    assert (only.placed, only.diagnoses) == ((), single)
    own = single[1]
    assert own.factor != 1
    assert (only.suggested_lr, only.factor, only.interval) == (own.suggested_lr, own.factor, own.interval)
    assert only.belief is own.belief
    assert len(judge_sweep([*cases, SWEPT[0]], [*single, own], TABLES).placed) == 2


def test_where_no_run_can_be_placed_the_last_ones_answer_stands() -> None:
    blind = [examine(replace(a_run(falling(200, speed=s)), hparams={})) for s in (0.001, 0.01, 0.1)]
    single = alone(blind)
    told = judge_sweep(blind, single, TABLES)
    assert told.suggested_lr is None
    assert told.belief is single[-1].belief


def test_runs_absurdly_far_from_the_others_take_no_part() -> None:
    near = [a_case(lr) for lr in (1e-4, 1e-4, 1e-4)]
    for lr, placed in ((1e4, True), (1e5, False), (1e-12, True), (1e-13, False)):
        cases = [*near, a_case(lr)]
        runs = [one.run for one in judge_sweep(cases, alone(cases), TABLES).placed]
        assert (3 in runs) == placed


def test_a_member_has_what_its_curve_its_setting_and_its_end_say() -> None:
    case = a_case(1e-2)
    made = member_of(case, TABLES)
    assert made is not None
    parts = sign_log_factors(case, TABLES)
    setting = ("points", "steps", "end_lr", "used_time", "log_lr", "over_customary_adaptive", "over_customary_sgd")
    assert made.log_lr == -2
    assert made.curve is case.curve
    assert made.setting_factors == pytest.approx(np.sum([parts[name] for name in setting if name in parts], axis=0))
    assert np.abs(made.setting_factors).max() > 0
    curve = [part for name, part in parts.items() if name not in setting]
    assert made.curve_factors == pytest.approx(np.sum(curve, axis=0))
    assert not made.divergence_factors.any()
    assert made.diverged is False
    broke = member_of(SWEPT[2], TABLES)
    assert broke is not None
    assert broke.diverged is True
    assert broke.divergence_factors.tolist() == divergence_log_factors(TABLES, SWEPT[2].quality).tolist()


def test_who_cannot_be_placed() -> None:
    assert member_of(examine(replace(a_run(falling(200)), hparams={})), TABLES) is None, "no LR"
    assert member_of(a_case(1e-3, losses=[2.0, 1.0, 0.5]), TABLES) is None, "too few losses to have a curve"
    gone = a_case(1e-3, losses=[NAN] * 30)
    assert gone.curve is None
    assert member_of(gone, TABLES) is not None, "that it diverged bounds the band"


def test_sweeps_are_found_with_what_they_share_and_differ_in() -> None:
    lrs = (1e-4, 1e-3, 1e-2)
    narrow = [a_case(lr, name=f"n{lr:g}", seed=k) for k, lr in enumerate(lrs)]
    wide = [a_case(lr, name=f"w{lr:g}", width=512) for lr in lrs]
    cases = [*narrow, *wide]
    first, second = find_sweeps(cases, alone(cases), TABLES)
    assert first.title == second.title == "Adam, batch size 32"
    assert first.differs == (("seed", ("0", "1", "2")),)
    assert second.differs == ()
    assert (first.apart, second.apart) == ((("width", "64"),), (("width", "512"),))
    assert [one.run for one in second.placed] == [0, 1, 2], "positions among the sweep's own"
    (both,) = find_sweeps(cases, alone(cases), TABLES, ignore_other_settings=True)
    assert len(both.placed) == 6


def test_how_many_lrs_and_whose_word_make_a_sweep() -> None:
    pair = [a_case(1e-3, name="a"), a_case(1e-2, name="b")]
    single = alone(pair)
    assert find_sweeps(pair, single, TABLES) == []
    assert len(find_sweeps(pair, single, TABLES, min_lrs=2)) == 1
    assert len(find_sweeps(pair, single, TABLES, ignore_other_settings=True)) == 1
    assert find_sweeps(pair[:1], single[:1], TABLES, ignore_other_settings=True) == [], "one run is no sweep"
    bare = [examine(a_run(falling(200), lr=lr, name=name)) for lr, name in ((1e-3, "cat"), (1e-2, "dog"))]
    assert find_sweeps(bare, alone(bare), TABLES, min_lrs=2) == [], "unlike names and no settings"
    assert len(find_sweeps(bare, alone(bare), TABLES, min_lrs=2, assume_sweep=True)) == 1


def test_a_fine_tuning_that_broke_at_once_has_no_sign_and_bounds_the_band_all_the_same() -> None:
    made = member_of(a_case(1e-3, losses=[NAN] * 30, lora_r=8), TABLES)
    assert made is not None
    assert not made.curve_factors.any()
    assert not made.setting_factors.any()
    assert made.setting_factors.shape == made.curve_factors.shape == (2 * TABLES.cells,)
    assert made.divergence_factors.any()
