"""`lrdoctor replay --command`, as a user meets it."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from lrdoctor.cli.main import main
from tests.replay.functions.trees import alive, all_gone, pids_in

Output = pytest.CaptureFixture[str]
linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")

# Standard library alone, so that an arm takes a twentieth of a second.
SCRIPT = """
import os, random, subprocess, sys, time
lr, steps, seed, folder = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
rng = random.Random(seed)
curvature, w = [10 ** (-k / 4) for k in range(12)], [1.0] * 12
out = open(os.path.join(folder, "metrics.csv"), "w") if folder != "-" else None
if out:
    print("step,train_loss", file=out, flush=True)
if "fork" in sys.argv:
    open(str(os.getpid()), "w").close()
    for new in (True, False):
        open(str(subprocess.Popen(["sleep", "600"], start_new_session=new).pid), "w").close()
for t in range(steps):
    gradient = [h * x + 0.1 * rng.gauss(0, 1) for h, x in zip(curvature, w)]
    loss = 3 + 0.5 * sum(h * x * x for h, x in zip(curvature, w)) + 0.1 * rng.gauss(0, 1)
    if "raises" in sys.argv and loss > 50:
        raise FloatingPointError("loss is not finite")
    print(f"{t},{loss}" if out else f"step {t} loss {loss:.4f} lr {lr * (1 - t / steps):.3g}", file=out, flush=True)
    w = [x - lr * (1 - t / steps) * g for x, g in zip(w, gradient)]
    if "hangs" in sys.argv and t == 20:
        time.sleep(600)
"""
COMMAND = f"{sys.executable} train.py {{lr}} {{steps}} {{seed}}"


@pytest.fixture(autouse=True)
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    return tmp_path


def run(command: str, *more: str, lr: str = "1e-3", steps: int = 400) -> int:
    return main(["replay", "--command", command, "--lr", lr, "--steps", "2000", "--max-steps", str(steps), *more])


class TestAnswer:
    @pytest.mark.parametrize("folder", ["-", "{dir}"])
    def test_what_it_prints_or_logs_is_read(self, folder: str, capsys: Output) -> None:
        assert run(f"{COMMAND} {folder}", "--format", "json", "--jobs", "2") == 0
        said = capsys.readouterr()
        assert said.err == ""
        (found,) = json.loads(said.out)["replays"]
        assert (found["name"], found["reran"]) == ("train.py", "command")
        assert 0.03 < found["suggested_lr"] < 1
        assert found["verdict"] == "too-slow"
        assert found["cost"]["total"] <= 400
        assert found["rounds"][0]["untrained"] == pytest.approx(4.1, abs=0.5)

    def test_text_and_page(self, script: Path, capsys: Output) -> None:
        assert run(f"{COMMAND} -", "-o", "r.txt", "-o", "r.html", steps=240) == 0
        assert (script / "r.txt").read_text(encoding="utf-8").startswith("replay train.py: its LR 1e-3 is too slow")
        assert "The command’s own LR" in (script / "r.html").read_text(encoding="utf-8")
        assert capsys.readouterr().out == ""

    def test_seeds_are_given_and_the_gate_holds(self, capsys: Output) -> None:
        more = ("--seed", "5", "--seeds", "2", "--optimizer", "SGD", "--fail-on", "too-slow>=60%", "--to-the-end")
        assert run(f"{COMMAND} -", *more, steps=500) == 1
        assert "replay train.py: too slow" in capsys.readouterr().err

    def test_a_script_that_raises_at_high_lrs_says_that_they_are_too_high(self, capsys: Output) -> None:
        assert run(f"{COMMAND} - raises", "--format", "json", lr="3", steps=600) == 0
        (found,) = json.loads(capsys.readouterr().out)["replays"]
        assert 0.03 < found["suggested_lr"] < 1
        assert any("FloatingPointError: loss is not finite" in remark for remark in found["remarks"])

    def test_a_log_says_the_lr_and_the_length(self, script: Path, capsys: Output) -> None:
        rows = "".join(f"{t},{5 - t / 100},1e-3\n" for t in range(300))
        (script / "log.csv").write_text(f"step,train_loss,lr\n{rows}", encoding="utf-8")
        command = ["replay", "--command", f"{COMMAND} -", "--log", "log.csv", "--max-steps", "240", "--format", "json"]
        assert main(command) == 0
        (found,) = json.loads(capsys.readouterr().out)["replays"]
        assert (found["lr"], found["steps"]) == (1e-3, 300)
        assert "the log" in found["prior"]


class TestErrors:
    @pytest.mark.parametrize(
        ("command", "more", "says"),
        [
            ("t {steps}", (), "lacks {lr}"),
            ("t {lr}", (), "lacks {steps}"),
            ("t {lr} {steps} {epochs}", (), "unknown placeholder {epochs}"),
            ("t {lr} {steps} 'a", (), "cannot be split"),
            ("nope-nope {lr} {steps}", (), "no such program: nope-nope"),
            ("t {lr} {steps}", ("--seeds", "2"), "no {seed} in the command"),
            ("t {lr} {steps}", ("--seeds", "0"), "--seeds 0"),
            ("t {lr} {steps}", ("--jobs", "0"), "0 jobs"),
            ("t {lr} {steps}", ("--device", "cpu"), "--device is for recipes"),
            ("t {lr} {steps}", ("train.py",), "choose one"),
            (f"{sys.executable} train.py {{lr}} {{steps}} x -", (), "invalid literal for int"),
            (f"{sys.executable} -c pass {{lr}} {{steps}}", (), "shows no losses"),
        ],
    )
    def test_each_is_one_line_and_exit_code_2(
        self, command: str, more: tuple[str, ...], says: str, capsys: Output
    ) -> None:
        assert run(command, *more) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("lrdoctor: error: ")
        assert says in said.err
        assert said.err.count("\n") == 1

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["train.py", "--lr", "1e-3"], "--lr goes with --command"),
            (["train.py", "--to-the-end"], "--to-the-end goes with --command"),
            (["--command", "t {lr} {steps}", "--steps", "9"], "give --lr"),
            (["--command", "t {lr} {steps}", "--lr", "9"], "give --steps"),
            (["--command", "t {lr} {steps}", "--lr", "-1", "--steps", "99"], "lr is -1"),
        ],
    )
    def test_options_that_do_not_go_together(self, arguments: list[str], says: str, capsys: Output) -> None:
        assert main(["replay", *arguments]) == 2
        assert says in capsys.readouterr().err

    def test_no_shell_sees_the_command(self, script: Path) -> None:
        assert run(f"{sys.executable} -c 'raise SystemExit(1)' {{lr}} {{steps}} ; touch $HOME/x && touch shelled") == 2
        assert not (script / "shelled").exists()


@linux
class TestNothingIsLeft:
    def test_when_all_is_well(self, script: Path) -> None:
        assert run(f"{COMMAND} - fork", "-q", steps=240) == 0
        assert len(pids_in(script)) >= 12
        assert all_gone(pids_in(script), 0)

    def test_when_the_time_is_up(self, script: Path, capsys: Output) -> None:
        assert run(f"{COMMAND} - fork hangs", "--max-seconds", "2") == 0
        assert "the time was up (2 s)" in " ".join(capsys.readouterr().out.split())
        assert all_gone(pids_in(script), 0)

    @pytest.mark.parametrize(("name", "code"), [("SIGINT", 0), ("SIGTERM", 143), ("SIGHUP", 129), ("SIGKILL", -9)])
    def test_when_it_is_ended(self, name: str, code: int, script: Path) -> None:
        words = ["replay", "--command", f"{COMMAND} - fork hangs", "--lr", "1e-3", "--steps", "2000", "--jobs", "3"]
        with subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "lrdoctor", *words, "-o", "r.json"], stderr=subprocess.DEVNULL, cwd=script
        ) as process:
            while len(pids_in(script)) < 9 and process.poll() is None:
                time.sleep(0.05)
            time.sleep(0.3)
            pids = pids_in(script)
            assert len(pids) == 9
            assert all(map(alive, pids))
            os.kill(process.pid, getattr(signal, name))
            assert process.wait(30) == code
        assert all_gone(pids, 0 if code >= 0 else 15)
        if name == "SIGINT":
            (found,) = json.loads((script / "r.json").read_text(encoding="utf-8"))["replays"]
            assert found["reason"] == "it was stopped by Ctrl-C"


def test_it_works_without_torch() -> None:
    code = (
        "import sys; sys.modules['torch'] = None; from lrdoctor.cli.main import main\n"
        "sys.exit(main(['replay', '--command', sys.argv[1], '--lr', '1e-3', '--steps', '900', '--max-steps', '240']))"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code, f"{COMMAND} -"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("replay train.py: its LR 1e-3 is too slow")


ANY = """
import os, sys
sys.path.insert(0, {root!r})
os.environ.setdefault("KERAS_BACKEND", "jax")
from tests.replay.functions.test_anything import {name} as train
for step, loss in enumerate(train(float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))):
    val = f" val_loss {{loss[1]:.6f}}" if isinstance(loss, tuple) else ""
    print(f"step {{step}} loss {{float(loss[0] if val else loss):.6f}}{{val}}")
"""


@pytest.mark.campaign  # every arm imports torch: half a minute each
@pytest.mark.parametrize(
    ("library", "name", "lr", "lowest", "highest"),
    [
        ("torch", "gan", "1e-5", 3e-4, 0.05),
        ("torch", "lbfgs", "1e-3", 0.03, 3),
        ("jax", "jax_regression", "1e-4", 0.01, 1),
    ],
)
def test_scripts_that_have_no_recipe(
    library: str, name: str, lr: str, lowest: float, highest: float, script: Path, capsys: Output
) -> None:
    pytest.importorskip(library)
    root = str(Path(__file__).parents[2])
    (script / "any.py").write_text(ANY.format(root=root, name=name), encoding="utf-8")
    command = f"{sys.executable} any.py {{lr}} {{steps}} {{seed}}"
    assert run(command, "--format", "json", lr=lr, steps=240) == 0
    (found,) = json.loads(capsys.readouterr().out)["replays"]
    assert lowest < found["suggested_lr"] < highest


KERAS = """
import os, sys
os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
import numpy as np
lr, steps, seed, folder = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
keras.utils.set_random_seed(seed)
x = np.random.default_rng(0).standard_normal((128, 8)).astype("float32")
y = np.tanh(x @ np.random.default_rng(1).standard_normal((8, 1)).astype("float32"))
model = keras.Sequential([keras.layers.Dense(16, activation="tanh"), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(lr, steps)), "mse")
log = keras.callbacks.CSVLogger(os.path.join(folder, "log.csv"))
model.fit(x, y, batch_size=64, epochs=max(steps // 2, 1), verbose=0, callbacks=[log])
"""


def test_keras(script: Path, capsys: Output) -> None:
    if find_spec("keras") is None or find_spec("jax") is None:
        pytest.skip("needs keras and jax")
    (script / "fit.py").write_text(KERAS, encoding="utf-8")
    command = f"{sys.executable} fit.py {{lr}} {{steps}} {{seed}} {{dir}}"
    assert run(command, "--format", "json", "--optimizer", "Adam", lr="1e-4") == 0
    (found,) = json.loads(capsys.readouterr().out)["replays"]
    assert 2e-3 < found["suggested_lr"] < 0.3


def test_what_the_command_hides_no_report_tells(capsys: Output) -> None:
    secret = "hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
    assert run(f"{COMMAND} - --token {secret}", "--format", "json", steps=240) == 0
    assert secret not in capsys.readouterr().out
