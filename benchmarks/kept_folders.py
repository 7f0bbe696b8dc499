"""What folders as people keep them cost: few logs among many files that are none, W&B's folders, one long console log.

Each is made here, diagnosed to JSON by a process of its own, and held beside a loop that opens every file and searches
it for losses by a regular expression: what many write instead.  Seconds on the wall, so an idle machine is needed.
"""

import json
import math
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.wandb_files import framed, history, run_record

REPEATS = 3
LOOP = r"""
import re, sys
from pathlib import Path
loss = re.compile(rb"loss\W{1,3}([0-9.eE+-]+)")
print(sum(len(loss.findall(path.read_bytes())) for path in Path(sys.argv[1]).rglob("*") if path.is_file()))
"""


def losses(rng: random.Random, count: int) -> list[float]:
    """A curve that falls to a floor, with noise."""
    return [2 * math.exp(-5 * i / count) + 0.5 + rng.gauss(0, 0.02) for i in range(count)]


def console(top: Path, size: int = 4_000_000) -> None:
    """One log of that many bytes, a line a step."""
    rng, lines, written = random.Random(0), [], 0  # noqa: S311 - no secret
    for i, loss in enumerate(losses(rng, size // 96)):
        lines.append(
            f"2026-01-05 10:{i // 60 % 60:02}:{i % 60:02} | INFO | step {i:6} | loss {loss:.5f} | lr 3.00e-04 | "
            f"grad_norm {rng.random():.3f} | {rng.random():.3f} s/it\n"
        )
        written += len(lines[-1])
        if written > size:
            break
    top.mkdir()
    (top / "train.log").write_text("".join(lines))


def wandb_folders(top: Path, count: int = 97, points: int = 1_000) -> None:
    """W&B's local folder: a `.wandb` file, its config, its copy of the console and its own logs for each run."""
    rng = random.Random(1)  # noqa: S311
    for k in range(count):
        name, lr = f"run{k:04}", 1e-3 * (1 + k % 7)
        folder = top / "wandb" / f"run-20260105_{k:06}-{name}"
        (folder / "files").mkdir(parents=True)
        (folder / "logs").mkdir()
        rows, printed = [], []
        for i, loss in enumerate(losses(rng, points)):
            row: dict[str, object] = {"train/loss": loss, "train/lr": lr, "train/grad_norm": rng.random()}
            row |= {"_step": i, "_timestamp": 1.7e9 + i}
            if i % 100 == 99:
                row["val/loss"] = loss + 0.1
            rows.append(history(row, i))
            printed.append(f"step {i} | loss {loss:.4f} | lr {lr} | {rng.random():.3f}s\n")
        (folder / f"run-{name}.wandb").write_bytes(framed([run_record(name, lr=lr), *rows]))
        (folder / "files" / "output.log").write_text("".join(printed))
        (folder / "files" / "config.yaml").write_text(f"lr:\n  value: {lr}\n")
        (folder / "files" / "requirements.txt").write_text("torch==2.13.0\n" * 80)
        (folder / "files" / "wandb-metadata.json").write_text('{"os": "linux"}')
        (folder / "logs" / "debug.log").write_text("2026-01-05 INFO MainThread: setup\n" * 200)


def mixed(top: Path, count: int) -> None:
    """A project's folder: one file in thirty is a log, the others are code, settings, results, predictions, images."""
    rng = random.Random(2)  # noqa: S311
    for i in range(count):
        folder = top / f"exp{i // 90:03}" / ("src" if i % 3 else "out")
        folder.mkdir(parents=True, exist_ok=True)
        name, data = _file(rng, i)
        (folder / name).write_bytes(data)


def _file(rng: random.Random, i: int) -> tuple[str, bytes]:
    """The name and the content of the i-th file."""
    if i % 30 == 0:
        rows = "".join(f"{10 * s},{loss:.5f},{0.01 * (1 + i % 5)}\n" for s, loss in enumerate(losses(rng, 200)))
        return f"metrics{i}.csv", f"step,loss,lr\n{rows}".encode()
    kinds: tuple[Callable[[], tuple[str, str]], ...] = (
        lambda: (f"model{i}.py", "import torch\n\n\ndef forward(x):\n    return x\n" * 40),
        lambda: (f"settings{i}.yaml", f"lr: 0.1\nname: run{i}\nlayers: {i}\n" * 10),
        lambda: (f"scores{i}.json", json.dumps({"accuracy": rng.random(), "f1": rng.random()})),
        lambda: (f"predictions{i}.csv", "id,label,p\n" + "".join(f"{j},1,{rng.random():.4f}\n" for j in range(100))),
        lambda: (f"notes{i}.txt", "what was tried, and why it failed\n" * 20),
        lambda: (f"figure{i}.png", "\x89PNG"),
        lambda: (f"checkpoint{i}.bin", "weights" * 200),
    )
    name, text = kinds[i % len(kinds)]()
    return name, text.encode("latin-1")


FOLDERS: dict[str, Callable[[Path], None]] = {
    "one console log of 4 MB": console,
    "97 W&B folders": wandb_folders,
    "600 files, 20 of them logs": lambda top: mixed(top, 600),
    "20,000 files, 667 of them logs": lambda top: mixed(top, 20_000),
}


def seconds(command: list[str]) -> float:
    """Wall-clock seconds of a process."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    return time.perf_counter() - began


def table(names: list[str], repeats: int = REPEATS) -> str:
    """Each folder's seconds and those of the loop, in turn: the median and the range."""
    rows = ["| folder | lrdoctor, s | a loop with a regular expression, s |", "|---|---:|---:|"]
    with tempfile.TemporaryDirectory() as where:
        for number, name in enumerate(names):
            top = Path(where, str(number))
            FOLDERS[name](top)
            out = str(Path(where, f"{number}.json"))
            ours, loop = [], []
            for _ in range(repeats):
                ours.append(seconds([sys.executable, "-m", "lrdoctor", "diagnose", str(top), "-q", "-o", out]))
                loop.append(seconds([sys.executable, "-c", LOOP, str(top)]))
            rows.append(f"| {name} | {_told(ours)} | {_told(loop)} |")
            print(rows[-1], file=sys.stderr, flush=True)
    return "\n".join(rows)


def _told(times: list[float]) -> str:
    low, median, high = (sorted(times)[k] for k in (0, len(times) // 2, -1))
    return f"{median:.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    wanted = [name for name in FOLDERS if not sys.argv[1:] or any(word in name for word in sys.argv[1:])]
    print(table(wanted))
