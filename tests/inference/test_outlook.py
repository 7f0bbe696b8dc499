"""What following the advice is worth."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from lrdoctor.inference.outlook import (
    TARGETS,
    WorthTables,
    is_worth_reaching,
    load_worth,
    parse_worth,
    reached_loss,
    worth,
)
from lrdoctor.measurement.loss_curve import LossCurve, loss_curve
from lrdoctor.pipeline import diagnose
from lrdoctor.records.diagnosis import Verdict
from tests.runs import a_run, falling


def curves(losses: np.ndarray, val: np.ndarray | None = None) -> LossCurve:
    run = a_run(losses, val=val)
    made = loss_curve(run.series["train_loss"], None, run.series.get("val_loss"))
    assert made is not None
    return made


def test_the_level_is_the_lowest_validation_loss_or_the_end_of_training() -> None:
    val = np.r_[np.linspace(2.0, 0.5, 10), np.linspace(0.5, 0.9, 10)]
    assert (reached_loss(curves(falling(), val)).validation, reached_loss(curves(falling(), val)).loss) == (True, 0.5)
    train = reached_loss(curves(falling()))
    assert not train.validation
    assert train.loss == pytest.approx(0.37, abs=0.05)


@pytest.mark.parametrize("broken", [np.nan, 50.0])
def test_a_run_that_broke_counts_as_untrained(broken: float) -> None:
    losses = falling()
    losses[300:] = broken
    assert reached_loss(curves(losses)).loss == pytest.approx(losses[0])


EVEN = dict.fromkeys(Verdict, 0.2)


def test_advice_to_move_says_what_it_is_worth_and_staying_does_not() -> None:
    losses = np.linspace(2.3, 1.0, 200)
    tables = dict.fromkeys(TARGETS, table_of((-0.3, -0.2, -0.1)))
    moving, staying = (worth(curves(losses), {}, factor, EVEN, (0.0, 1.0), tables) for factor in (3.0, 1.0))
    assert moving is not None
    assert 0 < moving.loss[0] < moving.loss[1] < moving.loss[2] < moving.now
    assert staying is None


def test_every_run_that_says_what_a_change_is_worth_says_something() -> None:
    for speed in (0.0005, 0.002, 0.01, 0.02):
        found = diagnose(a_run(falling(400, speed=speed))).worth
        if found is not None:
            assert found.loss[2] <= 2 * found.loss[0]
            assert found.loss[1] < found.now


def test_a_loss_that_can_be_negative_has_no_ratio() -> None:
    d = diagnose(a_run(falling(400, speed=0.0005) - 5))
    assert d.worth is None


def test_a_refused_log_is_worth_nothing() -> None:
    d = diagnose(a_run([2.0, 1.5, 1.2]))
    assert d.verdict is Verdict.INCONCLUSIVE
    assert d.worth is None


def test_a_dead_run_is_not_compared_by_steps() -> None:
    flat = curves(2.3 + 0.001 * np.sin(np.arange(400)))
    assert not is_worth_reaching(flat)
    assert is_worth_reaching(curves(falling()))


def test_scaling_the_loss_scales_what_is_expected() -> None:
    tables = dict.fromkeys(TARGETS, table_of((-0.3, -0.2, -0.1)))
    losses = np.linspace(2.3, 1.0, 200)
    one, ten = (worth(curves(k * losses), {}, 2.0, EVEN, (0.0, 1.0), tables) for k in (1.0, 10.0))
    assert one is not None
    assert ten is not None
    assert ten.loss == pytest.approx([10 * value for value in one.loss])
    assert ten.steps == pytest.approx(one.steps)


def test_quantiles_are_in_order_whatever_the_features() -> None:
    for tables in load_worth().values():
        assert tables.features
        rng = np.random.default_rng(0)
        for _ in range(200):
            values = {name: float(rng.normal(scale=3)) for name in tables.features}
            values[next(iter(values))] = math.nan
            low, middle, high = tables.quantiles(values)
            assert low <= middle <= high


def test_the_file_says_where_it_comes_from() -> None:
    import json
    from importlib.resources import files

    text = files("lrdoctor.inference").joinpath("worth.json").read_text(encoding="utf-8")
    assert json.loads(text)["provenance"]["command"] == "python -m benchmarks worth --write"
    assert set(parse_worth(text)) == {"loss", "steps"}


def table_of(rows: Sequence[float]) -> WorthTables:
    """Quantiles that no feature moves."""
    return WorthTables({}, np.array(rows), 0.0)


@pytest.mark.parametrize(
    ("quantiles", "expected"),
    [
        ((-0.3, -0.2, -0.1), (10**-0.3, 10**-0.2, 10**-0.1)),
        ((-0.2, -0.1, 0.05), (10**-0.2, 10**-0.1, 10**0.05)),
        ((-0.3, -0.2, 0.05), None),  # wider than a factor of two
        ((-0.1, 0.0, 0.1), None),  # the median is no gain
        ((-0.01, -0.004, 0.1), None),  # nor is less than one in a hundred
        ((-0.5, -0.2, 3.0), None),
    ],
)
def test_it_is_said_where_it_says_something(quantiles: tuple[float, ...], expected: tuple[float, ...] | None) -> None:
    losses = np.linspace(2.3, 1.0, 200)
    losses[-10:] = 1.0
    tables = dict.fromkeys(TARGETS, table_of(quantiles))
    found = worth(curves(losses), {}, 2.0, EVEN, (0.0, 1.0), tables)
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert found.loss == pytest.approx(expected)
    assert found.steps == pytest.approx([10**q for q in quantiles])


def test_intervals_are_widened_and_stay_in_order() -> None:
    assert WorthTables({}, np.array([0.5, 0.2, -0.5]), 0.25).quantiles({}) == pytest.approx((0.2, 0.2, 0.2))
    assert WorthTables({}, np.array([-0.1, 0.0, 0.2]), 0.25).quantiles({}) == pytest.approx((-0.35, 0.0, 0.45))
