"""Where a diverged run left its trend, and whether its learning rate did it: what an engineer on call asks first."""

import numpy as np

from lrdoctor import limits
from lrdoctor.measurement.numerics import noise
from lrdoctor.measurement.other_causes import calm_before, norm_ahead, scale_collapse
from lrdoctor.records.onset import Cause, Moment, Onset
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Floats, Run, Series
from lrdoctor.vocabulary.tags import is_loss_scale

# The trend is followed by medians of so many losses, at most.
WINDOW = 25
# The noise about it is measured on so many losses before its lowest level.
SCATTER_OF = 200
# An LR below this share of its peak no longer breaks what the peak did not break.
LOW_LR = 0.1
# A rise of less than this share of the level is none, however calm the curve.
LEAST_RISE = 0.02


def onset(run: Run, roles: Roles) -> Onset | None:
    """How a run that diverged broke; None where it has no loss.

    Args:
        run: one that is known to have diverged.
        roles: which of its series is the loss, the LR, the gradient norm.
    """
    loss = run.find(roles.loss)
    if loss is None or not len(loss):
        return None
    value = loss.value
    good = np.flatnonzero(np.isfinite(value))
    last = int(good[-1]) if len(good) else -1
    broke = last + 1 if last + 1 < len(value) else None
    calm, off = departure(value[good])
    at_calm = None if calm is None else int(good[calm])
    at_off = None if off is None else int(good[off])
    cause, why = _cause(run, roles, loss, at_off, broke)
    rate, norm = run.find(roles.lr), run.find(roles.grad_norm)

    def moment(index: int | None) -> Moment | None:
        if index is None:
            return None
        step = float(loss.step[index])
        wall = None if loss.wall_time is None else float(loss.wall_time[index])
        return Moment(step, float(value[index]), _at(rate, step), _at(norm, step), wall)

    return Onset(moment(at_calm), moment(at_off), moment(broke), cause, why)


def departure(finite: Floats) -> tuple[int | None, int | None]:
    """Places of the last loss on the trend and of the first off it for good, among finite losses, shape (n,).

    The trend is followed to its lowest level; after that a loss is on it while it stands no higher above that level
    than the noise about the trend until then allows.  (None, None) where there is no loss, (n - 1, None) where the last
    one is on the trend.

    >>> departure(np.array([2.3, 2.0, 1.8, 1.7, 1.6, 1.5, 1.5, 1.4, 1.4, 1.3, 9.0, 80.0, 600.0]))
    (9, 10)
    """
    n = len(finite)
    if n == 0:
        return None, None
    width = max(1, min(WINDOW, n // 8))
    padded = np.concatenate([np.full(width - 1, finite[0]), finite])
    level = np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1)
    lowest = int(level.argmin())
    about = np.abs(finite - level)[: lowest + 1]
    scatter = 1.4826 * float(np.median(about[-SCATTER_OF:]))
    allowed = level[lowest] + max(limits.SPIKE_SIGMA * scatter, LEAST_RISE * abs(float(level[lowest])))
    last = int(np.flatnonzero(finite <= allowed)[-1])
    return (last, last + 1) if last + 1 < n else (last, None)


def _at(series: Series | None, step: float) -> float | None:
    """What was logged at a step or last before it; None where nothing was."""
    if series is None or not len(series):
        return None
    place = int(np.searchsorted(series.step, step, side="right")) - 1
    return float(series.value[place]) if place >= 0 else None


def _cause(run: Run, roles: Roles, loss: Series, off: int | None, broke: int | None) -> tuple[Cause, str]:
    """Whether it was the LR: growth over many steps speaks for it, a sudden end from calm does not."""
    scale = next((s for tag, s in run.series.items() if is_loss_scale(tag)), None)
    if scale is not None and scale_collapse(scale.value) is not None:
        return Cause.SOMETHING_ELSE, "the loss scale of mixed precision fell step by step: numbers overflowed"
    decayed = _decayed(run.find(roles.lr), loss, off if off is not None else broke)
    if decayed:
        return Cause.SOMETHING_ELSE, decayed
    norm = run.find(roles.grad_norm)
    since = None if norm is None else norm_ahead(norm, loss)
    height = calm_before(loss.value)
    if broke is not None and height is not None and height <= limits.CALM:
        if since is not None:
            return Cause.LEARNING_RATE, f"the gradient norm had grown tenfold by step {since:g}, before the loss broke"
        return Cause.UNCLEAR, "the loss was calm until it was not finite: look at that batch and operation first"
    if off is None and broke is not None:
        return Cause.UNCLEAR, "too few losses were logged before the end to tell"
    finite = loss.value[np.isfinite(loss.value)]
    if off is not None and _grew(finite, int(np.isfinite(loss.value[:off]).sum())):
        ahead = f"; the gradient norm had grown tenfold by step {since:g}" if since is not None else ""
        return Cause.LEARNING_RATE, f"the loss grew step by step before it was lost, as where the LR is too high{ahead}"
    return Cause.UNCLEAR, "the loss rose at once and stayed: a too high LR does this, a change in the data as well"


def _decayed(rate: Series | None, loss: Series, place: int | None) -> str:
    """That the LR had come far down from its peak when the loss at `place` left its trend; "" where it had not."""
    if rate is None or place is None or not np.isfinite(rate.value).any():
        return ""
    step, peak = float(loss.step[place]), int(np.nanargmax(np.where(np.isfinite(rate.value), rate.value, -np.inf)))
    here = _at(rate, step)
    if here is None or step <= rate.step[peak] or not 0 < here < LOW_LR * rate.value[peak]:
        return ""
    return f"the LR had already fallen to {here:.2g}, from a peak of {rate.value[peak]:.2g}"


def _grew(finite: Floats, off: int) -> bool:
    """Whether the losses from `off` on rise over several steps rather than jump to a level and stand there."""
    later = finite[off:]
    if len(later) < 3:
        return len(later) > 0 and off > 0 and bool(later.max() > limits.BLOW_UP * abs(float(finite[:off].min())))
    first, rest = float(later[0]), float(np.median(later[len(later) // 2 :]))
    spread = max(noise(later), 1e-12)
    return rest - first > 2 * spread or float(later.max()) > limits.BLOW_UP * abs(float(finite[0]))
