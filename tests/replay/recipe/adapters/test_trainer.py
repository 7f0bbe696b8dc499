"""Recipes from Hugging Face Trainers, held against what `trainer.train()` does."""

import copy
import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, Dataset, IterableDataset

from lrdoctor.errors import UsageError
from lrdoctor.replay import from_trainer
from lrdoctor.replay.recipe.recipe import Recipe, check
from lrdoctor.replay.recipe.schedule import schedule_of
from lrdoctor.replay.safeguards.randomness import seed_all

os.environ["HF_HUB_OFFLINE"] = "1"  # before transformers is imported: nothing is looked up
from transformers import LlamaConfig, LlamaForCausalLM, Trainer, TrainingArguments

N, BATCH, WORDS = 20, 4, 16
LENGTH = N // BATCH

Rows = dict[str, Tensor]


class Text(Dataset[Rows]):
    def __len__(self) -> int:
        return N

    def __getitem__(self, index: int) -> Rows:
        words = torch.randint(WORDS, (8,), generator=torch.Generator().manual_seed(index))
        labels = words.clone()
        labels[: index % 4] = -100
        return {"input_ids": words, "labels": labels}


class Stream(IterableDataset[Rows]):
    def __iter__(self) -> Iterator[Rows]:
        for index in range(N):
            yield Text()[index]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Steps this small only wait for one another's threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def tiny() -> Any:
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=WORDS, hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
            max_position_embeddings=16,
        )
    )  # fmt: skip


Make = Callable[..., Any]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def trainer(
        kind: type[Trainer] = Trainer, model: Any = None, data: Any = None, options: Any = None, **arguments: Any
    ) -> Any:
        quiet = {
            "output_dir": str(tmp_path), "use_cpu": True, "report_to": "none", "disable_tqdm": True,
            "save_strategy": "no", "logging_strategy": "no", "dataloader_pin_memory": False,
            "per_device_train_batch_size": BATCH, "learning_rate": 1e-2,
        }  # fmt: skip
        return kind(
            model=model or tiny(),
            args=TrainingArguments(**{**quiet, **arguments}),
            train_dataset=Text() if data is None else data,
            **(options or {}),
        )

    return trainer


def state(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def by_hand(recipe: Recipe, batches: list[Any] | None = None) -> nn.Module:
    """Train copies for the recipe's steps, as replay does."""
    model, optimizer, scheduler = copy.deepcopy((recipe.model, recipe.optimizer, recipe.scheduler))
    model.train()
    assert not callable(scheduler)
    done = 0
    while done < recipe.steps:
        source = list(recipe.epoch()) if batches is None else batches
        for at in range(0, len(source), recipe.accumulate):
            optimizer.zero_grad()
            for batch in source[at : at + recipe.accumulate]:
                with torch.autocast("cpu", recipe.autocast or torch.bfloat16, enabled=recipe.autocast is not None):
                    value = recipe.loss(model, batch)
                (value / recipe.accumulate).backward()  # type: ignore[no-untyped-call]
            if recipe.clip_norm:
                nn.utils.clip_grad_norm_(model.parameters(), recipe.clip_norm)
            optimizer.step()
            if scheduler is not None:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # the copy does not see its optimizer's steps
                    scheduler.step()
            done += 1
            if done == recipe.steps:
                break
    return model


def shared(trainer: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(trainer).items() if name not in {"state", "control"}}


@pytest.mark.parametrize("bf16", [False, True])
def test_a_recipe_trains_what_train_trains(make: Make, bf16: bool) -> None:
    def trainer() -> Any:
        return make(
            num_train_epochs=2, warmup_steps=3, lr_scheduler_type="cosine", max_grad_norm=0.5, weight_decay=0.1,
            train_sampling_strategy="sequential", bf16=bf16,
        )  # fmt: skip

    recipe = check(from_trainer(trainer()), "it")
    assert (recipe.steps, recipe.clip_norm, recipe.accumulate) == (2 * LENGTH, 0.5, 1)
    assert recipe.autocast is (torch.bfloat16 if bf16 else None)
    assert isinstance(recipe.optimizer, AdamW)
    assert [group["weight_decay"] for group in recipe.optimizer.param_groups] == [0.1, 0.0]
    torch.manual_seed(0)
    replayed = state(by_hand(recipe))
    real = trainer()
    before = state(real.model)
    torch.manual_seed(0)
    real.train()
    assert not same(state(real.model), before)
    assert replayed.keys() == before.keys()
    for name, value in state(real.model).items():
        assert torch.allclose(replayed[name], value, rtol=1e-5, atol=1e-7), name


def test_the_trainer_is_left_as_it_is(make: Make) -> None:
    trainer = make(num_train_epochs=2, warmup_steps=3)
    weights, before = state(trainer.model), shared(trainer)
    arguments, status = trainer.args.to_dict(), asdict(trainer.state)
    loaders, references = (
        list(trainer.accelerator._dataloaders),
        list(trainer.accelerator.gradient_state.dataloader_references),
    )
    generator = torch.get_rng_state()
    recipe = from_trainer(trainer)
    assert torch.equal(torch.get_rng_state(), generator)
    by_hand(recipe)
    next(iter(recipe.epoch()))
    assert same(state(trainer.model), weights)
    assert all(p.grad is None for p in trainer.model.parameters())
    assert shared(trainer) == before
    assert (trainer.optimizer, trainer.lr_scheduler) == (None, None)
    assert (trainer.args.to_dict(), asdict(trainer.state)) == (arguments, status)
    assert trainer.accelerator._dataloaders == loaders
    assert trainer.accelerator.gradient_state.dataloader_references == references


def test_training_afterwards_is_as_if_there_had_been_no_recipe(make: Make) -> None:
    weights = []
    for replayed in (False, True):
        trainer = make(max_steps=3)
        if replayed:
            generator = torch.get_rng_state()
            by_hand(from_trainer(trainer))
            torch.set_rng_state(generator)
        trainer.train()
        weights.append(state(trainer.model))
    assert same(*weights)


def rows(recipe: Recipe) -> list[list[int]]:
    return [batch["input_ids"].flatten().tolist() for batch in recipe.epoch()]


@pytest.mark.parametrize("seedable", [True, False])
def test_the_order_hangs_on_torchs_seed(make: Make, seedable: bool) -> None:
    recipe = from_trainer(make(max_steps=5, accelerator_config={"use_seedable_sampler": seedable}))
    orders = []
    for seed in (1, 2, 1):
        seed_all(seed, recipe.batches)
        next(iter(recipe.epoch()))
        orders.append((rows(recipe), rows(recipe)))
    assert orders[0] == orders[2] != orders[1]
    assert orders[0][0] != orders[0][1]
    words = [sorted(word for batch in epoch for word in batch) for epoch in orders[0]]
    assert words[0] == words[1]


@pytest.mark.parametrize(
    ("arguments", "steps"),
    [
        ({"num_train_epochs": 3}, 3 * LENGTH),
        ({"num_train_epochs": 0.5}, 3),
        ({"max_steps": 7, "num_train_epochs": 3}, 7),
        ({"num_train_epochs": 2, "gradient_accumulation_steps": 2}, 6),
        ({"num_train_epochs": 2, "gradient_accumulation_steps": 9}, 2),
        ({"num_train_epochs": 2, "dataloader_drop_last": True, "per_device_train_batch_size": 6}, 6),
    ],
)
def test_the_run_is_as_long_as_the_arguments_say(make: Make, arguments: dict[str, Any], steps: int) -> None:
    trainer = make(**arguments)
    recipe = from_trainer(trainer)
    assert recipe.steps == steps
    assert recipe.accumulate == arguments.get("gradient_accumulation_steps", 1)
    trainer.train()
    assert trainer.state.global_step == steps


def test_accumulated_batches_are_one_step(make: Make) -> None:
    """Each of them counts the same here, where the Trainer weighs them by their labels; without padding it is one."""

    class Even(Text):
        def __getitem__(self, index: int) -> Rows:
            words = super().__getitem__(index)["input_ids"]
            return {"input_ids": words, "labels": words}

    def trainer() -> Any:
        return make(
            max_steps=4, gradient_accumulation_steps=2, train_sampling_strategy="sequential",
            data=torch.utils.data.Subset(Even(), range(16)),
        )  # fmt: skip

    torch.manual_seed(0)
    replayed = state(by_hand(from_trainer(trainer())))
    real = trainer()
    torch.manual_seed(0)
    real.train()
    for name, value in state(real.model).items():
        assert torch.allclose(replayed[name], value, rtol=1e-4, atol=1e-6), name


def test_the_schedule_is_the_trainers(make: Make) -> None:
    recipe = from_trainer(make(max_steps=10, warmup_steps=5, lr_scheduler_type="linear"))
    assert recipe.lr == 1e-2
    table = schedule_of(recipe)
    assert table.peak == pytest.approx(1e-2)
    assert table.share[:, 0] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1, 0.8, 0.6, 0.4, 0.2])


def test_an_optimizer_of_ones_own_is_not_moved(make: Make) -> None:
    model = tiny()
    optimizer = SGD(model.parameters(), lr=0.3)
    groups = copy.deepcopy(optimizer.state_dict())
    trainer = make(model=model, options={"optimizers": (optimizer, None)}, max_steps=10, warmup_steps=5)
    recipe = check(from_trainer(trainer), "it")
    assert isinstance(recipe.optimizer, SGD)
    assert recipe.lr == 0.3
    assert schedule_of(recipe).share[0, 0] == 0
    assert trainer.optimizer is optimizer
    assert optimizer.state_dict() == groups


def test_so_is_a_scheduler_of_ones_own(make: Make) -> None:
    model = tiny()
    optimizer = SGD(model.parameters(), lr=0.3)
    scheduler = StepLR(optimizer, 2)
    status = copy.deepcopy(scheduler.state_dict())
    recipe = from_trainer(make(model=model, options={"optimizers": (optimizer, scheduler)}, max_steps=4))
    assert schedule_of(recipe).share[:, 0] == pytest.approx([1, 1, 0.1, 0.1])
    assert isinstance(recipe.scheduler, StepLR)
    assert recipe.scheduler.optimizer is recipe.optimizer
    assert scheduler.state_dict() == status


class Weighted(Trainer):  # type: ignore[misc]
    def compute_loss(self, model: nn.Module, inputs: Rows, return_outputs: bool = False) -> Any:
        labels = inputs.pop("labels")
        loss = 3 * model(**inputs, labels=labels)["loss"]
        self.log({"loss": float(loss.detach())})
        return (loss, None) if return_outputs else loss

    def create_optimizer(self, model: Any = None) -> Any:
        self.optimizer = SGD((model or self.model).parameters(), lr=self.args.learning_rate, momentum=0.5)
        return self.optimizer

    def get_train_dataloader(self) -> DataLoader[Rows]:
        return DataLoader(self.train_dataset, batch_size=2, collate_fn=self.data_collator)


def test_a_subclass_keeps_its_ways(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    trainer = make(Weighted, num_train_epochs=1)
    recipe = check(from_trainer(trainer), "it")
    assert recipe.steps == N // 2
    assert isinstance(recipe.optimizer, SGD)
    assert recipe.optimizer.param_groups[0]["momentum"] == 0.5
    batch = next(iter(recipe.epoch()))
    model = recipe.model.eval()
    values = [recipe.loss(model, batch).item() for _ in range(2)]  # twice: labels are not taken from the batch
    assert values[0] == values[1] == pytest.approx(3 * model(**batch)["loss"].item())
    assert trainer.state.log_history == []
    assert capsys.readouterr().out == ""


def summed(outputs: Any, labels: Tensor, num_items_in_batch: Any) -> Tensor:
    logits = outputs["logits"][:, :-1].flatten(0, 1)
    total = nn.functional.cross_entropy(logits, labels[:, 1:].flatten(), reduction="sum")
    return torch.as_tensor(total / num_items_in_batch)


def test_a_loss_function_is_told_its_items(make: Make) -> None:
    recipe = from_trainer(make(options={"compute_loss_func": summed}, max_steps=2))
    plain = from_trainer(make(max_steps=2))
    batch = next(iter(recipe.epoch()))
    model = recipe.model.eval()
    assert recipe.loss(model, batch).item() == pytest.approx(plain.loss(model, batch).item())


def test_smoothed_labels(make: Make) -> None:
    recipe = from_trainer(make(label_smoothing_factor=0.1, max_steps=2))
    model, batch = recipe.model.eval(), next(iter(recipe.epoch()))
    values = [recipe.loss(model, batch).item() for _ in range(2)]
    assert values[0] == values[1] != model(**batch)["loss"].item()


def test_data_without_a_length(make: Make) -> None:
    recipe = from_trainer(make(data=Stream(), max_steps=9))
    assert recipe.steps == 9
    assert len(rows(recipe)) == LENGTH
    trainer = make(data=Stream(), max_steps=9)
    trainer.args.max_steps = -1
    with pytest.raises(UsageError, match="no length: set max_steps"):
        from_trainer(trainer)


def test_no_clipping_is_none(make: Make) -> None:
    assert from_trainer(make(max_steps=2, max_grad_norm=0.0)).clip_norm is None


def test_half_precision_has_a_scaler(make: Make) -> None:
    trainer = make(max_steps=2)
    trainer.args.fp16 = True
    recipe = check(from_trainer(trainer), "it")
    assert recipe.autocast is torch.float16
    assert recipe.scaler is not None


def test_what_a_rerun_cannot_do_is_refused_in_one_line(make: Make) -> None:
    trained = make(max_steps=1)
    trained.train()
    waits = make(max_steps=2, lr_scheduler_type="reduce_lr_on_plateau", eval_strategy="epoch", options={
        "eval_dataset": Text()
    })  # fmt: skip
    sharded = make(max_steps=2)
    sharded.is_fsdp_enabled = True
    without = make(max_steps=2)
    without.train_dataset = None
    cases: list[tuple[object, str]] = [
        (trained, "has trained already: make a new one"),
        (waits, "ReduceLROnPlateau waits for a metric.*schedule=False"),
        (sharded, "shards its model .fsdp."),
        (without, "get_train_dataloader: ValueError: Trainer: training requires a train_dataset"),
        (tiny(), "needs a Hugging Face Trainer, not an object of type LlamaForCausalLM"),
    ]
    for trainer, words in cases:
        with pytest.raises(UsageError, match=words) as refusal:
            from_trainer(trainer)
        assert "\n" not in str(refusal.value)
    recipe = from_trainer(waits, schedule=False)
    assert recipe.scheduler is None
    assert recipe.lr == 1e-2
