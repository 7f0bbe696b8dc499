"""What a task is, and the recipe that replay gets of it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset

from benchmarks.replay.data import Split
from lrdoctor.replay.recipe.recipe import Recipe

STEPS = 1_000
Batch = tuple[Tensor, Tensor]
Criterion = Callable[[Tensor, Tensor], Tensor]
Parameters = Iterable[nn.Parameter]
MakeScheduler = Callable[[Optimizer], LRScheduler]


@dataclass(frozen=True, eq=False)
class Task:
    """One way to train one model on one data set.

    Args:
        name: architecture, data, optimizer.
        data: gives the data set.
        model: gives a model with fresh weights.
        criterion: loss of outputs and targets.
        optimizer: gives the optimizer at its customary default LR, which is not the best.
        schedule: `constant`, `warm-up`, `cosine` or `one-cycle`.
        scheduler: makes it on an optimizer whose LR is the peak; None for `constant`.
        batch_size: examples a step.
        clip: norm that gradients are clipped to.
    """

    name: str
    data: Callable[[], Split]
    model: Callable[[], nn.Module]
    criterion: Criterion
    optimizer: Callable[[Parameters], Optimizer]
    schedule: str
    scheduler: MakeScheduler | None
    batch_size: int = 32
    clip: float | None = None

    def fresh(self, seed: int) -> nn.Module:
        """A model whose weights depend on the seed alone."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return self.model()

    def loader(self, seed: int) -> DataLoader[Batch]:
        """Training batches, whole ones only, whose order depends on the seed and on how often it was asked for."""
        data = self.data()
        pairs: TensorDataset = TensorDataset(data.x, data.y)
        order = RandomSampler(pairs, generator=Generator().manual_seed(seed))
        # Indices come a batch at a time, so that the loader costs less than the step.
        return DataLoader(pairs, sampler=BatchSampler(order, self.batch_size, drop_last=True), batch_size=None)  # type: ignore[arg-type]

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        """Training loss of a batch."""
        return self.criterion(model(batch[0]), batch[1])

    def recipe(self, seed: int, lr: float | None = None) -> Recipe:
        """The task as replay sees it: fresh weights and data order, the LR at the optimizer's default or as given."""
        model, loader = self.fresh(seed), self.loader(seed)
        optimizer = self.optimizer(model.parameters())
        if lr is not None:
            optimizer.param_groups[0]["lr"] = lr
        return Recipe(
            model=model,
            batches=lambda: loader,
            loss=self.loss,
            optimizer=optimizer,
            steps=STEPS,
            scheduler=self.scheduler,
            clip_norm=self.clip,
        )

    def validation(self, model: nn.Module) -> float:
        """Loss on the held-out examples, in evaluation mode."""
        data, training = self.data(), model.training
        model.eval()
        with torch.no_grad():
            loss = float(self.criterion(model(data.x_held), data.y_held))
        model.train(training)
        return loss


def endless(loader: DataLoader[Batch]) -> Iterator[Batch]:
    """Batches of one epoch after the other."""
    while True:
        yield from loader
