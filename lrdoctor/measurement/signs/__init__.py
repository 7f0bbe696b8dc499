"""Run -> Signs: one number each, with meaning."""

from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.measurement.signs import descent, roughness, setting, validation
from lrdoctor.measurement.signs.sign import Setting, Sign, Signs

SIGNS: tuple[Sign, ...] = (*descent.SIGNS, *roughness.SIGNS, *validation.SIGNS, *setting.SIGNS)


def measure(curve: LossCurve, setting: Setting) -> Signs:
    """Every sign's value; NaN where the log cannot show it."""
    return {sign.name: sign.measure(curve.normalised, setting) for sign in SIGNS}


def measure_setting(configured: Setting) -> Signs:
    """The signs that need no curve, for a run that has none worth reading: what its LR is against custom."""
    return {name: sign(configured) for name, sign in setting.FROM_SETTING.items()}
