"""CPU time of reading logs, beside the libraries they would be read with, and of whole commands.

    python -m benchmarks.readers [--repeats N] [--only events|tables|commands]

Every measurement is a process of its own, and those that are compared take turns.  Times are CPU seconds (user and
system) of the reading alone, once everything is imported and one small log was read, or of a whole command.  Memory is
how far the peak of the resident set rises meanwhile.  Ratios are medians over the pairs, with the least and the most.
"""

import argparse
import csv
import json
import logging
import os
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

HERE = Path("build/bench-readers")
EVENTS = (100_000, 1_000_000)
TAGS = ("train/loss", "train/grad_norm", "train/accuracy", "lr")
TABLES, ROWS = 1_000, 100
RUN_EVENTS = 10_000


# --- logs to read ----------------------------------------------------------------------------------------------------


def numbers(count: int) -> Iterator[tuple[int, str, float]]:
    """Step, tag and value of so many scalars, four tags at each step."""
    rng = np.random.default_rng(0)
    for step in range(count // len(TAGS)):
        loss = 0.3 + 2 / (1 + step / 500) ** 0.7 + rng.normal(0, 0.02)
        for tag, value in zip(TAGS, (loss, 1 + rng.random(), 1 - loss / 3, 1e-3 * (1 - step / count)), strict=True):
            yield step, tag, value


def write_torch(folder: Path, count: int) -> None:
    """With torch's own `SummaryWriter`: scalars as `simple_value`."""
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(folder), max_queue=10_000)
    for step, tag, value in numbers(count):
        writer.add_scalar(tag, value, step)
    writer.close()


def write_tf2(folder: Path, count: int) -> None:
    """As TF2 writes scalars: a tensor without dimensions, its bytes packed, the plugin named on a tag's first value."""
    from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
    from tensorboard.summary.writer.record_writer import RecordWriter

    folder.mkdir(parents=True)
    with (folder / "events.out.tfevents.1700000000.host.1.0.v2").open("wb") as file:
        writer = RecordWriter(file)
        writer.write(event_pb2.Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString())
        for step, tag, value in numbers(count):
            tensor = tensor_pb2.TensorProto(
                dtype=types_pb2.DT_FLOAT,
                tensor_shape=tensor_shape_pb2.TensorShapeProto(),
                tensor_content=struct.pack("<f", value),
            )
            content = summary_pb2.Summary.Value(tag=tag, tensor=tensor)
            if step == 0:
                content.metadata.plugin_data.plugin_name = "scalars"
            event = event_pb2.Event(wall_time=1.7e9 + step / 7, step=step, summary=summary_pb2.Summary(value=[content]))
            writer.write(event.SerializeToString())


def write_lightning(folder: Path, count: int) -> None:
    """Tables as Lightning's CSVLogger writes them: sparse, the LR on rows of its own."""
    header = ["epoch", "lr-AdamW", "step", "train_loss_epoch", "train_loss_step", "val_loss"]
    rng = np.random.default_rng(1)
    for index in range(count):
        rows: list[list[object]] = []
        for row in range(ROWS):
            loss = 1 / (row + 1) + 0.1 * rng.random()
            if row % 10 == 9:
                rows.append([row // 10, "", 10 * row + 9, loss, "", loss + 0.1])
            elif row % 5 == 4:
                rows.append(["", 1e-3 * (1 - row / ROWS), 10 * row + 9, "", "", ""])
            else:
                rows.append([row // 10, "", 10 * row + 9, "", loss, ""])
        _write_table(folder / f"version_{index}" / "metrics.csv", header, rows)


def write_keras(folder: Path, count: int) -> None:
    """Tables as Keras's CSVLogger writes them: every cell filled, with all the digits of a double."""
    header = ["epoch", "accuracy", "learning_rate", "loss", "val_accuracy", "val_loss"]
    rng = np.random.default_rng(2)
    for index in range(count):
        rows = []
        for row in range(ROWS):
            loss = 1 / (row + 1) + 0.1 * rng.random()
            rows.append([row, rng.random(), 9.999999747378752e-05, loss, rng.random(), loss + 0.1 * rng.random()])
        _write_table(folder / f"run_{index}" / "training_log.csv", header, rows)


def _write_table(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def made(name: str, write: Callable[[Path, int], None], count: int) -> Path:
    """The folder of logs of that name, written unless it is there."""
    folder = HERE / f"{name}-{count}"
    if not folder.exists():
        print(f"writing {folder}", file=sys.stderr)
        unfinished = HERE / "unfinished"
        subprocess.run(["rm", "-rf", str(unfinished)], check=True)  # noqa: S603, S607
        HERE.mkdir(parents=True, exist_ok=True)
        write(unfinished, count)
        unfinished.rename(folder)
    return folder


# --- what is measured ------------------------------------------------------------------------------------------------


def accumulate(path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    EventAccumulator(str(path), size_guidance={"scalars": 0, "tensors": 0}).Reload()


def read_events(path: Path) -> None:
    from lrdoctor.reading.formats.tensorboard.event_file import read_event_file

    read_event_file(path)


def read_frame(path: Path) -> None:
    import pandas as pd

    pd.read_csv(path)


def read_cells(path: Path) -> None:
    from lrdoctor.reading.parsing.table_columns import read_table

    read_table(path)


def read_run(path: Path) -> None:
    from lrdoctor.reading.formats.generic.table import READER
    from lrdoctor.records.run import Source

    READER.read(Source(path, (path,), READER.name, "benchmark"))


READ: dict[str, Callable[[Path], None]] = {
    "EventAccumulator": accumulate,
    "lrdoctor": read_events,
    "pandas.read_csv": read_frame,
    "lrdoctor, cells": read_cells,
    "lrdoctor, runs": read_run,
}


@dataclass(frozen=True)
class Cost:
    """CPU seconds, and by how many bytes the peak of the resident set rose."""

    seconds: float
    bytes: int = 0


def cost_here(how: str, small: Path, folder: Path) -> Cost:
    """What reading every file of `folder` costs this process, after `small` was read."""
    read, files = READ[how], sorted(path for path in folder.rglob("*") if path.is_file())
    read(small)
    before = peak()
    began = time.process_time()
    for path in files:
        read(path)
    seconds = time.process_time() - began
    return Cost(seconds, peak() - before)


def peak() -> int:
    """The peak of this process's resident set, in bytes; elsewhere than on Linux 0."""
    status = Path("/proc/self/status")  # getrusage has the peak of the process that made this one, where that is more
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines()) if status.exists() else {}
    return 1024 * int(fields.get("VmHWM", "0 kB").split()[0])


def cost(how: str, small: Path, folder: Path) -> Cost:
    """As `cost_here`, of a process of its own."""
    command = [sys.executable, "-m", "benchmarks.readers", "--cost", how, str(small), str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment())  # noqa: S603
    seconds, bytes_ = json.loads(done.stdout)
    return Cost(seconds, bytes_)


def cost_of_command(*command: str) -> Cost:
    """CPU seconds of a whole process."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())  # noqa: S603
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return Cost(used.ru_utime + used.ru_stime)


def environment() -> dict[str, str]:
    """This process's, with compiled modules kept, as they are where lrdoctor is installed."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str((HERE / "compiled").absolute())}


def in_turn(repeats: int, *measured: Callable[[], Cost]) -> list[list[Cost]]:
    """The costs of each, measured one after the other so many times."""
    rounds = [[measure() for measure in measured] for _ in range(repeats)]
    return [list(costs) for costs in zip(*rounds, strict=True)]


# --- what is printed -------------------------------------------------------------------------------------------------


def spread(values: Sequence[float], form: str) -> str:
    """The median of some figures, with the least and the most.

    >>> spread([2.0, 1.0, 4.0], ".1f")
    '2.0 (1.0 to 4.0)'
    """
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def ratio(slow: Sequence[Cost], fast: Sequence[Cost]) -> str:
    """How many times faster the second is, pair by pair.

    >>> ratio([Cost(2.0), Cost(3.0)], [Cost(1.0), Cost(1.0)])
    '2.5 (2.0 to 3.0)'
    """
    return spread([a.seconds / b.seconds for a, b in zip(slow, fast, strict=True)], ".1f")


def seconds(costs: Sequence[Cost]) -> str:
    return f"{statistics.median(cost.seconds for cost in costs):.3g}"


def events(repeats: int) -> None:
    print(
        "\nEvent files, every checksum verified (bars: 5 times EventAccumulator, at most 4 times the file in memory)\n"
    )
    print(
        "| writer | scalars | MB | EventAccumulator, s | lrdoctor, s | times faster | its memory, files | lrdoctor's |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name, write in (("torch", write_torch), ("tf2", write_tf2)):
        small = next(path for path in made(name, write, 400).iterdir())
        for count in EVENTS:
            folder = made(name, write, count)
            theirs, ours = in_turn(
                repeats, *(partial(cost, how, small, folder) for how in ("EventAccumulator", "lrdoctor"))
            )
            size = sum(path.stat().st_size for path in folder.iterdir())
            memory = " | ".join(f"{max(one.bytes for one in costs) / size:.1f}" for costs in (theirs, ours))
            times = f"{seconds(theirs)} | {seconds(ours)} | {ratio(theirs, ours)}"
            print(f"| {name} | {count:,} | {size / 1e6:.1f} | {times} | {memory} |", flush=True)


def tables(repeats: int) -> None:
    print(f"\n{TABLES:,} tables of {ROWS} rows and 6 columns (bar: cells at least 2 times as fast as pandas)\n")
    print("| tables | pandas, ms a file | cells, ms | times faster | whole runs, ms | times faster |")
    print("|---|---|---|---|---|---|")
    for name, write in (("Lightning", write_lightning), ("Keras", write_keras)):
        folder = made(name.lower(), write, TABLES)
        small = next(path for path in folder.rglob("*.csv"))
        hows = ("pandas.read_csv", "lrdoctor, cells", "lrdoctor, runs")
        pandas, cells, runs = in_turn(repeats, *(partial(cost, how, small, folder) for how in hows))
        each = [
            f"{1e3 / TABLES * statistics.median(one.seconds for one in ones):.2f}" for ones in (pandas, cells, runs)
        ]
        times = f"{each[0]} | {each[1]} | {ratio(pandas, cells)} | {each[2]} | {ratio(pandas, runs)}"
        print(f"| {name} | {times} |", flush=True)


def commands(repeats: int) -> None:
    lrdoctor = str(Path(sys.executable).with_name("lrdoctor"))
    run = str(made("tf2", write_tf2, RUN_EVENTS))
    asked = {
        "python -c 'import numpy'": (sys.executable, "-c", "import numpy"),
        "lrdoctor --help": (lrdoctor, "--help"),
        "lrdoctor diagnose run -o x.json": (lrdoctor, "diagnose", run, "-o", str(HERE / "x.json")),
        "lrdoctor diagnose run -o x.html": (lrdoctor, "diagnose", run, "-o", str(HERE / "x.html")),
    }
    bars = ("", "2 times numpy's", "0.9 s", "1.6 s")
    for command in asked.values():
        cost_of_command(*command)  # compiles, and warms the page cache
    costs = in_turn(2 * repeats, *(partial(cost_of_command, *command) for command in asked.values()))
    print(f"\nWhole commands; the run has {RUN_EVENTS:,} events\n")
    print("| command | CPU seconds | times numpy's import | at most |")
    print("|---|---|---|---|")
    for name, ones, bar in zip(asked, costs, bars, strict=True):
        print(f"| `{name}` | {spread([one.seconds for one in ones], '.2f')} | {ratio(ones, costs[0])} | {bar} |")


PARTS: dict[str, Callable[[int], None]] = {"events": events, "tables": tables, "commands": commands}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--cost", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.cost:
        how, small, folder = asked.cost
        found = cost_here(how, Path(small), Path(folder))
        print(json.dumps([found.seconds, found.bytes]))
        return
    for name, part in PARTS.items():
        if asked.only in (None, name):
            part(asked.repeats)


if __name__ == "__main__":
    main()
