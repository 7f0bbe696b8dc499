"""What a sign is: one number with a meaning, measured on a run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lrdoctor.measurement.loss_curve import LossCurve


@dataclass(frozen=True)
class Setting:
    """What the run's configuration says, as far as it is known.

    Args:
        lr: peak of the schedule.
        optimizer: normalised name, such as `SGD+momentum`.
        batch_size: examples a step.
        names_optimizer: whether a setting names an optimizer, known or not.
    """

    lr: float | None = None
    optimizer: str | None = None
    batch_size: float | None = None
    names_optimizer: bool = False


Measure = Callable[[LossCurve, Setting], float]


@dataclass(frozen=True)
class Sign:
    """One measured quantity.

    Args:
        name: stable key in the fitted tables and in JSON.
        label: how a report words it.
        unit: of the value.
        measure: the value, or NaN where the log cannot show it.
    """

    name: str
    label: str
    unit: str
    measure: Measure


Signs = Mapping[str, float]
