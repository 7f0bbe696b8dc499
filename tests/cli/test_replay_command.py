"""`lrdoctor replay`, as a user meets it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from lrdoctor.cli.app import app
from lrdoctor.cli.main import main
from lrdoctor.cli.options import size_in_bytes
from lrdoctor.errors import UsageError
from tests.cli.command_line import a_log

Golden = Callable[[str, str], None]
Output = pytest.CaptureFixture[str]

SCRIPT = """
import sys, time
import torch
from torch import nn
from lrdoctor.replay import Recipe

X = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
Y = X.sum(1, keepdim=True)

def loss(model, batch):
    return nn.functional.mse_loss(model(batch[0]), batch[1])

def make(loss=loss, batches=lambda: zip(X.split(8), Y.split(8))):
    torch.manual_seed(0)
    model = nn.Linear(4, 1)
    return Recipe(model, batches, loss, torch.optim.AdamW(model.parameters(), lr=1e-4), 500)

def recipe():
    return make()

def raises():
    raise ValueError("no such\\ndata")

def number():
    return make(lambda m, b: 1.0)

def vector():
    return make(lambda m, b: m(b[0]))

def constant():
    return make(lambda m, b: torch.ones(()))

def own():
    model = nn.Linear(4, 1)
    return make(lambda m, b: loss(model, b))

def nothing():
    return make(batches=lambda: [])

def once():
    source = iter([(X, Y)])
    return make(batches=lambda: source)

def torn():
    def batches():
        yield X, Y
        raise OSError("no shard")
    return make(batches=batches)

def huge():
    return make(lambda m, b: loss(m, b) * torch.ones(10**13)[0])

def large():
    return make(lambda m, b: loss(m, b) * torch.ones(10**8)[0])

def nan():
    return make(lambda m, b: loss(m, b) * float("nan"))

def leaves():
    return make(lambda m, b: sys.exit(0))

calls = 0

def slow():
    def waits(model, batch):
        global calls
        calls += 1
        if calls > 100:
            print("READY", flush=True)
            time.sleep(60)
        return loss(model, batch)
    return make(waits)

def stopped():
    def stops(model, batch):
        global calls
        calls += 1
        if calls == 100:
            raise KeyboardInterrupt
        return loss(model, batch)
    return make(stops)
"""


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "train.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def run(*arguments: str, steps: int = 80) -> int:
    return main(["replay", *arguments, "--max-steps", str(steps), "--device", "cpu"])


class TestHelp:
    def test_help_is_what_users_know(self, golden: Golden) -> None:
        shown = CliRunner().invoke(app, ["replay", "--help"], terminal_width=80, prog_name="lrdoctor")
        assert shown.exit_code == 0
        golden("replay-help.txt", shown.output)

    def test_it_imports_nothing_heavy(self) -> None:
        code = (
            "import sys; from lrdoctor.cli.main import main; assert main(['replay', '--help']) == 0;"
            "sys.exit(' '.join({'numpy', 'torch', 'matplotlib', 'scipy', 'jinja2'} & set(sys.modules)) or 0)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
        assert (done.returncode, done.stderr) == (0, "")


class TestGate:
    """A recipe's own LR is what fails: 1e-4 is far too low here."""

    @pytest.mark.usefixtures("script")
    def test_a_recipe_fails_by_its_own_lr_and_is_known_from_then_on(self, tmp_path: Path, capsys: Output) -> None:
        assert run("train.py:recipe", "--fail-on", "too-slow", "-o", "before.json") == 1
        said = capsys.readouterr().err.splitlines()
        assert said[-2].startswith("lrdoctor: --fail-on: replay train.py:recipe: too slow ")
        assert said[-1].startswith("lrdoctor: 1 failed")
        (found,) = json.loads((tmp_path / "before.json").read_text(encoding="utf-8"))["replays"]
        assert found["verdict"] == "too-slow"
        assert run("train.py:recipe", "--fail-on", "too-slow", "--exit-zero") == 0
        assert run("train.py:recipe", "--fail-on", "too-high,divergent") == 0
        capsys.readouterr()
        assert run("train.py:recipe", "--fail-on", "too-slow", "--baseline", "before.json") == 0
        assert "none failed, 1 known" in capsys.readouterr().err

    @pytest.mark.usefixtures("script")
    def test_a_wrong_gate_is_said_before_anything_is_trained(self, capsys: Output) -> None:
        assert run("train.py:raises", "--fail-on", "too-slw") == 2
        assert "did you mean too-slow" in capsys.readouterr().err
        assert run("train.py:raises", "--fail-on", "too-slow", "--baseline", "gone.json") == 2
        assert "--baseline gone.json" in capsys.readouterr().err


class TestInit:
    def test_the_example_is_written_and_runs(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert main(["replay", "--init"]) == 0
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err == ("lrdoctor: wrote replay_recipe.py: edit it, then run `lrdoctor replay replay_recipe.py`\n")
        assert run("replay_recipe.py", "-o", "r.html", "-o", "r.json", steps=90) == 0
        assert "<svg" in (tmp_path / "r.html").read_text(encoding="utf-8")
        (found,) = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["replays"]
        assert 1e-4 < found["suggested_lr"] < 1

    def test_under_another_name(self, tmp_path: Path) -> None:
        assert main(["replay", str(tmp_path / "mine.py"), "--init"]) == 0
        assert "recipe" in (tmp_path / "mine.py").read_text(encoding="utf-8")

    def test_a_file_that_is_there_is_left_alone(self, script: Path, capsys: Output) -> None:
        assert main(["replay", "--init", str(script)]) == 2
        assert "exists already" in capsys.readouterr().err
        assert script.read_text(encoding="utf-8") == SCRIPT

    @pytest.mark.usefixtures("script")
    @pytest.mark.parametrize(("name", "says"), [("notes.txt", "end it in .py"), ("no/such/r.py", "no directory")])
    def test_names_that_cannot_be(self, capsys: Output, name: str, says: str) -> None:
        assert main(["replay", "--init", name]) == 2
        assert says in capsys.readouterr().err


@pytest.mark.usefixtures("script")
class TestOutput:
    def test_text_to_standard_output_and_nothing_else(self, capsys: Output) -> None:
        assert run("train.py") == 0
        said = capsys.readouterr()
        assert said.err == ""
        assert said.out.startswith("replay train.py:recipe: its LR 1e-4 is")
        assert "good LRs probably" in said.out

    def test_files_and_what_they_hold(self, script: Path, capsys: Output) -> None:
        assert run("train.py:recipe", "-o", "r.txt", "-o", "r.json") == 0
        said = capsys.readouterr()
        assert said.out == ""
        assert [line.split(" (")[0] for line in said.err.splitlines()] == [
            "lrdoctor: wrote r.txt", "lrdoctor: wrote r.json"
        ]  # fmt: skip
        assert all(line.endswith("1 replay)") for line in said.err.splitlines())
        data = json.loads((script.parent / "r.json").read_text(encoding="utf-8"))
        assert (len(data["replays"]), data["runs"]) == (1, [])
        assert data["replays"][0]["cost"]["total"] <= 80

    @pytest.mark.parametrize(("form", "begins"), [("json", "{"), ("html", "<!doctype html>")])
    def test_another_format_to_standard_output(self, capsys: Output, form: str, begins: str) -> None:
        assert run("train.py", "--format", form) == 0
        assert capsys.readouterr().out.startswith(begins)

    def test_quiet(self, capsys: Output) -> None:
        assert run("train.py", "-o", "r.txt", "--quiet") == 0
        assert capsys.readouterr() == ("", "")

    def test_two_runs_with_one_seed_are_the_same(self, capsys: Output) -> None:
        texts = []
        for seed in ("1", "1", "2"):
            assert run("train.py", "--format", "json", "--seed", seed) == 0
            (found,) = json.loads(capsys.readouterr().out)["replays"]
            found["cost"].pop("seconds")
            found["cost"].pop("memory")
            texts.append(json.dumps(found, sort_keys=True))
        assert texts[0] == texts[1] != texts[2]

    def test_it_begins_from_a_log(self, script: Path, capsys: Output) -> None:
        log = a_log(script.parent)
        assert run("train.py", "--log", str(log), "--format", "json") == 0
        data = json.loads(capsys.readouterr().out)
        assert "the log" in data["replays"][0]["prior"]
        assert len(data["runs"]) == 1

    def test_bounds_ramp_and_mode_are_taken(self, capsys: Output) -> None:
        options = ("--lowest", "1e-4", "--highest", "2", "--ramp", "linear", "--together", "--format", "json")
        assert run("train.py", *options, steps=200) == 0
        (found,) = json.loads(capsys.readouterr().out)["replays"]
        assert "at once" in found["mode"]


@pytest.mark.usefixtures("script")
class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["train.py:raises"], "fails: ValueError: no such data (train.py:"),
            (["train.py:number"], "the recipe's loss gives float"),
            (["train.py:vector"], "gives a tensor of shape (8, 1)"),
            (["train.py:constant"], "does not depend on trained weights"),
            (["train.py:own"], "does not depend on the model it is given"),
            (["train.py:nothing"], "gives no batch"),
            (["train.py:once"], "a fresh iterator each time"),
            (["train.py:torn"], "fails in its batches: OSError: no shard (train.py, line"),
            (["train.py:leaves"], "leaves the program in a training step (train.py, line"),
            (["train.py:huge"], "needs more memory than there is"),
            (["train.py:nope"], "has no function nope"),
            (["nope.py"], "no such file: nope.py"),
            ([], "name a recipe"),
            (["train.py", "--max-steps", "59"], "59 steps are too few"),
            (["train.py", "--max-steps", "many"], "--max-steps"),
            (["train.py", "--max-seconds", "0"], "0 seconds are too few"),
            (["train.py", "--max-memory", "plenty"], "--max-memory plenty: give a size such as 4GB"),
            (["train.py", "--max-memory", "0"], "--max-memory 0"),
            (["train.py", "--lowest", "2", "--highest", "1"], "0 < low < high, got 2 and 1"),
            (["train.py", "--lowest", "nan"], "0 < low < high"),
            (["train.py", "--ramp", "cubic"], "choose exponential or linear"),
            (["train.py", "--device", "tpu"], "no device 'tpu' here"),
            (["train.py", "--seed", "-1"], "seed -1 is out of range"),
            (["train.py", "--seed", "99999999999999999999"], "out of range"),
            (["train.py", "--log", "nope.csv"], "nope.csv"),
            (["train.py", "--log", "train.py"], "train.py"),
            (["train.py", "--format", "pdf"], "text, json, html"),
            (["train.py", "-o", "report.pdf"], ".txt, .json, .html"),
            (["train.py", "-o", "no/such/report.html"], "no directory"),
        ],
    )
    def test_each_is_one_line_and_exit_code_2(self, arguments: list[str], says: str, capsys: Output) -> None:
        steps = [] if "--max-steps" in arguments else ["--max-steps", "80"]
        device = [] if "--device" in arguments else ["--device", "cpu"]
        assert main(["replay", *arguments, *steps, *device]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("lrdoctor: error: ")
        assert says in said.err
        assert said.err.count("\n") == 1
        assert "internal error" not in said.err

    def test_a_recipe_that_needs_400_mb_of_200(self) -> None:
        """In a process of its own: what this one has freed may be had again, whatever the limit."""
        code = "import sys; from lrdoctor.cli.main import main; sys.exit(main(sys.argv[1:]))"
        asked = ["replay", "train.py:large", "--max-memory", "200MB", "--max-steps", "80", "--device", "cpu"]
        done = subprocess.run([sys.executable, "-c", code, *asked], capture_output=True, text=True, check=False)  # noqa: S603
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("lrdoctor: error: ")
        assert "needs more memory than there is" in done.stderr
        assert done.stderr.count("\n") == 1

    def test_a_log_of_several_runs(self, script: Path, capsys: Output) -> None:
        for name in ("one", "two"):
            (script.parent / "runs" / name).mkdir(parents=True)
            a_log(script.parent / "runs" / name)
        assert run("train.py", "--log", "runs") == 2
        said = capsys.readouterr().err
        assert "--log runs holds 2 runs (" in said
        assert said.count("\n") == 1

    def test_nothing_is_written_over_a_report_that_failed(self, script: Path) -> None:
        (script.parent / "r.json").write_text("before")
        assert run("train.py:torn", "-o", "r.json") == 2
        assert (script.parent / "r.json").read_text() == "before"

    def test_a_model_that_is_nan_gets_a_report(self, capsys: Output) -> None:
        assert run("train.py:nan") == 0
        assert "not finite even before the first update" in " ".join(capsys.readouterr().out.split())

    def test_without_torch_it_says_what_to_install(self) -> None:
        code = (
            "import sys; sys.modules['torch'] = None; from lrdoctor.cli.main import main;"
            "sys.exit(main(['replay', 'train.py']))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == 2
        assert "pip install 'lrdoctor[replay]'" in done.stderr
        assert done.stderr.count("\n") == 1


@pytest.mark.usefixtures("script")
class TestInterrupts:
    def test_the_report_of_what_is_known_is_written(self, script: Path) -> None:
        assert run("train.py:stopped", "-o", "r.json", steps=300) == 0
        (found,) = json.loads((script.parent / "r.json").read_text(encoding="utf-8"))["replays"]
        assert found["reason"] == "it was stopped by Ctrl-C"
        assert run("train.py:stopped", "--max-seconds", "1000", steps=300) == 0

    def test_a_real_signal(self, script: Path) -> None:
        command = [
            sys.executable, "-m", "lrdoctor", "replay", "train.py:slow", "--device", "cpu", "--max-steps", "300",
            "-o", "r.json",
        ]  # fmt: skip
        process = subprocess.Popen(  # noqa: S603
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "READY\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0
        assert said.startswith("lrdoctor: wrote r.json (")
        (found,) = json.loads((script.parent / "r.json").read_text(encoding="utf-8"))["replays"]
        assert found["reason"] == "it was stopped by Ctrl-C"
        assert 60 < found["cost"]["total"] <= 101

    def test_time_that_is_up(self, capsys: Output) -> None:
        assert run("train.py", "--max-seconds", "0.05", "--format", "json", steps=100_000) == 0
        (found,) = json.loads(capsys.readouterr().out)["replays"]
        assert found["reason"] == "the time was up (0.05 s)" or any("In 0.05 s" in text for text in found["remarks"])


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4GB", 4 * 10**9), ("500M", 5 * 10**8), ("500mb", 5 * 10**8), ("2.5 GiB", 2684354560), ("1024", 1024),
        ("1KiB", 1024), ("1 TB", 10**12), ("12 b", 12), ("3T", 3 * 10**12),
    ],
)  # fmt: skip
def test_sizes(text: str, size: int) -> None:
    assert size_in_bytes(text, "--max-memory") == size


@pytest.mark.parametrize("text", ["", "GB", "-4GB", "4GBB", "4 iB", "0", "0.1", "1e9", "4G B", "nan", "inf", "9" * 400])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(UsageError, match="give a size such as 4GB"):
        size_in_bytes(text, "--max-memory")


def test_without_torch_one_line_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['torch'] = None; from lrdoctor.cli.main import main;sys.exit(main(['replay', 'a.py']))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert ended.returncode == 2
    assert ended.stderr == "lrdoctor: error: replay needs PyTorch: pip install 'lrdoctor[replay]'\n"


ARGUED = """
import argparse
import torch
from lrdoctor.replay import Recipe
from torch import nn

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch-size", type=int, required=True)
    size = parser.parse_args().batch_size
    model = nn.Linear(4, 1)
    x = torch.randn(64, 4)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    return Recipe(model, list(x.split(size)), lambda m, b: m(b).square().mean(), optimizer, size)
"""


def test_a_script_is_given_its_arguments(tmp_path: Path, capsys: Output) -> None:
    script = tmp_path / "argued.py"
    script.write_text(ARGUED)
    assert main(["replay", f"{script}:main", "--max-steps", "60", "--", "--batch-size", "16"]) == 0
    assert "16 steps with SGD" in capsys.readouterr().out
    assert main(["replay", f"{script}:main", "--max-steps", "60"]) == 2
    assert "leaves the program" in capsys.readouterr().err


def test_a_script_that_trains_at_import_is_warned_of(tmp_path: Path, capsys: Output) -> None:
    script = tmp_path / "eager.py"
    script.write_text(ARGUED + "\nfor _ in range(2):\n    nn.Linear(1, 1)(torch.ones(1)).backward()\n")
    assert main(["replay", f"{script}:main", "--max-steps", "60", "--", "--batch-size", "16"]) == 0
    assert f"{script} trains when it is imported (line 17)" in capsys.readouterr().err
