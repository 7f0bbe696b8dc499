"""What a replay found: the values that `replay/` makes and `report/` shows.  No torch here."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lrdoctor.records.diagnosis import Belief, Diagnosis, Verdict
from lrdoctor.records.run import Floats
from lrdoctor.records.sweep import SweepDiagnosis


@dataclass(frozen=True, eq=False)
class Ramp:
    """One pass of a range test: the LR rises, the loss is logged before each update.

    Args:
        lr: of each step, ascending, shape (n,).
        loss: at each step, shape (n,); the last may be NaN or inf.
        seed: of its data order.
        broke: the LR at which the loss blew up; None where it did not.
    """

    lr: Floats
    loss: Floats
    seed: int
    broke: float | None


@dataclass(frozen=True, eq=False)
class RangeTest:
    """Several ramps, and what they say together.

    Args:
        ramps: in the order they were run: the coarse one first.
        log_lr: centres of the bins in log10 LR that hold a loss, ascending, shape (b,).
        level: mean loss in each bin, shape (b,).
        spread: standard deviation in each bin over the ramps, NaN where one ramp reached it, shape (b,).
        falls: the LR from which the loss comes down beyond its noise; None where it never did.
        breaks: the LR at which it blows up, a median over the ramps; None where no ramp did.
        interval: where a good LR is expected from this test alone, 80 %; None: no answer.
        reason: why there is no answer, else "".
    """

    ramps: Sequence[Ramp]
    log_lr: Floats
    level: Floats
    spread: Floats
    falls: float | None
    breaks: float | None
    interval: tuple[float, float] | None
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Arm:
    """One short rerun.

    Args:
        lr: peak of its schedule.
        loss: at each step, before its update; shorter than the horizon where it was stopped.
        cost: loss at the end, on the next training batches or on the recipe's validation (there perhaps a metric,
            turned so that lower is better); inf where it broke.
        broke: whether it blew up.
    """

    lr: float
    loss: Floats
    cost: float
    broke: bool = False


@dataclass(frozen=True, eq=False)
class Round:
    """Arms of one horizon: same weights, data order and random numbers, the schedule compressed to the horizon.

    Args:
        horizon: steps of each arm.
        arms: ascending in LR.
        untrained: loss of the untrained model on the batches that the arms end on.
        best_lr: the LR with the least cost, interpolated between the arms; None where every arm broke or stood still.
    """

    horizon: int
    arms: Sequence[Arm]
    untrained: float
    best_lr: float | None


@dataclass(frozen=True)
class Drift:
    """How the best LR moves with the length of a run, in decades of LR per decade of steps.

    Args:
        slope: estimate, measured and customary drift weighed by their errors.
        error: its standard error.
        shift: decades that it moves from the longest horizon to the real run's length.
        measured: the slope over this replay's horizons alone; None where it had fewer than two.
    """

    slope: float
    error: float
    shift: float
    measured: float | None = None


@dataclass(frozen=True)
class Curvature:
    """The loss's sharpest direction and what it allows.

    Args:
        sharpness: top eigenvalue of the Hessian, preconditioned as the optimizer does (`preconditioned`).
        limit: the LR beyond which the optimizer is unstable on a quadratic of that sharpness; None where it is
            not positive or the optimizer is none for which the limit is known.
        preconditioned: whether the optimizer's second moments scale the Hessian.
        step: steps trained before it was measured.
        residual: relative size of the eigenvector's error, |Hv - lambda v| / lambda.
        products: Hessian-vector products it took.
        noise_scale: gradient noise scale in examples (McCandlish et al. 2018); None where it could not be measured.
        batch_size: examples a step, where known.
    """

    sharpness: float
    limit: float | None
    preconditioned: bool
    step: int
    residual: float
    products: int
    noise_scale: float | None = None
    batch_size: int | None = None


@dataclass(frozen=True)
class Cost:
    """What a replay spent.

    Args:
        steps: optimizer steps, of ramps and arms.
        evaluations: batches that were only evaluated, not trained on.
        products: Hessian-vector products and lone gradients.
        total: all of it in training steps: an evaluation is a third of one, a product three.
        seconds: wall time of the reruns.
        memory: peak bytes on a GPU, or by how much the process's peak grew on the CPU; None where unknown.
    """

    steps: int
    evaluations: int
    products: int
    total: float
    seconds: float
    memory: int | None = None


@dataclass(frozen=True, eq=False)
class Replay:
    """The answer of one replay.

    Args:
        name: the recipe's, as the user named it.
        lr: the recipe's own LR, the peak of its schedule.
        optimizer: as normalised for logs, such as `SGD+momentum`; None where custom knows none.
        optimizer_class: the class's name.
        steps: of the real run.
        device: in words, such as `cpu`, `cuda:0 (NVIDIA H100)`.
        mode: `one after the other` or `16 at once`.
        prior: where the belief began, in words: the log's posterior or the optimizer's custom.
        log: the diagnosis of the log that the replay began from.
        suggested_lr: the LR to use next; None where the replay has no answer.
        reason: why there is no answer, or why it ended early; else "".
        interval: 80 % interval of the band's middle, absolute.
        band: median estimate of the band's edges, absolute.
        verdict: of the recipe's own LR.
        probabilities: that the recipe's own LR is too slow, well tuned, too high.
        belief: the distribution in decades from the recipe's own LR; `prior_in_band` is what it began from.
        range_test: None where the prior was narrow enough to do without.
        rounds: shortest horizon first.
        sweep: the last round's arms, judged as any sweep; None where fewer than two could be.
        drift: over horizons; None where no round was run.
        curvature: None where the budget had no room for it, or it failed.
        cost: what it took.
        remarks: other things to know, a sentence each.
        reran: what was rerun: a `recipe`, a `function` or a `command`.
    """

    name: str
    lr: float
    optimizer: str | None
    optimizer_class: str
    steps: int
    device: str
    mode: str
    prior: str
    log: Diagnosis | None
    suggested_lr: float | None
    reason: str
    interval: tuple[float, float] | None
    band: tuple[float, float] | None
    verdict: Verdict
    probabilities: dict[Verdict, float]
    belief: Belief
    range_test: RangeTest | None
    rounds: Sequence[Round]
    sweep: SweepDiagnosis | None
    drift: Drift | None
    curvature: Curvature | None
    cost: Cost
    remarks: Sequence[str] = field(default=())
    reran: str = "recipe"

    @property
    def factor(self) -> float | None:
        """The suggested LR over the recipe's own."""
        return None if self.suggested_lr is None else self.suggested_lr / self.lr
