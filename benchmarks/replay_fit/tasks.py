"""The corpus's tasks as recipes, and what their learning rates are worth at full length."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from benchmarks.corpus import train as corpus
from benchmarks.corpus.optimizers import Hyper
from benchmarks.corpus.schedules import factors
from benchmarks.corpus.tasks import TASKS
from benchmarks.corpus.tasks.task import Task
from lrdoctor.replay import Recipe

Floats = NDArray[np.float64]
HERE = Path(__file__).parent

SPAN = {  # log10 of the LRs of a sweep
    "SGD": (-3.5, 2.0), "SGD-momentum": (-4.5, 1.0), "SGD-nesterov": (-4.5, 1.0), "Adam": (-5.0, 0.0),
    "AdamW": (-5.0, 0.0), "RMSprop": (-5.0, 0.0), "Adagrad": (-4.0, 1.0), "Lion": (-6.0, -1.0),
}  # fmt: skip
PER_DECADE = 6


@dataclass(frozen=True)
class Study:
    """A task of the corpus with an optimizer and a schedule."""

    task: str
    optimizer: str
    schedule: str
    batch: int
    steps: int = 1000
    warmup: float = 0.0

    @property
    def name(self) -> str:
        """A file's name."""
        return f"{self.task.replace('/', '_')}-{self.optimizer}-{self.schedule}-{self.steps}"

    @property
    def family(self) -> str:
        """The unit that is left out."""
        return self.task.split("/")[0]


NAMES = (  # those whose training set lasts: a short rerun cannot know of overfitting
    *("mlp/blobs", "cnn/textures", "regression/teacher", "recurrent/adding-gru", "autoencoder/colour-sum"),
    *("mlp/spirals", "cnn-bn/textures", "regression/friedman", "patch-transformer/textures", "vae/digits"),
    *("mlp/patches", "resnet/textures", "regression/teacher-sum", "char-lm/reverse", "diffusion/rings"),
    *("mlp/blobs-bn", "cnn/digits-augmented", "linear/blobs", "recurrent/code-gru", "vae/colour-gauss"),
    *("resnet/blobs-mlp", "cnn-bn/patches", "regression/friedman-huber", "char-lm/code", "word-vectors/narrow"),
    *("mlp/blobs-sigmoid", "cnn/patches", "linear/patches-small", "recurrent/waves-gru", "diffusion/patches"),
    *("cnn-bn/digits-augmented", "distillation/patches-logits", "noisy-labels/patches", "patch-transformer/patches"),
)
OPTIMIZERS = ("SGD-momentum", "AdamW", "SGD", "Lion", "Adam", "Adagrad", "SGD-nesterov", "RMSprop")
SCHEDULES = ("constant", "cosine", "onecycle", "constant", "linear", "cosine", "constant")
# Examples a step: of the studies that the fit leaves out, and of those that no choice was made on either.
LARGE, NEW = 96, 64


def studies() -> list[Study]:
    """Each task with six optimizers, taking turns, the last two times with larger batches."""
    found = []
    for turn in range(6):
        for k, name in enumerate(NAMES):
            at = k + 3 * turn + k // len(OPTIMIZERS)
            schedule = SCHEDULES[(k + 2 * turn) % len(SCHEDULES)]
            warmup = 0.1 if schedule == "linear" else 0.0
            batch = NEW if turn == 5 else LARGE if turn == 4 else 32 if _size(name) >= 3000 else 16
            found.append(Study(name, OPTIMIZERS[at % len(OPTIMIZERS)], schedule, batch, 1000, warmup))
    return found


def _size(name: str) -> int:
    return _task(name).size


@cache
def _task(name: str) -> Task:
    return TASKS[name]()


def lrs(study: Study) -> Floats:
    """The sweep's learning rates."""
    low, high = SPAN[study.optimizer]
    return np.asarray(10.0 ** np.arange(low, high + 1e-9, 1 / PER_DECADE))


def sweep(study: Study) -> tuple[Floats, Floats, float]:
    """LRs, final validation loss (mean of two seeds), and the untrained loss."""
    recipe = corpus.Recipe(study.optimizer, study.schedule, study.warmup, Hyper(), study.batch, study.steps, 1)
    curves = [corpus.train(_task(study.task), recipe, list(lrs(study)), seed) for seed in (11, 12)]
    final = np.mean([c.val_loss[:, -1].astype(float) for c in curves], axis=0)
    untrained = float(np.mean([np.nanmedian(c.val_loss[:, 0]) for c in curves]))
    return lrs(study), final, untrained


class Lion(torch.optim.Optimizer):
    """Chen et al. 2023."""

    def __init__(self, params: object, lr: float) -> None:
        super().__init__(params, {"lr": lr})  # type: ignore[arg-type]

    @torch.no_grad()
    def step(self, closure: object = None) -> None:  # type: ignore[override]  # noqa: ARG002
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                p.add_((0.9 * m + 0.1 * p.grad).sign(), alpha=-group["lr"])
                m.mul_(0.99).add_(p.grad, alpha=0.01)


def _optimizer(name: str, model: nn.Module) -> torch.optim.Optimizer:
    p, lr = list(model.parameters()), 0.01
    match name:
        case "SGD":
            return torch.optim.SGD(p, lr)
        case "SGD-momentum" | "SGD-nesterov":
            return torch.optim.SGD(p, lr, momentum=0.9, nesterov=name.endswith("nesterov"))
        case "Lion":
            return Lion(p, lr)
        case "RMSprop":
            return torch.optim.RMSprop(p, lr, alpha=0.99)
        case "AdamW":
            return torch.optim.AdamW(p, lr, weight_decay=0.0)
    return torch.optim.Adam(p, lr) if name == "Adam" else torch.optim.Adagrad(p, lr)


def recipe(study: Study, seed: int) -> Recipe:
    """The study as a user would write it down."""
    task = _task(study.task)
    torch.manual_seed(zlib.crc32(study.name.encode()) % 10_000 + seed)
    model = task.model()
    share = factors(study.schedule, study.steps, study.warmup)

    def batches() -> Iterator[tuple[Tensor, ...]]:
        drawn = int(torch.randint(2**31, ()))
        order = corpus.orders(task.size, study.batch, max(1, task.size // study.batch), drawn)
        g = Generator().manual_seed(drawn)
        return (task.batch(index, g) for index in order)

    def loss(net: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        return task.loss(net(*batch[: task.inputs]), batch)

    def scheduler(o: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LRScheduler:
        return torch.optim.lr_scheduler.LambdaLR(o, lambda t: float(share[min(t, len(share) - 1)]))

    return Recipe(model, batches, loss, _optimizer(study.optimizer, model), study.steps, scheduler=scheduler)


def regret(at: float, truth: tuple[Floats, Floats, float]) -> float:
    """What the LR costs at full length over what training gains; 1 where it broke."""
    rates, final, untrained = truth
    best = float(np.nanmin(final))
    lost = np.nan_to_num((final - best) / (untrained - best), nan=1.0, posinf=1.0)
    return float(np.interp(np.log10(at), np.log10(rates), np.clip(lost, 0, 1)))
