"""What a sweep comes to: the runs on one axis, and their common answer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lrdoctor.records.carried_over import CarriedOver
from lrdoctor.records.diagnosis import Belief, Diagnosis
from lrdoctor.records.presentation import presenter, short

# Decades; LRs nearer than this are one LR written in two ways.
SAME_LR = 0.005


@dataclass(frozen=True)
class SweepMember:
    """One run of a sweep on the common LR axis.

    Args:
        run: its position among the sweep's diagnoses.
        lr: its LR.
        cost: what it reached by the last step that all runs share, lower is better, in the sweep's measure; NaN where
            it diverged before it reached anything.
        below, inside, above: probabilities, all runs considered, that it lies below the band, in it, above it.
        diverged: whether it broke in the end, whatever it had reached before.
    """

    run: int
    lr: float
    cost: float
    below: float
    inside: float
    above: float
    diverged: bool = False


Placed = SweepMember
"""The same under its name of before 0.2."""


@dataclass(frozen=True, eq=False)
class SweepDiagnosis:
    """Several runs that differ in LR, judged together.

    Args:
        diagnoses: the runs' own, in the order given.
        suggested_lr: the LR to use next; None where no log names one.
        factor: that LR over the last run's; None where nothing is prescribed.
        interval: 80 % interval of the band's middle, absolute.
        belief: the distribution in decades from the LR of the last of `placed`, in the order given.
        placed: the runs that take part, ascending in LR; empty where fewer than two have an LR and a usable loss.
        measure: what `cost` is: `accuracy` (1 - best validation accuracy), `validation` or `training` loss.
        untrained: the cost before training; NaN where no run logged it.
        tolerance: the regret that still counts as good, a share of what training gained.
        steps: the runs are compared by what they had reached after so many, on their step axis.
        reach: probabilities that the band's middle lies below the lowest LR, among the runs, above the highest.
        band: median estimate of the band's two edges, absolute.
        title: what the runs share, in a few words.
        differs: other settings that differ among them, with their values.
        apart: settings that distinguish it from other sweeps of the same title, with its values.
        carried_over: the suggestion for a run of another length or batch, where one was asked for.
    """

    diagnoses: Sequence[Diagnosis]
    suggested_lr: float | None
    factor: float | None
    interval: tuple[float, float] | None
    belief: Belief
    placed: Sequence[SweepMember] = ()
    measure: str = ""
    untrained: float = math.nan
    tolerance: float = math.nan
    steps: float = math.nan
    reach: tuple[float, float, float] = (math.nan, math.nan, math.nan)
    band: tuple[float, float] | None = None
    title: str = ""
    differs: Sequence[tuple[str, Sequence[str]]] = ()
    apart: Sequence[tuple[str, str]] = ()
    carried_over: CarriedOver | None = None

    def __repr__(self) -> str:
        lrs = [one.lr for one in self.placed]
        span = f", LR {min(lrs):.3g} to {max(lrs):.3g}" if lrs else ""
        order = "" if self.suggested_lr is None else f" -> {self.suggested_lr:.3g}"
        return f"<SweepDiagnosis {short(self.title)}: {len(self.diagnoses)} runs{span}{order}>"

    def _repr_html_(self) -> str:
        return str(presenter().html(self))

    @property
    def curve(self) -> Sequence[tuple[float, float]]:
        """(LR, cost) of the runs that take part, ascending in LR: the LR sensitivity curve."""
        return [(one.lr, one.cost) for one in self.placed]

    @property
    def best(self) -> SweepMember | None:
        """The run with the lowest cost; one that diverged only where all did, whatever it had reached before."""
        finished = [one for one in self.placed if not one.diverged]
        return min(finished or self.placed, key=lambda one: (math.isnan(one.cost), one.cost), default=None)

    @property
    def next_is_new(self) -> bool:
        """Whether the suggested LR is none that was run."""
        return self.suggested_lr is not None and all(
            abs(math.log10(self.suggested_lr / one.lr)) > SAME_LR for one in self.placed
        )

    @property
    def sensitivity(self) -> float:
        """Mean over the runs of what their LRs cost against the best one, over what training gained; 0 is insensitive.

        The LR sensitivity of Wortsman et al. 2023 (arXiv:2309.14322), scaled by the possible gain.  NaN where the best
        run gained nothing.
        """
        best = self.best
        if best is None or not self.untrained > best.cost:
            return math.nan
        lost = [(self.untrained if one.diverged else min(one.cost, self.untrained)) - best.cost for one in self.placed]
        return sum(lost) / (len(lost) * (self.untrained - best.cost))
