"""What Aim's library says of copied runs, asked in a process of its own.

A damaged RocksDB may end the process that opens it, and a hostile one take all memory.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from lrdoctor.errors import MissingExtraError, UnreadableError
from lrdoctor.records.run import Floats

SCRIPT = Path(__file__).with_name("aim_script.py")
MISSING = "an Aim repository is read through Aim's own library: pip install 'lrdoctor[aim]'"
MAX_SECONDS = 300.0  # for one repository; a run takes some 20 ms
MAX_CRASHES = 5  # runs at which the process may end
MAX_LINE = 1 << 24  # characters of a line that the script writes


@dataclass(frozen=True)
class Curve:
    """One curve: what it was tracked as, and its points, shape (n,)."""

    name: str
    context: Mapping[str, object]
    step: Floats
    value: Floats
    wall_time: Floats


@dataclass(frozen=True)
class Told:
    """What the library said of one run.

    Args:
        curves, settings: what is in it.
        error: why it could not be read; empty where it was.
    """

    curves: Sequence[Curve] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    error: str = ""


def check_installed() -> None:
    """Raise `MissingExtraError` where Aim's library is not there; a folder called `aim` is none."""
    try:
        spec = find_spec("aim")
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.origin is None:
        raise MissingExtraError(MISSING)


def told_by_aim(folder: Path, hashes: Sequence[str]) -> dict[str, Told]:
    """What each of the runs that were copied to `folder` holds.

    Raises:
        MissingExtraError: Aim cannot be loaded.
        UnreadableError: it takes too long, or the process ends at run after run.
    """
    deadline = time.monotonic() + MAX_SECONDS
    left = list(hashes)
    told: dict[str, Told] = {}
    for _ in range(MAX_CRASHES + 1):
        code = _ran(folder, left, deadline)
        lines = _lines(folder / "told.jsonl")
        if broken := [line for line in lines if line.keys() == {"error"}]:
            raise MissingExtraError(f"{MISSING} (installed, but: {broken[-1]['error']})")
        told |= {str(line["run"]): _told(line, folder / "points.f8") for line in lines if "run" in line}
        begun = [str(line["begun"]) for line in lines if "begun" in line]
        left = [one for one in left if one not in told]
        if not left:
            return told
        # The process ended at the run that was begun last.
        if code == 0 or not begun or begun[-1] not in left:
            break
        told[begun[-1]] = Told(error="Aim's library crashed on it")
        left.remove(begun[-1])
        if not left:
            return told
    raise UnreadableError("an Aim repository on which Aim's library crashes again and again: copy it again")


def _ran(folder: Path, hashes: Sequence[str], deadline: float) -> int:
    """The script's exit code."""
    # Aim's variables would have it look elsewhere; `-P` keeps the script's neighbours from being taken for packages.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIM_", "__AIM"))}
    try:
        return subprocess.run(  # noqa: S603 - no shell, and nothing in it is the user's
            [sys.executable, "-P", str(SCRIPT), str(folder), *hashes],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=max(deadline - time.monotonic(), 1.0),
            check=False,
        ).returncode
    except subprocess.TimeoutExpired as error:
        minutes = f"{MAX_SECONDS / 60:.0f} min"
        raise UnreadableError(
            f"an Aim repository that takes more than {minutes} to read: copy some runs with `aim runs cp`"
        ) from error


def _lines(path: Path) -> list[dict[str, object]]:
    """The whole lines that the script wrote."""
    found: list[dict[str, object]] = []
    if path.is_file():
        with path.open(encoding="utf-8") as file:
            while text := file.readline(MAX_LINE):
                if text.endswith("\n"):
                    line = json.loads(text)
                    found += [line] if isinstance(line, dict) else []
    return found


def _told(line: Mapping[str, object], points: Path) -> Told:
    if "error" in line:
        return Told(error=str(line["error"]))
    curves, settings, end = line["curves"], line["settings"], line["end"]
    if not (isinstance(curves, list) and isinstance(settings, dict) and isinstance(end, int)):
        return Told(error="Aim's library told nothing of it")
    count = sum(length for _, _, length in curves)
    numbers = np.fromfile(points, np.float64, 3 * count, offset=end - 24 * count)
    found = []
    for name, context, length in curves:
        step, value, wall_time = numbers[: 3 * length].reshape(3, length)
        numbers = numbers[3 * length :]
        found.append(Curve(name, context if isinstance(context, dict) else {}, step, value, wall_time))
    return Told(found, settings)
