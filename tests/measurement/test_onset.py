"""Where a run broke, and whether its learning rate did it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.measurement.onset import departure, onset
from lrdoctor.records.onset import Cause
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Floats, Run, Series, Source

ROLES = Roles(loss="loss", lr="lr", grad_norm="norm")
CALM = 0.5 + 2 * (1 + np.arange(400) / 20) ** -0.7 + 0.02 * np.random.default_rng(0).standard_normal(400)


def run(loss: Floats, **series: Floats) -> Run:
    step = np.arange(float(len(loss)))
    made = {"loss": Series(step, loss, 1e9 + step)} | {name: Series(step, value) for name, value in series.items()}
    return Run("a", made, Source(Path("a"), (), "table", ""))


def then(*values: float) -> Floats:
    return np.concatenate([CALM, values])


GROWS = 0.8 * 1.15 ** np.arange(1, 60)
LOST = np.full(30, np.nan)


@pytest.mark.parametrize(
    ("loss", "calm", "off", "non_finite"),
    [
        (then(*GROWS), (396, 402), (397, 403), None),
        (then(*GROWS, *LOST), (396, 402), (397, 403), (459, 459)),
        # Calm until it was NaN: no step off the trend.
        (then(*LOST), (399, 399), None, (400, 400)),
        # A spike that comes back is not where it broke.
        (np.concatenate([CALM[:200], [9.0, 7.0], CALM[200:], GROWS]), (398, 404), (399, 405), None),
        # Lost from the first step.
        (np.full(20, np.inf), None, None, (0, 0)),
        # It never came down: off its trend at once.
        (np.array([2.3, 40.0, 60.0, 55.0, 70.0, 66.0, 58.0, 61.0, 63.0, 59.0]), (0, 0), (1, 1), None),
    ],
    ids=["rises", "rises to NaN", "calm to NaN", "spike before", "NaN at once", "up at once"],
)
def test_the_moments_are_found(
    loss: Floats, calm: tuple[int, int] | None, off: tuple[int, int] | None, non_finite: tuple[int, int] | None
) -> None:
    found = onset(run(loss), ROLES)
    assert found is not None
    for moment, place in ((found.calm, calm), (found.off_trend, off), (found.non_finite, non_finite)):
        assert (moment is None) == (place is None)
        if moment is not None and place is not None:
            assert place[0] <= moment.step <= place[1]


def test_each_moment_tells_lr_norm_and_clock() -> None:
    loss = then(*GROWS)
    lr, norm = np.linspace(0.1, 0.2, len(loss)), np.linspace(1, 9, len(loss))
    found = onset(run(loss, lr=lr, norm=norm), ROLES)
    assert found is not None
    assert found.off_trend is not None
    at = int(found.off_trend.step)
    assert found.off_trend.loss == loss[at]
    assert (found.off_trend.lr, found.off_trend.grad_norm) == (lr[at], norm[at])
    assert found.off_trend.wall_time == 1e9 + at


NORM_GROWS = np.concatenate([np.ones(300), 1.05 ** np.arange(160)])
CONSTANT = np.full(489, 0.1)


@pytest.mark.parametrize(
    ("loss", "series", "cause", "words"),
    [
        (then(*GROWS, *LOST), {}, Cause.LEARNING_RATE, "grew step by step"),
        (then(*GROWS), {}, Cause.LEARNING_RATE, "grew step by step"),
        (then(*LOST), {}, Cause.UNCLEAR, "calm until it was not finite"),
        (then(*LOST), {"norm": NORM_GROWS[:430]}, Cause.LEARNING_RATE, "gradient norm had grown tenfold"),
        (then(*GROWS), {"lr": np.linspace(0.1, 0.001, 459)}, Cause.UNCLEAR, ""),
        (then(*GROWS), {"lr": 0.1 * 0.98 ** np.arange(459)}, Cause.SOMETHING_ELSE, "had already fallen"),
        (then(*LOST), {"loss_scale": 2.0 ** np.linspace(16, 0, 430)}, Cause.SOMETHING_ELSE, "loss scale"),
        (then(*np.full(60, 2.2)), {}, Cause.UNCLEAR, "rose at once and stayed"),
    ],
)
def test_the_cause_is_named_only_where_the_log_tells(
    loss: Floats, series: dict[str, Floats], cause: Cause, words: str
) -> None:
    found = onset(run(loss, **series), ROLES)
    assert found is not None
    if words:
        assert (found.cause, words in found.why) == (cause, True), found.why
    else:
        assert found.cause is not Cause.SOMETHING_ELSE, "an LR at a sixth of its peak may still break a run"


def test_without_a_loss_there_is_nothing() -> None:
    assert onset(run(CALM), Roles()) is None
    assert departure(np.empty(0)) == (None, None)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1, max_size=60))
def test_any_finite_losses_have_a_last_calm_one_and_the_next_is_off(values: list[float]) -> None:
    with np.errstate(over="ignore"):
        calm, off = departure(np.array(values))
    assert calm is not None
    assert (off is None) == (calm == len(values) - 1)
    assert off is None or off == calm + 1
