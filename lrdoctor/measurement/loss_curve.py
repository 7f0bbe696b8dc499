"""One run's curves, cleaned and put on one clock: what every sign is measured on."""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from lrdoctor import limits
from lrdoctor.measurement.numerics import LogBins, log_bins, noise, robust_level
from lrdoctor.records.run import Floats, Series

# Losses beyond are drawn to it: they mean nothing more, and their squares and ratios would overflow.
MAX_LOSS = 1e100
MIN_START = 1e-100  # a start below: squares would vanish
USUAL_STARTS = 1e-6, 1e6  # starts in whose unit the floors of the signs are small and no more


@dataclass(frozen=True, eq=False)
class LossCurve:
    """The training loss on the run's clock, with what else was logged.

    The clock is LR-time: the sum of LR / peak LR up to a point, in steps, so that a warm-up or a
    decay does not look like a slow or a stuck run.  Where the LR was not logged it is plain steps.

    Args:
        step: of every logged loss, shape (n,); as in the log.
        raw: every logged loss, shape (n,), with NaN and inf.
        time: LR-time of the finite losses, positive and ascending, shape (m,).
        loss: the finite losses, shape (m,).
        lr: LR at each finite loss, shape (m,), or None.
        val_time, val_loss: finite validation losses on the same clock, shape (k,); empty without any.
        accuracy_time, accuracy: the same for validation accuracy.
        begins: whether the log holds the beginning of the training; without it `start` and `descent` mean nothing.
        untrained: the untrained model's loss where the settings say it and the log begins too late to show it.
    """

    step: Floats
    raw: Floats
    time: Floats
    loss: Floats
    lr: Floats | None
    val_time: Floats
    val_loss: Floats
    accuracy_time: Floats
    accuracy: Floats
    begins: bool = True
    untrained: float | None = None

    @cached_property
    def normalised(self) -> "LossCurve":
        """The curve in a unit in which its start is near 1, where it is far from that: signs are ratios, with floors.

        A power of two: no digit is lost.
        """
        if self.start == 0 or USUAL_STARTS[0] <= abs(self.start) <= USUAL_STARTS[1]:
            return self
        power = -math.frexp(self.start)[1]

        def in_unit(values: Floats) -> Floats:
            return np.clip(np.ldexp(values, power), -MAX_LOSS, MAX_LOSS)

        finite = np.isfinite(self.raw)
        raw = self.raw.copy()
        raw[finite] = in_unit(raw[finite])
        return replace(self, raw=raw, loss=raw[finite], val_loss=in_unit(self.val_loss))

    @cached_property
    def bins(self) -> LogBins:
        """The loss on eight bins a decade of LR-time."""
        return log_bins(self.time, self.loss)

    @cached_property
    def finite_step(self) -> Floats:
        """Step of every finite loss, shape (m,)."""
        return self.step[np.isfinite(self.raw)]

    @cached_property
    def start(self) -> float:
        """The untrained model's loss: the first that is finite, or what the settings say where that came late."""
        first = float(self.loss[0])
        return first if self.untrained is None else max(first, self.untrained)

    @cached_property
    def val_start(self) -> float:
        """The untrained model's validation loss; NaN without any.

        Most trainers validate first after an epoch: the untrained training loss stands in where it is higher.
        """
        if not len(self.val_loss):
            return math.nan
        first = float(self.val_loss[0])
        late = len(self.val_time) > 1 and self.val_time[0] > 0.5 * (self.val_time[1] - self.val_time[0])
        return max(first, self.start) if late else first

    @cached_property
    def end(self) -> float:
        """The level of the last twentieth of the finite losses (five at least)."""
        return robust_level(self.loss[-max(5, len(self.loss) // 20) :])

    @cached_property
    def lowest(self) -> float:
        """The lowest level of the binned curve, or the end's if that is lower."""
        return min(float(self.bins.level.min()), self.end)

    @cached_property
    def descent(self) -> float:
        """How far the loss came down from its start, in its own unit; a tiny number where it did not."""
        scale = max(abs(self.start), abs(self.lowest), 1e-300)
        return max(self.start - self.lowest, 1e-9 * scale)

    @cached_property
    def last_lr(self) -> float | None:
        """The LR at the end over its peak, a mean of the last 2 % of the points; None where it was not logged."""
        return None if self.lr is None else float(np.mean(self.lr[-max(1, len(self.lr) // 50) :]) / self.lr.max())

    @property
    def decayed(self) -> bool:
        """Whether the LR was logged and ends so low that the schedule shapes the end of the loss."""
        return self.last_lr is not None and self.last_lr <= limits.DECAYED

    @property
    def learned(self) -> bool:
        """Whether the loss came down enough for shares of its descent to mean something."""
        return self.descent > limits.DEAD * abs(self.start)

    @cached_property
    def jitter(self) -> float:
        """Step-to-step noise of the last third of the run, one sigma, in the loss's unit."""
        sigma = noise(self.loss[-max(8, len(self.loss) // 3) :])
        return sigma if math.isfinite(sigma) else 0.0


def _empty() -> Floats:
    return np.empty(0)


def _finite(series: Series | None) -> tuple[Floats, Floats]:
    if series is None:
        return _empty(), _empty()
    keep = np.isfinite(series.value)
    return series.step[keep], series.value[keep]


def clock(step: Floats, lr: Series | None, before: float = 0.0) -> tuple[Floats, Floats | None]:
    """LR-time of `step` and the LR there (last observed value), shape (n,) each, or plain time and None without an LR.

    LR-time starts at half a logging interval, so that its logarithm exists at the first point and
    a log that begins at step 0 and one that begins at step 1 agree.  `before` steps at the peak are added where the log
    lacks the beginning.
    """
    gap = typical_gap(step)
    elapsed = before + step - step[0] + 0.5 * gap
    if lr is None:
        return elapsed, None
    lr_step, lr_value = _finite(lr)
    if not len(lr_step) or not lr_value.max() > 0:
        return elapsed, None
    at = lr_value[np.clip(np.searchsorted(lr_step, step, side="right") - 1, 0, None)]
    share = np.maximum(at, 0.0) / lr_value.max()
    spent = np.r_[share[0] * 0.5 * gap, np.diff(step) * 0.5 * (share[1:] + share[:-1])]
    # A floor keeps time strictly ascending where the LR is exactly zero.
    return before + np.cumsum(np.maximum(spent, 1e-6 * gap)), at


def typical_gap(step: Floats) -> float:
    """Steps between two logged losses, most often, of `step`, shape (n,); 1 where there is only one."""
    gaps = np.diff(step)
    gaps = gaps[gaps > 0]
    return float(np.sort(gaps)[len(gaps) // 2]) if len(gaps) else 1.0


def loss_curve(
    loss: Series,
    lr: Series | None = None,
    val: Series | None = None,
    accuracy: Series | None = None,
    *,
    begins: bool = True,
    counted: bool = False,
    untrained: float | None = None,
) -> LossCurve | None:
    """A run's series on one clock, in steps; None where the loss has no finite value.

    Args:
        loss, lr, val, accuracy: as logged.
        begins: whether the log holds the beginning of the training.
        counted: whether steps were counted by the reader, so that they do not tell how much came before.
        untrained: the untrained model's loss, where the settings say it.
    """
    keep = np.isfinite(loss.value)
    if not keep.any():
        return None
    # An excerpt without steps may come from anywhere: as if three times as much had gone before.
    gone = 3.0 * len(loss) if counted else max(float(loss.step[0]), 0.0)
    full, lr_at = clock(loss.step, lr, 0.0 if begins else gone)
    val_step, val_value = _finite(val)
    acc_step, acc_value = _finite(accuracy)

    def on_clock(step: Floats) -> Floats:
        return np.asarray(np.interp(step, loss.step, full)) if len(step) else step

    raw = np.where(np.isfinite(loss.value), np.clip(loss.value, -MAX_LOSS, MAX_LOSS), loss.value)
    return LossCurve(
        step=loss.step,
        raw=raw,
        time=full[keep],
        loss=raw[keep],
        lr=None if lr_at is None else lr_at[keep],
        val_time=on_clock(val_step),
        val_loss=np.clip(val_value, -MAX_LOSS, MAX_LOSS),
        accuracy_time=on_clock(acc_step),
        accuracy=acc_value,
        begins=begins,
        untrained=untrained,
    )
