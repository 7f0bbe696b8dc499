"""What a rerun cannot do of a LightningModule: one line each, and what can be left out."""
# ruff: noqa: ARG002 - lightning's signatures

import warnings
from collections.abc import Callable
from typing import Any

import pytest
from lightning.pytorch.utilities import CombinedLoader
from torch import nn
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau, StepLR

from lrdoctor.errors import UsageError
from lrdoctor.replay import from_lightning
from lrdoctor.replay.recipe.schedule import schedule_of
from tests.replay.recipe.adapters.lightning_net import Net, loader


class Manual(Net):
    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False


class Steps(Net):
    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        pass


class Raw(Net):
    def training_step(self, dataloader_iter: Any) -> Any:  # type: ignore[override]
        return next(dataloader_iter)


class Odd:
    def step(self) -> None:
        pass


def waiting(_: Any, optimizer: Optimizer) -> Any:
    return {"optimizer": optimizer, "lr_scheduler": ReduceLROnPlateau(optimizer), "monitor": "loss"}


def two(module: Any, optimizer: Optimizer) -> Any:
    return [optimizer, SGD(module.parameters(), lr=1.0)], []


def broken(_: Any, __: Optimizer) -> Any:
    raise KeyError("width")


def combined() -> CombinedLoader:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lightning's use of torch's pytrees
        return CombinedLoader([loader(), loader()])


@pytest.mark.parametrize(
    ("module", "data", "words"),
    [
        (Manual, loader, "Manual optimizes manually"),
        (Steps, loader, "Steps overrides optimizer_step"),
        (Raw, loader, "takes dataloader_iter"),
        (lambda: nn.Linear(1, 1), loader, "needs a LightningModule, not an object of type Linear"),
        (lambda: Net(configure=two), loader, "gives 2 optimizers"),
        (lambda: Net(configure=lambda _, __: None), loader, "configure_optimizers gives NoneType"),
        (lambda: Net(configure=lambda _, o: ([o], [StepLR(o, 1), StepLR(o, 2)])), loader, "2 schedulers for one"),
        (lambda: Net(configure=lambda _, o: ([o], [Odd()])), loader, "Odd is no torch scheduler: leave it out"),
        (lambda: Net(configure=waiting), loader, "ReduceLROnPlateau waits for a metric: leave it out"),
        (
            lambda: Net(configure=broken),
            loader,
            "configure_optimizers: KeyError: 'width' .test_lightning_refusals.py, line",
        ),
        (Net, lambda: None, "Net has no train_dataloader"),
        (Net, lambda: {"a": loader(), "b": loader()}, "several data loaders"),
        (Net, combined, "several data loaders"),
    ],
)
def test_what_a_rerun_cannot_do_is_refused_in_one_line(
    module: Callable[[], Any], data: Callable[[], Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words) as refusal:
        from_lightning(module(), data(), steps=5)
    assert "\n" not in str(refusal.value)


def test_a_schedule_can_be_left_out() -> None:
    recipe = from_lightning(Net(configure=waiting), loader(), steps=5, schedule=False)
    assert recipe.scheduler is None
    assert schedule_of(recipe).peak == 0.1


def test_a_step_without_a_loss_says_so() -> None:
    class Skips(Net):
        def training_step(self, batch: Any, batch_idx: int) -> Any:
            return None

    recipe = from_lightning(Skips(), loader(), steps=5)
    with pytest.raises(UsageError, match="training_step returned NoneType"):
        recipe.loss(recipe.model, next(iter(recipe.epoch())))
