"""What the analysis says, as values only: verdicts, findings, evidence, the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from lrdoctor import limits
from lrdoctor.records.carried_over import CarriedOver
from lrdoctor.records.onset import Onset
from lrdoctor.records.presentation import presenter, short
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Floats, Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Verdict(StrEnum):
    """What the log says about the run's learning rate; see the package's docstring."""

    TOO_SLOW = "too-slow"
    WELL_TUNED = "well-tuned"
    TOO_HIGH = "too-high"
    DIVERGENT = "divergent"
    INCONCLUSIVE = "inconclusive"


VERDICTS = (Verdict.TOO_SLOW, Verdict.WELL_TUNED, Verdict.TOO_HIGH, Verdict.DIVERGENT)
"""The four that carry a probability, from the lowest learning rate to the highest."""


class Severity(StrEnum):
    """How much a finding matters to the next run."""

    INFO = "info"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, eq=False)
class Fit:
    """Something fitted to or measured on a loss, to be drawn on it.

    Args:
        kind: `smooth`, `semi-log`, `power-law`, or of a finding `slope`, `level`, `attainable` or `points`.
        label: what it is, for a legend.
        text: the result in words, such as `-0.21 ± 0.03 per decade of steps`.
        step: on the run's step axis, ascending, shape (n,).
        value: in the loss's unit, shape (n,).
    """

    kind: str
    label: str
    text: str
    step: Floats
    value: Floats


@dataclass(frozen=True)
class Finding:
    """One measured property of the log with a stable code.

    Args:
        code: such as `LR101`; never changes.
        name: such as `diverged-non-finite`.
        severity: how much it matters.
        message: what was measured, one sentence.
        value: what was measured, in `unit`; None where nothing is.
        limit: in `unit`; the finding was made because of how `value` compares with it.
        unit: of both.
        steps: the range it was seen in, on the run's step axis.
        series: the tag it speaks of.
        caveat: what the evidence is not.
        drawn: what a report draws of it on the loss.
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

    Args:
        sign: its stable name.
        label: how a report words it.
        value: what was measured, in `unit`.
        unit: of the value.
        odds: by each of the four verdicts, the factor by which knowing this sign multiplied its odds (exact: with all
            signs against all but this one).
        shift: how far it moved the estimate of the band's middle, in decades (approximate).
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

    Args:
        decades: log10(candidate LR / this run's LR), ascending and evenly spaced, shape (n,).
        in_band: the probability that the candidate lies in the band, shape (n,).
        middle: the probability that the band's middle is nearest to the candidate, summing to 1, shape (n,).
        prior_in_band: `in_band` without any sign, shape (n,); NaN where there is no prior to compare with.
    """

    decades: Floats
    in_band: Floats
    middle: Floats
    prior_in_band: Floats


@dataclass(frozen=True)
class Remedy:
    """Something else than the peak LR to change.

    Args:
        action: what kind, such as `warm-up`.
        words: what to do.
        code, finding: of the finding that calls for it.
        source: whose advice it is.
    """

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
        lr_source: where that came from, such as `series train/lr (peak)` or `hparams lr`, or why there is none.
        verdict: the word.
        reason: why it is `inconclusive`, one line; else "".
        probabilities: of the four verdicts, summing to 1, also when the verdict is `inconclusive`.
        factor: multiply the run's LR schedule by this; 1.0 means stay, None that nothing is prescribed.
        interval_decades: 80 % interval of log10(band's middle / this run's LR); None where nothing is prescribed.
        belief: the whole distribution.
        findings: worst first.
        evidence: the signs, the strongest first.
        fits: curves to draw on the loss.
        worth: what the advice is expected to bring; None where it is to stay or nothing can be said.
        remedies: what else to change.
        carried_over: the suggestion for a run of another length or batch, where one was asked for.
        onset: how it broke; None where it did not.
    """

    run: Run
    roles: Roles
    lr: float | None
    lr_source: str
    verdict: Verdict
    reason: str
    probabilities: Mapping[Verdict, float]
    factor: float | None
    interval_decades: tuple[float, float] | None
    belief: Belief
    findings: Sequence[Finding] = ()
    evidence: Sequence[Evidence] = ()
    fits: Sequence[Fit] = ()
    worth: Worth | None = None
    remedies: Sequence[Remedy] = ()
    carried_over: CarriedOver | None = None
    onset: Onset | None = None

    def __repr__(self) -> str:
        chance = self.probabilities.get(self.verdict)
        sure = "" if chance is None or self.verdict is Verdict.DIVERGENT else f" {100 * chance:.0f} %"
        here = "not known" if self.lr is None else f"{self.lr:.3g}"
        step = self.next_factor
        order = "" if step is None else f" -> {self.next_lr:.3g}" if self.next_lr is not None else f" -> x {step:.3g}"
        return f"<Diagnosis {short(self.run.name)}: {self.verdict.value}{sure}, LR {here}{order}>"

    def _repr_html_(self) -> str:
        return str(presenter().html(self))

    def plot(self) -> "Figure":
        """The run's curves as a `matplotlib.figure.Figure`: loss, validation, gradient norm and LR over the steps.

        Raises:
            ValueError: the run has neither a training nor a validation loss.
        """
        figure: Figure = presenter().figure(self)
        return figure

    @property
    def suggested_lr(self) -> float | None:
        """The peak LR that the advice leads to; None where the log names no LR to scale, or nothing is prescribed."""
        return None if self.lr is None or self.factor is None else self.lr * self.factor

    @property
    def next_factor(self) -> float | None:
        """What to multiply the LR of the very next run by: `factor`, but at most ten times either way."""
        if self.factor is None:
            return None
        most: float = 10.0 ** float(limits.FIRST_STEP)
        return min(max(self.factor, 1 / most), most)

    @property
    def next_lr(self) -> float | None:
        """The peak LR of the very next run, on the way to `suggested_lr`; None where that is."""
        return None if self.lr is None or self.next_factor is None else self.lr * self.next_factor

    @property
    def interval(self) -> tuple[float, float] | None:
        """80 % interval of the band's middle, as absolute LRs; None where no LR is known or nothing is prescribed."""
        if self.lr is None or self.interval_decades is None:
            return None
        low, high = self.interval_decades
        return self.lr * 10.0**low, self.lr * 10.0**high
