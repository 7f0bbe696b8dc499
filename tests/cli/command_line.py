"""The command line as a process of its own, and a log to give it."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def run_it(*arguments: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "lrdoctor", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=env)  # noqa: S603


def a_log(folder: Path, extra: str = "accuracy") -> Path:
    """A CSV log of 200 steps by hand."""
    path = folder / "metrics.csv"
    lines = [f"{i},{2.0 / (1 + i / 20) + 0.01 * (i % 7)},{0.001},{i}" for i in range(200)]
    path.write_text("\n".join([f"step,train_loss,lr,{extra}", *lines]) + "\n", encoding="utf-8")
    return path
