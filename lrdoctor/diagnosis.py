"""What the analysis says, as values only: verdicts, findings, evidence, the report."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from lrdoctor.run import Floats, Run
from lrdoctor.vocabulary import Roles

if TYPE_CHECKING:
    from lrdoctor.replayed import Replay

# Decades; LRs nearer than this are one LR written in two ways.
SAME_LR = 0.005


class Verdict(StrEnum):
    """What the log says about the run's learning rate; see the package's docstring."""

    TOO_SLOW = "too-slow"
    WELL_TUNED = "well-tuned"
    TOO_HIGH = "too-high"
    DIVERGENT = "divergent"
    INCONCLUSIVE = "inconclusive"


class Severity(StrEnum):
    """How much a finding matters to the next run."""

    INFO = "info"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, eq=False)
class Fit:
    """Something fitted to or measured on a loss, to be drawn on it.

    `kind` is `smooth`, `semi-log`, `power-law`, or of a finding `slope`, `level`, `attainable` or `points`;
    `text` words the result, such as `-0.21 ± 0.03 per decade of steps`. `step` and `value` have one shape.
    """

    kind: str
    label: str
    text: str
    step: Floats
    value: Floats


@dataclass(frozen=True)
class Finding:
    """One measured property of the log with a stable code.

    `value` and `limit` are in `unit`; the finding was made because of how they compare.
    `steps` is the range it was seen in, on the run's step axis; `series` the tag it speaks of.
    `caveat` names what the evidence is not; `drawn` is what a report draws of it on the loss.
    """

    code: str
    name: str
    severity: Severity
    message: str
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    steps: tuple[float, float] | None = None
    series: str | None = None
    caveat: str = ""
    drawn: Sequence[Fit] = ()


@dataclass(frozen=True)
class Evidence:
    """One sign and how it moved the answer.

    `odds` holds, for each of the four verdicts, the factor by which knowing this sign multiplied
    its odds (exact: with all signs against all but this one). `shift` is how far it moved the
    estimate of the band's middle, in decades (approximate).
    """

    sign: str
    label: str
    value: float | None
    unit: str
    odds: Mapping[Verdict, float]
    shift: float


@dataclass(frozen=True, eq=False)
class Belief:
    """The distribution over the band of good learning rates, seen from this run's.

    `decades[i]` is log10(candidate LR / this run's LR), ascending and evenly spaced;
    `in_band[i]` the probability that the candidate lies in the band; `middle[i]` the probability
    that the band's middle is nearest to it (sums to 1); `prior_in_band` the first without any sign.
    """

    decades: Floats
    in_band: Floats
    middle: Floats
    prior_in_band: Floats


@dataclass(frozen=True)
class Remedy:
    """Something else than the peak LR to change: what kind, in words, called for by which finding, by whose advice."""

    action: str
    words: str
    code: str
    finding: str
    source: str


@dataclass(frozen=True)
class Worth:
    """What following the advice is expected to bring: (low, middle, high), an 80 % interval around the median.

    Args:
        validation: whether `now` and `loss` are of the validation loss, else of the training loss.
        now: what this run reached, at most the untrained model's loss.
        loss: what the next run is expected to reach.
        steps: steps that the next run is expected to need to this run's training loss, over this run's steps; above 1
            it gets there later or never; None where this run learned too little to be compared.
    """

    validation: bool
    now: float
    loss: tuple[float, float, float]
    steps: tuple[float, float, float] | None = None


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """The answer for one run.

    Args:
        run: what was diagnosed.
        roles: which series was taken for what.
        lr: this run's learning rate, the peak of its schedule; None where the log names none.
        lr_source: where that came from, such as `series train/lr (peak)` or `hparams lr`.
        verdict: the word; `inconclusive` comes with a `reason`.
        probabilities: of the four verdicts, summing to 1, also when the verdict is `inconclusive`.
        factor: multiply the run's LR schedule by this; 1.0 means stay.
        interval_decades: 80 % interval of log10(band's middle / this run's LR).
        belief: the whole distribution.
        findings: worst first.
        evidence: the signs, the strongest first.
        fits: curves to draw on the loss.
        worth: what the advice is expected to bring; None where it is to stay or nothing can be said.
        remedies: what else to change.
    """

    run: Run
    roles: Roles
    lr: float | None
    lr_source: str
    verdict: Verdict
    reason: str
    probabilities: Mapping[Verdict, float]
    factor: float
    interval_decades: tuple[float, float]
    belief: Belief
    findings: Sequence[Finding] = ()
    evidence: Sequence[Evidence] = ()
    fits: Sequence[Fit] = ()
    worth: Worth | None = None
    remedies: Sequence[Remedy] = ()

    @property
    def suggested_lr(self) -> float | None:
        """The peak LR to use next; None where the log names no LR to scale."""
        return None if self.lr is None else self.lr * self.factor

    @property
    def interval(self) -> tuple[float, float] | None:
        """80 % interval of the band's middle, as absolute LRs; None where the log names no LR."""
        if self.lr is None:
            return None
        low, high = self.interval_decades
        return self.lr * 10.0**low, self.lr * 10.0**high


@dataclass(frozen=True)
class Unreadable:
    """A path that could not be analysed, and the one-line reason.

    `named` is what the user named where nothing, or not all, of that could be read because of it; "" where the path
    was only found inside of it, beside what could be read.
    """

    path: str
    reason: str
    named: str = ""


@dataclass(frozen=True)
class Placed:
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


@dataclass(frozen=True, eq=False)
class SweepDiagnosis:
    """Several runs that differ in LR, judged together.

    Args:
        diagnoses: the runs' own, in the order given.
        suggested_lr: the LR to use next; None where no run could be placed.
        factor: that LR over the last run's.
        interval: 80 % interval of the band's middle, absolute.
        belief: the distribution in decades from the last run that was placed.
        placed: the runs that take part, ascending in LR; empty where fewer than two could be placed.
        measure: what `cost` is: `accuracy` (1 - best validation accuracy), `validation` or `training` loss.
        untrained: the cost before training.
        tolerance: the regret that still counts as good.
        steps: the runs are compared by what they had reached after so many steps.
        reach: probabilities that the band's middle lies below the lowest LR, among the runs, above the highest.
        band: median estimate of the band's two edges, absolute.
        title: what the runs share, in a few words.
        differs: other settings that differ among them, with their values.
        apart: settings that tell it from other sweeps of the same title.
    """

    diagnoses: Sequence[Diagnosis]
    suggested_lr: float | None
    factor: float
    interval: tuple[float, float] | None
    belief: Belief
    placed: Sequence[Placed] = ()
    measure: str = ""
    untrained: float = math.nan
    tolerance: float = math.nan
    steps: float = math.nan
    reach: tuple[float, float, float] = (math.nan, math.nan, math.nan)
    band: tuple[float, float] | None = None
    title: str = ""
    differs: Sequence[tuple[str, Sequence[str]]] = ()
    apart: Sequence[tuple[str, str]] = ()

    @property
    def curve(self) -> Sequence[tuple[float, float]]:
        """(LR, cost) of the placed runs, ascending in LR: the LR sensitivity curve."""
        return [(one.lr, one.cost) for one in self.placed]

    @property
    def best(self) -> Placed | None:
        """The run with the lowest cost; one that diverged only where all did, whatever it had reached before."""
        whole = [one for one in self.placed if not one.diverged]
        return min(whole or self.placed, key=lambda one: (math.isnan(one.cost), one.cost), default=None)

    @property
    def next_is_new(self) -> bool:
        """Whether the suggested LR is none that was run."""
        return self.suggested_lr is not None and all(
            abs(math.log10(self.suggested_lr / one.lr)) > SAME_LR for one in self.placed
        )

    @property
    def sensitivity(self) -> float:
        """Mean over the runs of what their LRs cost against the best one, over what training gained; 0 is insensitive.

        The LR sensitivity of Wortsman et al. 2023 (arXiv:2309.14322), scaled by the possible gain.
        """
        best = self.best
        if best is None or not self.untrained > best.cost:
            return math.nan
        lost = [(self.untrained if one.diverged else min(one.cost, self.untrained)) - best.cost for one in self.placed]
        return sum(lost) / (len(lost) * (self.untrained - best.cost))


@dataclass(frozen=True, eq=False)
class Report:
    """Everything one invocation found, in the order of the paths given.

    `sweeps` hold some of the same diagnoses (those that `diagnoses` lacks are added to it); of `replays` the logs that
    they began from may be among them.
    """

    diagnoses: Sequence[Diagnosis] = field(default=())
    unreadable: Sequence[Unreadable] = field(default=())
    sweeps: Sequence[SweepDiagnosis] = field(default=())
    replays: "Sequence[Replay]" = field(default=())

    def __post_init__(self) -> None:
        have = {id(diagnosis) for diagnosis in self.diagnoses}
        of_sweeps = {id(diagnosis): diagnosis for sweep in self.sweeps for diagnosis in sweep.diagnoses}
        missing = tuple(diagnosis for key, diagnosis in of_sweeps.items() if key not in have)
        if missing:
            object.__setattr__(self, "diagnoses", (*self.diagnoses, *missing))
