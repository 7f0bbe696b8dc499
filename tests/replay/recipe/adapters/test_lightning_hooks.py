"""Hooks of a LightningModule and its Trainer: called by reruns, or remarked on."""
# ruff: noqa: ARG002 - lightning's signatures

import warnings
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import pytest
import torch
from lightning.pytorch.callbacks import GradientAccumulationScheduler, StochasticWeightAveraging
from torch.optim import Optimizer

from lrdoctor.errors import UsageError
from lrdoctor.replay import from_lightning, replay
from tests.replay.recipe.adapters.lightning_net import Net, loader


class Signs(Net):
    """Trains on the gradients' signs, and counts."""

    calls: list[str] = []  # noqa: RUF012 - all copies count together

    def on_after_backward(self) -> None:
        self.calls.append("after")

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        self.calls.append("before")
        assert self.trainable(optimizer)
        for group in optimizer.param_groups:
            for p in group["params"]:
                p.grad = p.grad.sign()

    def trainable(self, optimizer: Optimizer) -> bool:
        own = {id(p) for p in self.parameters()}
        return all(id(p) in own for group in optimizer.param_groups for p in group["params"])


class Stepping(Net):
    def lr_scheduler_step(self, scheduler: Any, metric: Any) -> None:
        scheduler.step()


class Watching(pl.Callback):  # type: ignore[misc]
    def on_before_optimizer_step(self, *_: Any) -> None:
        pass


class Quiet(pl.Callback):  # type: ignore[misc]
    def on_train_start(self, *_: Any) -> None:
        pass


def quiet(tmp_path: Path, **options: Any) -> pl.Trainer:
    return pl.Trainer(
        logger=False, enable_progress_bar=False, enable_checkpointing=False, accelerator="cpu", devices=1,
        enable_model_summary=False, default_root_dir=tmp_path, **options,
    )  # fmt: skip


def test_hooks_with_a_steps_gradients_are_called_on_the_copies() -> None:
    Signs.calls.clear()
    given = from_lightning(Signs(), loader(), steps=200)
    assert given.before_step is not None
    found = replay(given, max_steps=100, device="cpu", together=True)
    assert Signs.calls[:2] == ["after", "before"]
    assert len(Signs.calls) == 2 * found.cost.steps
    assert "before_step" in " ".join(found.remarks), "why they were not made at once"


def test_a_plain_module_has_none() -> None:
    given = from_lightning(Net(), loader(), steps=200)
    assert (given.before_step, given.remarks) == (None, ())


def test_gradients_are_changed_as_the_hook_says() -> None:
    given = from_lightning(Signs(), loader(), steps=10)
    batch = next(iter(given.epoch()))
    given.loss(given.model, batch).backward()  # type: ignore[no-untyped-call]
    assert given.before_step is not None
    given.before_step(given.model, given.optimizer)
    told = torch.cat([p.grad.reshape(-1) for p in given.model.parameters() if p.grad is not None])
    assert set(told.tolist()) <= {-1.0, 0.0, 1.0}


@pytest.mark.parametrize(
    ("module", "callbacks", "words"),
    [
        (Stepping, [], "lr_scheduler_step is not called"),
        (Net, [GradientAccumulationScheduler({0: 1, 4: 2})], "reruns take 1 throughout"),
        (Net, [StochasticWeightAveraging(1e-2)], "StochasticWeightAveraging is not called"),
        (Net, [Watching(), Quiet()], "The trainer's Watching is not called"),
    ],
)
def test_what_is_left_out_is_said(tmp_path: Path, module: type[Net], callbacks: list[Any], words: str) -> None:
    given = from_lightning(module(), loader(), trainer=quiet(tmp_path, max_epochs=3, callbacks=callbacks))
    (told,) = given.remarks
    assert words in told
    assert told in replay(given, max_steps=60, device="cpu").remarks


def test_after_backward_is_once_a_step(tmp_path: Path) -> None:
    trainer = quiet(tmp_path, max_epochs=3, accumulate_grad_batches=2)
    assert "once a step" in from_lightning(Signs(), loader(), trainer=trainer).remarks[0]


def test_a_module_that_was_trained_is_refused(tmp_path: Path) -> None:
    module, trainer = Net(), quiet(tmp_path, max_steps=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lightning's own
        trainer.fit(module, loader())
    for given in ({"trainer": trainer}, {"steps": 10}):
        with pytest.raises(UsageError, match="has trained already"):
            from_lightning(module, loader(), **given)
