"""Run -> Signs: one number each, with meaning."""

from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.measurement.signs import descent, level, roughness, setting, validation
from lrdoctor.measurement.signs.sign import Setting, Sign, Signs

SIGNS: tuple[Sign, ...] = (*descent.SIGNS, *roughness.SIGNS, *validation.SIGNS, *setting.SIGNS)

# Those among them that a log without its beginning can show; where a run began they do not ask.
_ANYWHERE = frozenset(
    {"end_slope_t", "noise_of_level", "noise_growth", "tail_autocorrelation", "slow_excess", "spikes", "rising_share"}
    | {"non_finite", "points", "end_lr", *(sign.name for sign in setting.SIGNS if sign.name in setting.FROM_SETTING)}
)
LATE_SIGNS: tuple[Sign, ...] = (*level.SIGNS, *(sign for sign in SIGNS if sign.name in _ANYWHERE))
"""The signs of a log without its beginning."""

BY_NAME = {sign.name: sign for sign in (*SIGNS, *level.SIGNS)}


def measure(curve: LossCurve, setting: Setting) -> Signs:
    """Every sign's value; NaN where the log cannot show it."""
    asked = SIGNS if curve.begins else LATE_SIGNS
    return {sign.name: sign.measure(curve.normalised, setting) for sign in asked}


def measure_setting(configured: Setting) -> Signs:
    """The signs that need no curve, for a run that has none worth reading: what its LR is against custom."""
    return {name: sign(configured) for name, sign in setting.FROM_SETTING.items()}
