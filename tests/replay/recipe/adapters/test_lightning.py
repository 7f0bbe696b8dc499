"""Recipes from LightningModules, held against what `Trainer.fit` does."""
# ruff: noqa: ARG002 - lightning's signatures

import copy
import dataclasses
import math
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import pytest
import torch
from torch import Tensor, nn
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, LambdaLR, OneCycleLR
from torch.utils.data import DataLoader, IterableDataset

from lrdoctor.errors import UsageError
from lrdoctor.replay import from_lightning
from lrdoctor.replay.recipe.recipe import Recipe, check
from lrdoctor.replay.recipe.schedule import schedule_of
from tests.replay.recipe.adapters.lightning_net import BATCH, LENGTH, Data, Loader, Net, loader


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Steps this small only wait for one another's threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def trainer(tmp_path: Path) -> Callable[..., pl.Trainer]:
    def make(**options: Any) -> pl.Trainer:
        quiet = {
            "logger": False, "enable_progress_bar": False, "enable_checkpointing": False,
            "enable_model_summary": False, "accelerator": "cpu", "devices": 1, "default_root_dir": tmp_path,
        }  # fmt: skip
        return pl.Trainer(**{**quiet, **options})

    return make


def fit(trainer: pl.Trainer, *args: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lightning's advice on workers and intervals
        trainer.fit(*args)


def state(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def by_hand(recipe: Recipe) -> nn.Module:
    """Train copies for the recipe's steps, as replay does."""
    model, optimizer, scheduler = copy.deepcopy((recipe.model, recipe.optimizer, recipe.scheduler))
    assert not callable(scheduler)
    done = 0
    while done < recipe.steps:
        source = list(recipe.epoch())
        for at in range(0, len(source), recipe.accumulate):
            optimizer.zero_grad()
            for batch in source[at : at + recipe.accumulate]:
                (recipe.loss(model, batch) / recipe.accumulate).backward()  # type: ignore[no-untyped-call]
            if recipe.clip_norm:
                nn.utils.clip_grad_norm_(model.parameters(), recipe.clip_norm)
            optimizer.step()
            if scheduler is not None and recipe.scheduler_steps is None:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # the copy does not see its optimizer's steps
                    scheduler.step()
            done += 1
            if done == recipe.steps:
                break
    return model


@pytest.mark.parametrize("data", [Data, lambda: loader(shuffle=False)], ids=["module", "loader"])
def test_a_recipe_trains_what_fit_trains(data: Callable[[], Any], trainer: Callable[..., pl.Trainer]) -> None:
    def configure(_: Any, optimizer: Optimizer) -> Any:
        return [optimizer], [{"scheduler": CosineAnnealingLR(optimizer, 10), "interval": "step"}]

    def options() -> pl.Trainer:
        return trainer(max_epochs=2, gradient_clip_val=0.3)

    module, given = Net(configure=configure), data()
    before = state(module)
    recipe = check(from_lightning(module, given, trainer=options()), "it")
    assert (recipe.steps, recipe.clip_norm, recipe.accumulate) == (2 * LENGTH, 0.3, 1)
    torch.manual_seed(0)
    replayed = by_hand(recipe)
    assert same(state(module), before)
    torch.manual_seed(0)
    fit(options(), module, given)
    assert not same(state(module), before)
    assert same(state(module), state(replayed))


def test_the_module_and_its_data_are_left_as_they_are() -> None:
    module, data = Net(), Data()
    weights, attributes = state(module), dict(vars(module))
    held = dict(vars(data))
    generator = torch.get_rng_state()
    recipe = from_lightning(module, data, steps=10)
    assert torch.equal(torch.get_rng_state(), generator)
    by_hand(recipe)
    assert same(state(module), weights)
    assert all(p.grad is None for p in module.parameters())
    assert vars(module) == attributes
    assert vars(data) == held
    assert not {id(p) for p in module.parameters()} & {id(p) for p in recipe.model.parameters()}


def config(**options: Any) -> Callable[[Any, Optimizer], Any]:
    return lambda _, o: {"optimizer": o, "lr_scheduler": {"scheduler": ExponentialLR(o, 0.9), **options}}


SHAPES: tuple[tuple[Callable[[Any, Optimizer], Any], dict[str, Any], int | None, bool], ...] = (
    (lambda _, o: o, {}, None, False),
    (lambda _, o: [o], {}, None, False),
    (lambda _, o: ([o], []), {}, None, False),
    (lambda _, o: {"optimizer": o}, {}, None, False),
    (lambda _, o: ([o], [ExponentialLR(o, 0.9)]), {}, 6, True),
    (lambda _, o: ([o], ExponentialLR(o, 0.9)), {}, 6, True),
    (lambda _, o: {"optimizer": o, "lr_scheduler": ExponentialLR(o, 0.9)}, {}, 6, True),
    (lambda _, o: [{"optimizer": o, "lr_scheduler": ExponentialLR(o, 0.9)}], {}, 6, True),
    (config(), {}, 6, True),
    (config(interval="epoch", frequency=4), {}, 2, True),
    (config(interval="step"), {}, None, True),
    (config(interval="step", frequency=2), {}, 12, True),  # batches 2 and 4 of every 5
    (config(interval="step", frequency=2), {"accumulate_grad_batches": 2}, 12, True),
    (config(interval="step", frequency=3), {"accumulate_grad_batches": 2}, 1, True),  # no batch is 3 and ends a step
    (config(interval="step"), {"accumulate_grad_batches": 3}, None, True),
)


@pytest.mark.parametrize(("configure", "options", "moves", "scheduled"), SHAPES)
def test_every_shape_of_configure_optimizers(
    configure: Callable[[Any, Optimizer], Any], options: dict[str, Any], moves: int | None, scheduled: bool,
    trainer: Callable[..., pl.Trainer],
) -> None:  # fmt: skip
    module = Net(configure=configure)
    epochs = 6
    recipe = check(from_lightning(module, loader(), trainer=trainer(max_epochs=epochs, **options)), "it")
    assert isinstance(recipe.optimizer, SGD)
    assert (recipe.scheduler is not None) is scheduled
    assert recipe.scheduler_steps == moves
    assert recipe.steps == epochs * math.ceil(LENGTH / recipe.accumulate)
    ran = trainer(max_epochs=epochs, **options)
    fit(ran, module, loader())
    assert recipe.steps == ran.global_step
    table = schedule_of(recipe)
    lrs = [float(x) for x in table.compressed(recipe.steps)[:, 0] * table.peak]
    real = [lr for at, lr in enumerate(module.log_lrs) if at % LENGTH % recipe.accumulate == 0]
    off = max(abs(math.log(a / b) / math.log(0.9)) for a, b in zip(lrs, real, strict=True))
    assert off <= (1e-6 if moves in (None, 1, 6) else 1.5)  # moves that are bunched are spread evenly


@pytest.mark.parametrize(
    ("options", "length", "expected"),
    [
        ({"max_epochs": 3}, None, 3 * LENGTH),
        ({"max_steps": 7}, None, 7),
        ({"max_steps": 7, "max_epochs": 1}, None, LENGTH),
        ({"max_epochs": 3}, 11, 11),
        ({"max_epochs": 3, "limit_train_batches": 2}, None, 6),
        ({"max_epochs": 3, "limit_train_batches": 0.4}, None, 6),
        ({"max_epochs": 3, "accumulate_grad_batches": 2}, None, 9),
    ],
)
def test_the_run_is_as_long_as_the_trainer_says(
    options: dict[str, Any], length: int | None, expected: int, trainer: Callable[..., pl.Trainer]
) -> None:
    assert from_lightning(Net(), loader(), trainer=trainer(**options), steps=length).steps == expected


@pytest.mark.parametrize(("precision", "dtype"), [("32-true", None), ("bf16-mixed", torch.bfloat16), (None, None)])
def test_precision_is_taken_over(precision: Any, dtype: torch.dtype | None, trainer: Callable[..., pl.Trainer]) -> None:
    recipe = from_lightning(Net(), loader(), trainer=trainer(max_epochs=1, precision=precision))
    assert recipe.autocast is dtype
    assert recipe.scaler is None


def test_half_precision_has_a_scaler() -> None:
    @dataclasses.dataclass
    class Told:
        precision: str = "16-mixed"
        max_epochs: int = 1

    recipe = check(from_lightning(Net(), loader(), trainer=Told()), "it")
    assert recipe.autocast is torch.float16
    assert recipe.scaler is not None


def test_configure_optimizers_may_ask_its_trainer() -> None:
    def configure(module: Any, optimizer: Optimizer) -> Any:
        trainer = module.trainer
        assert (trainer.max_epochs, trainer.num_training_batches, trainer.max_steps) == (4, LENGTH, 20)
        scheduler = OneCycleLR(optimizer, 1.0, total_steps=trainer.estimated_stepping_batches)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    table = schedule_of(from_lightning(Net(configure=configure), loader(), steps=20))
    assert table.peak == pytest.approx(1.0, rel=0.01)
    assert list(table.moved) == ["momentum"]


class Asks(Net):
    """Does in its hooks what modules do there."""

    def setup(self, stage: str) -> None:
        self.late = nn.Linear(1, 1)

    def on_train_start(self) -> None:
        self.logger.log_hyperparams({"a": 1})
        self.scale = 0.5

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        if batch_idx == 0 and self.trainer.is_global_zero:
            self.logger.experiment.add_histogram("weights", self.net[0].weight, self.global_step)
        self.log("lr", self.optimizers().param_groups[0]["lr"])
        self.print("step", self.global_step)
        loss = self.scale * self.late(super().training_step(batch, batch_idx).reshape(1)).sum()
        seen = torch.tensor([float(self.global_step), float(self.current_epoch), float(batch_idx)])
        return {"loss": loss, "seen": seen, "batch": batch.pop()}


def test_hooks_and_questions_of_a_training_step_are_answered(capsys: pytest.CaptureFixture[str]) -> None:
    recipe = check(from_lightning(Asks(), loader(), steps=10), "it")
    assert "late.weight" in recipe.model.state_dict()
    batch = next(iter(recipe.epoch()))
    for _ in range(2):  # the same batch twice: no step may take it apart
        assert recipe.loss(copy.deepcopy(recipe.model), batch).shape == ()
    assert capsys.readouterr().out == ""


class Annealed(Net):
    def training_step(self, batch: Any, batch_idx: int) -> Any:
        place = self.global_step * 10_000 + self.current_epoch * 100 + batch_idx
        return super().training_step(batch, batch_idx) * 0 + float(place)


def test_every_copy_counts_its_own_steps(trainer: Callable[..., pl.Trainer]) -> None:
    recipe = from_lightning(Annealed(), loader(), trainer=trainer(max_epochs=2, accumulate_grad_batches=2))
    batch = next(iter(recipe.epoch()))
    expected = [0, 1, 10_002, 10_003, 20_004, 20_100, 30_101]
    for _ in range(2):
        model = copy.deepcopy(recipe.model)
        places = []
        for _ in expected:
            with torch.no_grad():
                recipe.loss(model, batch)  # looking does not count
            places.append(int(recipe.loss(model, batch)))
        assert places == expected


def test_a_training_step_without_an_index() -> None:
    class Short(Net):
        def training_step(self, batch: Any) -> Any:  # type: ignore[override]
            return super().training_step(batch, 0)

    recipe = from_lightning(Short(), loader(), steps=3)
    assert recipe.loss(recipe.model, next(iter(recipe.epoch()))).requires_grad


def test_a_module_brings_its_own_data() -> None:
    class Own(Net):
        def train_dataloader(self) -> Loader:
            return loader()

    assert len(list(from_lightning(Own(), steps=3).epoch())) == LENGTH


def test_an_lr_of_ones_own() -> None:
    class Plain(Net):
        def __init__(self) -> None:
            super().__init__()
            self.learning_rate = 0.3

        def configure_optimizers(self) -> Any:
            return SGD(self.parameters(), lr=self.learning_rate)

    class Fixed(Net):
        def __init__(self) -> None:
            pl.LightningModule.__init__(self)
            self.net = nn.Sequential(nn.Linear(3, 1))

        def configure_optimizers(self) -> Any:
            return SGD(self.parameters(), lr=0.1)

    module = Net()
    assert from_lightning(module, loader(), steps=3, lr=0.02).lr == 0.02
    assert module.hparams["lr"] == 0.1
    assert from_lightning(Plain(), loader(), steps=3, lr=0.02).lr == 0.02
    with pytest.raises(UsageError, match="no `lr` or `learning_rate`"):
        from_lightning(Fixed(), loader(), steps=3, lr=0.02)


class Endless(IterableDataset[tuple[Tensor, Tensor]]):
    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            x = torch.randn(3)
            yield x, x.sum().reshape(1)


def endless() -> Loader:
    return DataLoader(Endless(), batch_size=BATCH)


def test_data_without_a_length() -> None:
    recipe = from_lightning(Net(configure=config(interval="step", frequency=2)), endless(), steps=9)
    assert (recipe.steps, recipe.scheduler_steps) == (9, 5)
    with pytest.raises(UsageError, match="no length: give its interval as `step`"):
        from_lightning(Net(configure=config()), endless(), steps=9)
    with pytest.raises(UsageError, match="how long the run is"):
        from_lightning(Net(), endless())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"gradient_clip_val": 1.0, "gradient_clip_algorithm": "value"}, "clips gradients by value"),
        ({"precision": "64-true"}, "precision is 64-true"),
    ],
)
def test_what_a_rerun_cannot_do_of_a_trainer(
    options: dict[str, Any], words: str, trainer: Callable[..., pl.Trainer]
) -> None:
    with pytest.raises(UsageError, match=words):
        from_lightning(Net(), loader(), trainer=trainer(max_epochs=1, **options))


def test_a_warm_up_from_nothing_keeps_its_lr() -> None:
    def configure(_: Any, optimizer: Optimizer) -> Any:
        return [optimizer], [{"scheduler": LambdaLR(optimizer, lambda s: min(1.0, s / 5)), "interval": "step"}]

    recipe = check(from_lightning(Net(configure=configure), loader(), steps=20), "it")
    assert recipe.lr == 0.1
    assert schedule_of(recipe).share[:3, 0] == pytest.approx([0, 0.2, 0.4])
