"""Run as a script, apart from lrdoctor: reads copies of Aim's runs through Aim's library, and writes what they hold.

    python -P aim_script.py FOLDER HASH ...

Each run is a repository of its own at `FOLDER/HASH/.aim`.  To `FOLDER/told.jsonl` goes a line `{"begun": HASH}`, then
one with its settings and curves, or the error; to `FOLDER/points.f8` each curve's steps, values and times, as doubles.
RocksDB ends the whole process where a file is damaged in certain ways: who reads the lines sees at which run.
"""

import json
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

if TYPE_CHECKING:
    import numpy as np
    from aim.sdk.sequences.metric import Metric
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MAX_MEMORY = 8 << 30  # bytes of address space
MAX_POINTS = 20_000_000  # of all runs
MAX_TAGS = 2_000  # of one run
MAX_NODES, MAX_DEPTH, MAX_TEXT = 20_000, 16, 500  # of one run's settings
AIMS = "__"  # before what Aim adds: the machine's curves and settings
BROKEN = 3  # the exit code where Aim itself cannot be loaded


def main(folder: Path, hashes: list[str]) -> int:
    """Read every run; the exit code."""
    _bounded()
    with (folder / "told.jsonl").open("a") as lines, (folder / "points.f8").open("ab") as points:
        try:
            import aim  # noqa: F401
            from aim.sdk.data_version import DATA_VERSION
        except Exception as error:  # noqa: BLE001 - whatever a broken installation raises
            _put(lines, {"error": _words(error)})
            return BROKEN
        left = MAX_POINTS
        for run_hash in hashes:
            _put(lines, {"begun": run_hash})
            try:
                version = ".".join(map(str, DATA_VERSION))
                (folder / run_hash / ".aim" / "VERSION").write_text(version)
                curves, settings = _told(folder / run_hash, run_hash, points, left)
            except Exception as error:  # noqa: BLE001 - a damaged run must not hide the others
                _put(lines, {"run": run_hash, "error": _words(error, folder / run_hash)})
                continue
            points.flush()
            left -= sum(length for _, _, length in curves)
            _put(lines, {"run": run_hash, "end": points.tell(), "curves": curves, "settings": settings})
    return 0


def _told(place: Path, run_hash: str, points: BinaryIO, left: int) -> tuple[list[tuple[str, object, int]], object]:
    import numpy as np
    from aim.sdk.repo import Repo
    from aim.sdk.run import Run

    run = Run(run_hash, repo=Repo(str(place)), read_only=True)
    curves: list[tuple[str, object, int]] = []
    for name, context, _ in run.iter_metrics_info():
        if name.startswith(AIMS):
            continue
        if len(curves) == MAX_TAGS:
            raise ValueError(f"more than {MAX_TAGS} curves")
        metric = run.get_metric(name, context)
        if metric is None:
            continue
        columns = _columns(metric)
        left -= len(columns[0])
        if left < 0:
            raise ValueError(f"more than {MAX_POINTS} values in all")
        for column in columns:
            points.write(np.ascontiguousarray(column, np.float64).tobytes())
        curves.append((name, _plain(context.to_dict(), [MAX_NODES], 0), len(columns[0])))
    settings = run.get(..., {}, resolve_objects=False)
    own = {key: value for key, value in settings.items() if not str(key).startswith(AIMS)}
    return curves, _plain(own, [MAX_NODES], 0)


def _columns(metric: "Metric") -> "list[Floats]":
    """A curve's steps, values and times, in order of step."""
    import numpy as np

    try:
        steps, (values, _, times) = metric.data.numpy()
    except IndexError:  # a point that was being written: its step is there and its value is not yet
        named = [dict(array.items()) for array in (metric.data.steps, metric.values, metric.timestamps)]
        whole = [key for key in named[0] if all(key in one for one in named)]
        steps, values, times = (np.array([one[key] for key in whole], np.float64) for one in named)
        order = np.argsort(steps, kind="stable")
        steps, values, times = steps[order], values[order], times[order]
    if not len(steps) == len(values) == len(times):
        raise ValueError("steps and values of different number")
    return [steps, values, times]


def _plain(value: object, budget: list[int], depth: int) -> object:
    """Settings as JSON can hold them: anything else, and what is beyond the limits, is left out."""
    budget[0] -= 1
    if budget[0] < 0 or depth > MAX_DEPTH:
        return None
    if isinstance(value, dict):
        return {str(key)[:MAX_TEXT]: _plain(item, budget, depth + 1) for key, item in islice(value.items(), MAX_NODES)}
    if isinstance(value, list | tuple):
        return [_plain(item, budget, depth + 1) for item in value[:MAX_NODES]]
    if isinstance(value, str):
        return value[: MAX_TEXT + 1]
    return value if value is None or isinstance(value, bool | int | float) else None


def _put(lines: TextIO, line: dict[str, object]) -> None:
    lines.write(json.dumps(line) + "\n")
    lines.flush()


def _words(error: Exception, place: Path | None = None) -> str:
    """What went wrong in one line, without where the copy lies; RocksDB says it as bytes, its own name in front."""
    said = error.args[0] if len(error.args) == 1 else str(error)
    text = said.decode("utf-8", errors="replace") if isinstance(said, bytes) else str(said)
    name = type(error).__name__
    told = text if text.startswith(name) else f"{name}: {text}"
    return " ".join((told if place is None else told.replace(f"{place}/", "")).split())[:200]


def _bounded() -> None:
    """Bound what a hostile file may take, where the system can; no core is dumped either."""
    try:
        import resource
    except ImportError:
        return
    for limit, most in ((resource.RLIMIT_AS, MAX_MEMORY), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(limit)
        resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
