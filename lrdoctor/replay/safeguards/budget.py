"""What a replay may spend, and what it has spent."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

# In training steps: a forward pass is about a third of forward and backward; a Hessian-vector product on one batch
# took 2.6 to 3.3 steps on a CPU (6.6 through an LSTM).
EVALUATION, PRODUCT = 1 / 3, 3.0
KEPT = 0.9  # of the time that is left, to be planned with: the rest is for what is no step


@dataclass
class Budget:
    """Counts steps against the limits; the only thing of a replay that changes.

    Args:
        steps: training steps in all that may be spent.
        seconds: wall time that may pass; None where it does not matter.
        now: the clock.
        stopped: why the replay ends before its steps are spent, such as a Ctrl-C; "" while it goes on.
    """

    steps: int
    seconds: float | None = None
    now: Callable[[], float] = time.monotonic
    trained: int = 0
    evaluated: int = 0
    products: int = 0
    stopped: str = ""
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.now()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self.now() - self.began

    @property
    def spent(self) -> float:
        """Everything so far, in training steps."""
        return self.trained + EVALUATION * self.evaluated + PRODUCT * self.products

    @property
    def left(self) -> float:
        """Training steps that are left; 0 when the time is up or the replay was stopped."""
        return 0.0 if self.over else max(self.steps - self.spent, 0.0)

    @property
    def over(self) -> bool:
        """Whether nothing more may be run, whatever steps are left."""
        if not self.stopped and self.seconds is not None and self.elapsed >= self.seconds:
            self.stopped = f"the time was up ({self.seconds:g} s)"
        return bool(self.stopped)

    def affords(self, trained: int, evaluated: int) -> bool:
        """Whether so many steps and evaluated batches may still be run."""
        return trained + EVALUATION * evaluated <= self.left + 1e-6

    def fit_to_time(self) -> None:
        """Plan for as many steps as the time lasts for, by what a step took so far; never for more than before."""
        if self.seconds is None or not self.spent or not self.elapsed:
            return
        fitting = self.spent * (1 + KEPT * max(self.seconds - self.elapsed, 0.0) / self.elapsed)
        self.steps = max(min(self.steps, int(fitting)), math.ceil(self.spent))

    @property
    def seconds_left(self) -> float | None:
        """Expected seconds to the end: by what a step took so far, at most the time limit; None before the first."""
        if not self.spent:
            return self.seconds
        guess = self.elapsed / self.spent * max(self.steps - self.spent, 0.0)
        return guess if self.seconds is None else max(min(guess, self.seconds - self.elapsed), 0.0)


@contextmanager
def stoppable(budget: Budget) -> Iterator[None]:
    """A Ctrl-C inside ends the replay, and what is known so far is its answer."""
    try:
        yield
    except KeyboardInterrupt:
        budget.stopped = "it was stopped by Ctrl-C"
