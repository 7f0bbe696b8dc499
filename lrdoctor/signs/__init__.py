"""Run -> Signs: one number each, with meaning."""

from lrdoctor.signs import descent, roughness, setting, validation
from lrdoctor.signs.sign import Setting, Sign, Signs
from lrdoctor.trace import Trace

__all__ = ["SIGNS", "Setting", "Sign", "Signs", "measure"]

SIGNS: tuple[Sign, ...] = (*descent.SIGNS, *roughness.SIGNS, *validation.SIGNS, *setting.SIGNS)


def measure(trace: Trace, setting: Setting) -> Signs:
    """Every sign's value; NaN where the log cannot show it."""
    return {sign.name: sign.measure(trace.normalised, setting) for sign in SIGNS}
