"""Signs from validation: when it turned, what it still gained, how it compares with training.

Under gradient flow a run at LR/k is this run cut at 1/k of its time.  So the moment at which a curve first
came within the band's tolerance of its best says how far below this run's LR the band reaches.
"""

import math
from collections.abc import Callable

import numpy as np

from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.measurement.signs.scales import clipped_log, signed_log
from lrdoctor.measurement.signs.sign import Measure, Setting, Sign
from lrdoctor.measurement.signs.validation_curve import Turning, turning


def _of(which: str, pick: Callable[[Turning], float]) -> Measure:
    def measure(curve: LossCurve, _: Setting) -> float:
        found = turning(curve, which)
        return math.nan if found is None else pick(found)

    return measure


def gap(curve: LossCurve, _: Setting) -> float:
    """(validation - training loss) at the end over the training descent, signed log."""
    if len(curve.val_loss) < 2:
        return math.nan
    return signed_log((float(np.median(curve.val_loss[-3:])) - curve.end) / curve.descent)


def _curve(which: str, words: str) -> tuple[Sign, ...]:
    """Signs of one curve; gains and losses are in tolerances of the band, times in shares of the run."""
    picks: tuple[tuple[str, str, str, Callable[[Turning], float]], ...] = (
        ("best_at", "was best after this share of the run", "decades", lambda t: t.best_at),
        ("rise", "gave back after its best", "signed log", lambda t: signed_log(t.rise / t.tolerance, 0.1)),
        ("late", "gained in the second half, by level", "signed log", lambda t: signed_log(t.late / t.tolerance, 0.1)),
        ("late_best", "gained in the second half", "signed log", lambda t: signed_log(t.late_best / t.tolerance, 0.1)),
        ("falling", "still gained at the end", "signed log", lambda t: signed_log(t.falling / t.tolerance, 0.1)),
        (
            "noise",
            "noise at the end, over what a good LR may cost",
            "decades",
            lambda t: clipped_log(t.noise / t.tolerance),
        ),
        ("depth", "lowest over first", "decades", lambda t: t.depth),
        ("half", "had half of its gain after this share of the run", "decades", lambda t: t.half),
        ("most", "had 80 % of its gain after this share", "decades", lambda t: t.most),
        ("tolerated", "was as good as it got after this share", "decades", lambda t: t.tolerated),
    )
    return tuple(
        Sign(f"{which}_{key}", f"{words} {label}", unit, _of(which, p))
        for key, label, unit, p in picks
        if f"{which}_{key}" not in LEFT_OUT
    )


# When and how far validation turned says how much a net can overfit; on unseen families it misled about the LR.
LEFT_OUT = ("goal_best_at", "goal_rise")


SIGNS = (
    *_curve("goal", "validation"),
    *_curve("loss", "validation loss (beside accuracy)"),
    Sign("gap", "validation loss above training loss at the end", "signed log", gap),
)
