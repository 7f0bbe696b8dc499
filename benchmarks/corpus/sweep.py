"""What a sweep is: one row of the list in sweeps.py."""

import zlib
from dataclasses import dataclass

from benchmarks.corpus.optimizers import Hyper
from benchmarks.corpus.train import Recipe


@dataclass(frozen=True)
class Sweep:
    """A task and a training script without its learning rate, and what that script logs.

    `logging`: plain, smoothed (moving average, 0.9 a step), running (mean since the epoch began),
    window (mean since the last logged step), rounded-3, rounded-4.
    `logs`: all, loss (no validation accuracy), none (no validation).
    `reach`: this many more grid points above the band than the name would give.
    `before`, `after`, `init`: factors on the net's input, output and first weights; they move the good LR.
    """

    task: str
    optimizer: str
    schedule: str = "constant"
    batch: int = 32
    steps: int = 1000
    log_every: int = 5
    validations: int = 20
    warmup: float = 0.0
    clip: float = 0.0
    weight_decay: float = 0.0
    momentum: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    logging: str = "plain"
    logs: str = "all"
    reach: int = 0
    before: float = 1.0
    after: float = 1.0
    init: float = 1.0

    @property
    def family(self) -> str:
        return self.task.split("/")[0]

    @property
    def name(self) -> str:
        scale = (self.before, self.after, self.init)
        scaled = "" if scale == (1, 1, 1) else "-x" + "x".join(f"{v:g}" for v in scale)
        return f"{self.task}-{self.optimizer}-{self.schedule}-b{self.batch}-s{self.steps}{scaled}"

    @property
    def optimizer_name(self) -> str:
        """As the scorer expects it: the kind first, then what else was set."""
        extra = {"clip": self.clip, "wd": self.weight_decay}
        text = ",".join(f"{k}={v:g}" for k, v in extra.items() if v)
        return f"{self.optimizer}({text})" if text else self.optimizer

    @property
    def recipe(self) -> Recipe:
        hyper = Hyper(self.momentum, self.beta2, self.eps, self.weight_decay, self.clip)
        return Recipe(self.optimizer, self.schedule, self.warmup, hyper, self.batch, self.steps, self.validations)

    @property
    def dice(self) -> int:
        """A number that differs between sweeps and never changes."""
        return zlib.crc32(self.name.encode())
