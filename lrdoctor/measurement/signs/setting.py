"""Signs from the configuration: the LR against what is customary, the schedule, the length."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.measurement.signs.sign import Measure, Setting, Sign
from lrdoctor.vocabulary.optimizers import CUSTOMARY, PLAIN, SETS_OWN

OfSetting = Callable[[Setting], float]


def _over_customary(*, plain: bool) -> OfSetting:
    def measure(setting: Setting) -> float:
        usual = None if setting.optimizer is None else CUSTOMARY.get(setting.optimizer)
        if setting.lr is None or usual is None or (setting.optimizer in PLAIN) != plain:
            return math.nan
        return math.log10(setting.lr / usual)

    return measure


def log_lr(setting: Setting) -> float:
    """log10 of the LR; NaN where it is of an optimizer that is not known, or that sets the length of its steps."""
    strange = setting.optimizer is None and setting.names_optimizer
    if setting.lr is None or strange or setting.optimizer in SETS_OWN:
        return math.nan
    return math.log10(setting.lr)


# Gradients set the scale of SGD's LR and not that of adaptive optimizers: custom is worth more for the latter.
FROM_SETTING: Mapping[str, OfSetting] = MappingProxyType(
    {
        "over_customary_adaptive": _over_customary(plain=False),
        "over_customary_sgd": _over_customary(plain=True),
        "log_lr": log_lr,
    }
)
"""The signs that need no curve."""


def _without_curve(name: str) -> Measure:
    return lambda _, setting: FROM_SETTING[name](setting)


def points(curve: LossCurve, _: Setting) -> float:
    """log10 of the number of logged losses."""
    return math.log10(len(curve.raw))


def steps(curve: LossCurve, _: Setting) -> float:
    """log10 of the steps logged."""
    return math.log10(max(curve.step[-1] - curve.step[0], 1))


def end_lr(curve: LossCurve, _: Setting) -> float:
    """log10 of the last LR over the peak, at least -4."""
    return math.nan if curve.last_lr is None else max(math.log10(max(curve.last_lr, 1e-9)), -4.0)


def used_time(curve: LossCurve, _: Setting) -> float:
    """LR-time over steps: 1 for a constant LR, a half for cosine."""
    return float(curve.time[-1] / max(curve.step[-1] - curve.step[0], 1)) if curve.lr is not None else math.nan


SIGNS = (
    *(
        Sign(name, label, "decades", _without_curve(name))
        for name, label in (
            ("over_customary_adaptive", "LR over the usual one"),
            ("over_customary_sgd", "LR over what is usual for SGD"),
            ("log_lr", "the LR itself, and against what is usual"),
        )
    ),
    Sign("points", "logged losses", "decades", points),
    Sign("steps", "steps", "decades", steps),
    Sign("end_lr", "last LR over its peak", "decades", end_lr),
    Sign("used_time", "LR-weighted time over steps", "share", used_time),
)
