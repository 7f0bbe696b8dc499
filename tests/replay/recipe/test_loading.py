"""Recipes by the name of a script or a module, and every way in which that can fail."""

import copy
import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lrdoctor.errors import UsageError
from lrdoctor.replay.recipe.example import EXAMPLE
from lrdoctor.replay.recipe.loading import load_recipe
from lrdoctor.replay.recipe.recipe import Recipe
from lrdoctor.replay.recipe.schedule import schedule_of

SCRIPT = """
import torch
from torch import nn
from lrdoctor.replay import Recipe

def recipe(width=3):
    model = nn.Linear(2, width)
    optimizer = torch.optim.SGD(model.parameters(), 0.5)
    return Recipe(model, lambda: [torch.ones(4, 2)], lambda m, b: m(b).mean(), optimizer, 9)

def wide():
    return recipe(7)

def wants(model, lr=1):
    pass

def returns_model():
    return nn.Linear(1, 1)

def fails():
    helper()

def helper():
    raise ValueError("no\\nsuch data")

def leaves():
    raise SystemExit(3)

def stops():
    raise KeyboardInterrupt

ready = recipe(5)
number = 4
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def refusal(target: object) -> str:
    with pytest.raises(UsageError) as error:
        load_recipe(str(target))
    text = str(error.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("end", "function", "width"),
    [("", "recipe", 3), (":", "recipe", 3), (":recipe", "recipe", 3), (":wide", "wide", 7), (":ready", "ready", 5)],
)
def test_a_script_and_a_function(script: Path, end: str, function: str, width: int) -> None:
    before, arguments = list(sys.path), sys.argv
    recipe, name = load_recipe(f"{script}{end}")
    assert name == f"train.py:{function}"
    assert [p.shape[0] for p in recipe.model.parameters()] == [width, width]
    assert sys.path == before
    assert sys.argv is arguments


def test_a_script_in_the_working_directory(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(script.parent)
    assert load_recipe("train.py")[1] == "train.py:recipe"
    assert load_recipe("./train.py:wide")[1] == "train.py:wide"


def test_a_module_and_a_function(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = script.parent / "lrd_test_package"
    package.mkdir()
    (package / "__init__.py").write_text("from lrd_test_package.train import recipe\n", encoding="utf-8")
    script.rename(package / "train.py")
    monkeypatch.chdir(script.parent)
    before = list(sys.path)
    assert load_recipe("lrd_test_package.train:wide")[1] == "lrd_test_package.train:wide"
    assert load_recipe("lrd_test_package")[1] == "lrd_test_package:recipe"
    assert sys.path == before
    assert "has no function that" in refusal("lrd_test_package.train:that")


def test_neighbours_can_be_imported_at_import_and_when_called(tmp_path: Path) -> None:
    (tmp_path / "lrd_neighbour.py").write_text("WIDTH = 6\n", encoding="utf-8")
    (tmp_path / "lrd_later.py").write_text("from lrd_neighbour import WIDTH\n", encoding="utf-8")
    path = tmp_path / "train.py"
    text = SCRIPT + "\nimport lrd_neighbour\ndef late():\n    from lrd_later import WIDTH\n    return recipe(WIDTH)\n"
    path.write_text(text, encoding="utf-8")
    recipe, _ = load_recipe(f"{path}:late")
    assert next(recipe.model.parameters()).shape[0] == 6


def test_a_script_sees_no_arguments_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["lrdoctor", "replay", "train.py", "--budget", "10"])
    path = tmp_path / "train.py"
    parse = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--width', default=2)\na = p.parse_args()\n"
    path.write_text(parse + SCRIPT, encoding="utf-8")
    assert load_recipe(str(path))[1] == "train.py:recipe"


def test_dataclasses_and_the_guard_work_as_in_a_script(tmp_path: Path) -> None:
    head = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 1\n"
    )
    tail = "\nif __name__ == '__main__':\n    raise SystemExit('trained')\n"
    (tmp_path / "train.py").write_text(head + SCRIPT + tail, encoding="utf-8")
    assert load_recipe(str(tmp_path / "train.py"))[1] == "train.py:recipe"


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (":other", "has no function other: it has recipe, wide, wants, returns_model, fails, …"),
        (":wants", "train.py:wants needs arguments (missing a required argument: 'model')"),
        (":returns_model", "train.py:returns_model returned an object of type Linear"),
        (":number", "train.py:number returned an object of type int"),
        (":fails", "train.py:fails fails: ValueError: no such data (train.py:24)"),
        (":leaves", "train.py:leaves leaves the program with 3 (train.py:27)"),
    ],
)
def test_what_is_wrong_with_a_function_is_said_in_one_line(script: Path, end: str, words: str) -> None:
    assert words in refusal(f"{script}{end}")


def test_an_interrupt_is_not_caught(script: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        load_recipe(f"{script}:stops")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import torch\n\nimport lrd_no_such_module\n", "No module named 'lrd_no_such_module' (train.py:3)"),
        ("x = 1\ny = 1 / 0\n", "fails: ZeroDivisionError: division by zero (train.py:2)"),
        ("def recipe(:\n", "fails: SyntaxError: invalid syntax"),
        ("import json\njson.loads('{')\n", "(train.py:2)"),
        ("import sys\nsys.exit()\n", "leaves the program (train.py:2): a script that trains"),
        ("import sys\nsys.exit('no data')\n", "leaves the program with no data (train.py:2)"),
        ("x = 1\n", "train.py has no function recipe: it has none at all"),
        ("from lrdoctor.errors import UsageError\nraise UsageError('as it was')\n", "as it was"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_script_is_said_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    path, before = tmp_path / "train.py", list(sys.path)
    path.write_text(text, encoding="utf-8")
    assert words in refusal(path)
    assert sys.path == before


def test_an_error_in_a_neighbour_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "lrd_broken.py").write_text("x = 1\nx.y\n", encoding="utf-8")
    (tmp_path / "train.py").write_text("import lrd_broken\n", encoding="utf-8")
    assert refusal(tmp_path / "train.py").endswith("(lrd_broken.py:2)")


def test_what_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("", encoding="utf-8")
    (tmp_path / "runs").mkdir()
    (tmp_path / "lrd_broken_module.py").write_text("import lrd_missing_dependency\n", encoding="utf-8")
    for target, words in {
        "train.py": "no such file: train.py",
        "there/train.py:recipe": "no such file: there/train.py",
        "runs": "runs is a folder: name the script in it, such as runs/train.py:recipe",
        "runs/": "runs is a folder",
        "notes.txt": "notes.txt is no Python script",
        "lrd_nowhere:recipe": "no module named lrd_nowhere, here or installed",
        "lrd_nowhere.train": "no module named lrd_nowhere, here or installed",
        "lrdoctor.nothing:recipe": "no module named lrdoctor.nothing",
        "lrd_broken_module:recipe": "fails: ModuleNotFoundError: No module named 'lrd_missing_dependency' (lrd_broken",
        "a b:recipe": "no such file or module: a b",
        "": "name a script",
    }.items():
        assert words in refusal(target), target


LIGHTNING = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
import lightning.pytorch as pl

class Net(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(2, 1)

    def training_step(self, batch, batch_idx):
        return self.net(batch[0]).square().mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)

def data():
    return DataLoader(TensorDataset(torch.ones(8, 2)), batch_size=4)

def trainer():
    return pl.Trainer(
        max_epochs=3, accelerator="cpu", devices=1, logger=False, enable_checkpointing=False, enable_progress_bar=False
    )

def recipe():
    return Net(), data(), trainer()

def other_order():
    return [trainer(), Net(), data()]

def without_trainer():
    return Net(), data()

def alone():
    return Net()

def two():
    return Net(), Net()
"""


def test_a_lightning_module_with_its_data_is_adapted(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(LIGHTNING, encoding="utf-8")
    assert load_recipe(str(path))[0].steps == 6
    assert load_recipe(f"{path}:other_order")[0].steps == 6
    assert "how long the run is cannot be told" in refusal(f"{path}:without_trainer")
    assert "has no train_dataloader" in refusal(f"{path}:alone")
    assert "train.py:two returned an object of type tuple" in refusal(f"{path}:two")


TRAINER = """
import os
os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from transformers import LlamaConfig, LlamaForCausalLM, Trainer, TrainingArguments

def recipe():
    config = LlamaConfig(
        vocab_size=8, hidden_size=4, intermediate_size=4, num_hidden_layers=1, num_attention_heads=1,
        max_position_embeddings=8,
    )
    rows = [{"input_ids": torch.arange(6), "labels": torch.arange(6)}] * 4
    arguments = TrainingArguments(OUTPUT, use_cpu=True, report_to="none", max_steps=12, disable_tqdm=True)
    return Trainer(LlamaForCausalLM(config), arguments, train_dataset=rows)
"""


def test_a_trainer_is_adapted(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(TRAINER.replace("OUTPUT", repr(str(tmp_path))), encoding="utf-8")
    assert load_recipe(str(path))[0].steps == 12


def test_neither_library_is_imported_to_find_out(script: Path) -> None:
    code = (
        "import sys; from lrdoctor.replay.recipe.loading import load_recipe; import lrdoctor.replay as r; "
        f"r.from_lightning, r.from_trainer; load_recipe({str(script)!r}); "
        "sys.exit(' '.join({'lightning', 'pytorch_lightning', 'transformers', 'accelerate'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stderr.strip()) == (1, ""), done.stderr


@pytest.fixture
def example(tmp_path: Path) -> Recipe:
    path = tmp_path / "replay_recipe.py"
    path.write_text(EXAMPLE, encoding="utf-8")
    recipe, name = load_recipe(str(path))
    assert name == "replay_recipe.py:recipe"
    return recipe


def test_the_example_trains(example: Recipe) -> None:
    model, optimizer = copy.deepcopy((example.model, example.optimizer))
    losses = []
    for batch in list(example.epoch())[:30]:
        optimizer.zero_grad()
        loss = example.loss(model, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    assert schedule_of(example).compressed(10)[-1, 0] < 0.1


def test_the_example_names_every_option_and_says_what_it_does() -> None:
    lines = [line.strip() for line in EXAMPLE.splitlines()]
    for field in dataclasses.fields(Recipe):
        if field.name == "remarks":  # the adapters' own
            continue
        at = next(k for k, line in enumerate(lines) if line.startswith(f"{field.name}="))
        assert lines[at - 1].startswith("#"), field.name
    assert max(len(line) for line in EXAMPLE.splitlines()) <= 120


def test_the_examples_data_is_drawn_anew_each_epoch(example: Recipe) -> None:
    first, second = (torch.cat([batch[1] for batch in example.epoch()]) for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(first.sort().values, second.sort().values)
