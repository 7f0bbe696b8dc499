"""Can this log carry a verdict?  What is known about the log before the loss is judged."""

import math
from dataclasses import dataclass, replace

import numpy as np

from lrdoctor import limits
from lrdoctor.display import LOSS_OPTION
from lrdoctor.measurement.beginning import missing_beginning
from lrdoctor.measurement.change import change_over_noise
from lrdoctor.measurement.divergence import Divergence, DivergenceKind, divergence, loss_of_chance, tail
from lrdoctor.measurement.fine_tuning import NOT_TUNED, FineTuning
from lrdoctor.measurement.numerics import autocorrelation
from lrdoctor.measurement.other_causes import ChanceLevel, chance_level, zero_from
from lrdoctor.measurement.refusal import refusal_of
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Floats, Run, Series
from lrdoctor.vocabulary.training_kind import is_group_relative, is_reinforcement
from lrdoctor.vocabulary.untrained import untrained_loss


@dataclass(frozen=True)
class Quality:
    """Facts about the log that limit every later claim.

    Args:
        points: finite training losses.
        non_finite: non-finite training losses.
        diverged: whether the run did, and how, by the definition in the README.
        filtered: where the log shows non-finite numbers that the training loss hides, or None.
        refusal: why no verdict can be given, or "".
        rising_with_accuracy: rank correlation of the loss with time where it rises with the accuracy, else None.
        doubts: what is wrong with the log without forbidding a verdict, in words.
        moving_target: whether the loss is one of reinforcement learning, which measures no progress.
        fine_tuning: how likely the run tunes a pretrained model, and what says so.
        no_beginning: what says that the log lacks the beginning of the training, or "".
        chance: where the loss stands at chance from its start to its end, else None.
        flat: what says that the curve shows nothing but a level, so that it names no direction, or "".
    """

    points: int
    non_finite: int
    diverged: Divergence
    filtered: "Filtered | None"
    refusal: str
    rising_with_accuracy: float | None = None
    doubts: tuple[str, ...] = ()
    moving_target: bool = False
    fine_tuning: FineTuning = NOT_TUNED
    no_beginning: str = ""
    chance: ChanceLevel | None = None
    flat: str = ""

    @property
    def curve_is_real(self) -> bool:
        """Whether enough losses were logged, and computed, to measure a curve on; a filter's stand-ins are not."""
        return self.diverged.kind is not DivergenceKind.HIDDEN and self.points > 0 and self.rows >= limits.FEW_POINTS

    @property
    def rows(self) -> int:
        """Logged training losses, finite or not."""
        return self.points + self.non_finite

    @property
    def pretrained(self) -> str:
        """What says that the run tunes a pretrained model, or "" where that is less likely than not."""
        if self.fine_tuning.probability < limits.LIKELY_TUNED:
            return ""
        return self.fine_tuning.why or "the LR, the length and the curve are those of one"

    @property
    def caveats(self) -> tuple[str, ...]:
        """All that weakens the curve's evidence, in words."""
        first = ("reinforcement learning: the loss is no measure of progress",) if self.moving_target else ()
        return (*first, *self.doubts)

    @property
    def trust(self) -> float:
        """What the curve's log-factors are multiplied by: 1 for a clean log, less for every doubt."""
        moving = limits.MOVING_TARGET if self.moving_target else 1.0
        return 0.0 if self.flat else float(moving * limits.DOUBT ** len(self.doubts))


@dataclass(frozen=True)
class Filtered:
    """A series that ends non-finite while the training loss stays finite, and from which step on."""

    tag: str
    since: float


def assess(run: Run, roles: Roles, tuned: FineTuning = NOT_TUNED) -> Quality:
    """What the log of `run` can carry; never raises for what a log holds.

    Args:
        run: the log.
        roles: which series is what.
        tuned: how likely it is of a fine-tuning.
    """
    loss = run.series[roles.loss] if roles.loss is not None else Series(np.empty(0), np.empty(0))
    finite = loss.value[np.isfinite(loss.value)]
    moving_target = is_group_relative(run) or is_reinforcement(run)
    ramp = roles.lr is not None and is_range_test(run.series[roles.lr].value)
    no_beginning = missing_beginning(run, roles, loss) if len(loss) else ""
    observed = divergence(
        loss.value,
        _finite(run.find(roles.val_loss)),
        begins=not no_beginning,
        untrained=_untrained(run, roles) if no_beginning else None,
    )
    # Where a ramp ends says nothing of a training, and a value loss rises with the rewards that a policy earns.
    if ramp or (moving_target and observed.kind is DivergenceKind.RISING):
        observed = replace(observed, kind=None)
    refusal = refusal_of(run, roles, loss, ramp=ramp, diverged=observed, moving_target=moving_target)
    filtered = None if observed else _filtered(run, roles, loss)
    if filtered is not None and zero_from(loss) is not None:
        refusal = ""  # a stand-in for what was not finite
    if filtered is not None and not refusal:
        observed = replace(observed, kind=DivergenceKind.HIDDEN)
    measurable = not refusal and observed.kind in {None, DivergenceKind.RISING}
    chance = None if observed else _chance(run, roles, finite)
    rise_with_accuracy = _rising_with_accuracy(run, roles, loss) if measurable else None
    if rise_with_accuracy is not None:
        refusal = (
            f"{roles.loss} rises from {loss.value[0]:.4g} to {loss.value[-1]:.4g} while {roles.val_accuracy} rises "
            f"too: its sign looks turned (a likelihood or a reward); name the loss with {LOSS_OPTION}"
        )
    return Quality(
        points=len(finite),
        non_finite=len(loss) - len(finite),
        # What rises because its sign is turned has not diverged.
        diverged=observed if rise_with_accuracy is None else replace(observed, kind=None),
        filtered=filtered,
        refusal=refusal,
        rising_with_accuracy=rise_with_accuracy,
        doubts=_doubts(run, roles, finite, tuned),
        moving_target=moving_target,
        fine_tuning=tuned,
        no_beginning=no_beginning,
        chance=chance,
        flat="" if observed else _flat(run, roles, finite, chance),
    )


def _flat(run: Run, roles: Roles, finite: Floats, chance: ChanceLevel | None) -> str:
    """What says that neither the training loss nor validation shows anything but a level, or ""."""
    if chance is not None:
        return f"the loss stands at {chance.level:.4g}, chance for {chance.classes} classes: nothing was learned"
    seen = [finite, *(_finite(run.find(tag)) for tag in (roles.val_loss, roles.val_accuracy))]
    if any(values is not None and change_over_noise(values) >= limits.CHANGED for values in seen):
        return ""
    return "the loss shows noise about a level and no change beyond it"


def _chance(run: Run, roles: Roles, finite: Floats) -> ChanceLevel | None:
    """Whether the loss stands at chance, whatever says how many classes there are."""
    stated = untrained_loss(run.hparams)
    return chance_level(finite, _finite(run.find(roles.val_accuracy)), None if stated is None else math.exp(stated))


def _finite(series: Series | None) -> Floats | None:
    """The finite values of a series, or None without one."""
    return None if series is None else series.value[np.isfinite(series.value)]


def _untrained(run: Run, roles: Roles) -> float | None:
    """An untrained model's loss, as the settings or an accuracy at chance say it."""
    accuracy = _finite(run.find(roles.val_accuracy))
    stated = untrained_loss(run.hparams)
    return loss_of_chance(accuracy) if stated is None and accuracy is not None else stated


def is_range_test(lr: Floats) -> bool:
    """Whether LRs, shape (n,), are the exponential ramp of a range test, from its start to its end.

    >>> is_range_test(np.geomspace(1e-7, 1, 100)), is_range_test(np.linspace(1e-7, 1, 100))
    (True, False)
    """
    if len(lr) < limits.FEW_POINTS or not (np.isfinite(lr).all() and lr.min() > 0):
        return False
    rises = np.diff(np.log10(lr))
    even = float(np.ptp(rises)) <= limits.RANGE_TEST_EVEN * float(np.median(rises))
    return bool(rises.min() > 0) and even and float(rises.sum()) >= limits.RANGE_TEST


# What readers note that changes how a curve looks, and how a report words it.
_DOUBT_OF_NOTE = {
    "sampled": "the export holds a sample of the points",
    "aggregated": "each value stands for a window of steps",
    "restart": "a restart logged steps again",
    "steps-invented": "the log has no step column",
    "corrupt-record": "a part of the file is damaged",
}


def _doubts(run: Run, roles: Roles, loss: Floats, tuned: FineTuning) -> tuple[str, ...]:
    codes = {note.code for note in run.notes if note.series in (None, roles.loss)}
    found = [words for code, words in _DOUBT_OF_NOTE.items() if code in codes]
    if tuned.probability >= limits.LIKELY_TUNED:
        found.append("a fine-tuning, and the tables come from training from scratch")
    return (*found, "the curve was smoothed before it was logged") if was_smoothed(loss) else tuple(found)


def was_smoothed(loss: Floats) -> bool:
    """Whether a moving average went over the finite losses, shape (n,), before they were logged.

    An average of white noise leaves neighbours alike, yet steps as rough at the scale of one point as at any:
    the residual is an AR(1) series.  A run without noise (full batches) is smoother still: its steps are alike too.

    >>> rng = np.random.default_rng(0)
    >>> raw = 1 / np.sqrt(np.arange(1, 2001)) + 0.05 * rng.standard_normal(2000)
    >>> was_smoothed(raw), was_smoothed(np.convolve(raw, 0.95 ** np.arange(200), mode="valid"))
    (False, True)
    """
    level, change = residual_autocorrelations(loss)
    return level > limits.SMOOTHED_LEVEL and abs(change) < limits.SMOOTHED_CHANGE


def residual_autocorrelations(loss: Floats) -> tuple[float, float]:
    """Lag-1 autocorrelation of the second half of finite losses, shape (n,), around a cubic trend, and of its steps.

    NaN, both, below twice `SMOOTHED_POINTS` losses or where nothing is left around the trend.
    """
    n = len(loss) // 2
    if n < limits.SMOOTHED_POINTS:
        return float("nan"), float("nan")
    x, y = np.linspace(-1, 1, n), loss[-n:]
    residual = y - np.polynomial.Polynomial.fit(x, y, 3)(x)
    if not float(np.abs(residual).max()) > 1e-9 * float(np.abs(y).max()):
        return float("nan"), float("nan")  # rounding errors, whose pattern means nothing
    return autocorrelation(residual), autocorrelation(np.diff(residual))


def _rising_with_accuracy(run: Run, roles: Roles, loss: Series) -> float | None:
    """Rank correlation of the loss with time where it rises steadily beside a rising accuracy, else None."""
    accuracy = run.find(roles.val_accuracy)
    if accuracy is None or min(len(accuracy), len(loss)) < limits.FEW_POINTS:
        return None
    # What rises steadily ends above its start; scipy takes half a second to import, which few logs then cost.
    if not all(_ends_higher(series.value) for series in (loss, accuracy)):
        return None
    rises = [_rank_correlation(series.value) for series in (loss, accuracy)]
    return rises[0] if min(rises) > limits.WRONG_SIGN else None


def _ends_higher(value: Floats) -> bool:
    finite = value[np.isfinite(value)]
    third = len(finite) // 3
    return third > 0 and float(np.median(finite[-third:])) > float(np.median(finite[:third]))


def _filtered(run: Run, roles: Roles, loss: Series) -> Filtered | None:
    """A gradient norm or validation loss that ends non-finite beside a training loss that stands still at its end.

    A loss that still moves was computed: mixed precision logs infinite norms of steps that it skips, and some trainers
    log a norm that is NaN throughout.  Only a constant can be a trainer's stand-in for what it filtered.
    """
    if roles.loss is None or not len(loss) or float(np.ptp(tail(loss.value))) != 0:
        return None
    if any(note.code == "non-finite-filtered" for note in run.notes):
        held = np.flatnonzero(loss.value != loss.value[-1])
        if len(held):
            return Filtered(roles.loss, float(loss.step[held[-1] + 1]))
    if (zero := zero_from(loss)) is not None and _blew_up_before(loss, zero):
        return Filtered(roles.loss, zero)
    for tag in (roles.grad_norm, roles.val_loss):
        if tag is None:
            continue
        series = run.series[tag]
        if zero is not None and len(series) and not np.isfinite(series.value[-1]):
            return Filtered(tag, zero)
        finite = np.flatnonzero(np.isfinite(series.value))
        first = int(finite[-1]) + 1 if len(finite) else 0
        if len(series) - first >= limits.FILTERED_POINTS:
            return Filtered(tag, float(series.step[first]))
    return None


def _blew_up_before(loss: Series, step: float) -> bool:
    """Whether the last losses before `step` stood far above the first ones, or were not finite."""
    before = loss.value[loss.step < step]
    return bool(len(before) and not before[-1] < limits.BLOW_UP * abs(float(before[0])))


def _rank_correlation(value: Floats) -> float:
    """Spearman's correlation of the finite values, not all equal, with their order; ties have their mean rank."""
    from scipy.stats import spearmanr

    finite = value[np.isfinite(value)]
    return float(spearmanr(finite, np.arange(len(finite))).statistic)
