"""The numbered places of a run's reasons."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """The place of the reason of that number: on the run's steps, from first to last."""

    number: int
    steps: tuple[float, float]
