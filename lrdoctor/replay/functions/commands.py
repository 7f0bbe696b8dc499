"""Arms that run a command: its output and what it logs into its folder are read as any log is."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from lrdoctor.reading.load import Loaded, load
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Floats, Run, Series
from lrdoctor.replay.functions import keeper
from lrdoctor.replay.functions.arms import NOTHING, Job, Trace
from lrdoctor.replay.functions.command_line import CommandLine
from lrdoctor.replay.functions.ending import end_tree
from lrdoctor.replay.functions.output import last_line

CONSOLE, LOGS = "console.log", "logs"
# Seconds between two readings of the logs of one arm: that much at least, and so many times what a reading took.
LEAST_PAUSE, PATIENCE = 1.0, 20.0
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True)
class Names:
    """The series that the user takes for the training loss and the validation loss; None: found by name."""

    loss: str | None = None
    val: str | None = None


class Commanded:
    """An arm that runs a command."""

    def __init__(self, job: Job, folder: Path, names: Names, process: "subprocess.Popen[bytes]") -> None:
        self.job, self._folder, self._names, self._process = job, folder, names, process
        self._trace, self._next, self._size = Trace(), time.monotonic() + LEAST_PAUSE, -1

    def look(self, *, last: bool = False) -> Trace:
        """What its logs hold; read again only when they have grown, and not all the time."""
        now = time.monotonic()
        if not last and now < self._next:
            return self._trace
        size = sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())
        if size != self._size:
            self._size, self._trace = size, logged(self._folder, self._names)
        self._next = time.monotonic() + max(LEAST_PAUSE, PATIENCE * (time.monotonic() - now))
        return self._trace

    def ended(self) -> int | None:
        """Its exit code."""
        return self._process.poll()

    def said(self) -> str:
        """The last line of its output."""
        return last_line(self._folder / CONSOLE)

    def end(self) -> None:
        """End its process tree."""
        end_tree(self._process.pid, lambda: self._process.poll() is not None)


@dataclass(frozen=True)
class Commands:
    """Starts arms of a command; `threads` for each, so that arms side by side do not wait for one another."""

    command: CommandLine
    names: Names = Names()
    threads: int = 1
    most: int | None = None

    @property
    def what(self) -> str:
        """As an error names it."""
        return "the command"

    @property
    def how(self) -> str:
        """What to do so that losses are found."""
        named = [f"--{name} {value}" for name, value in vars(self.names).items() if value is not None]
        if named:
            return f"check that {' and '.join(named)} is in its log, or leave it out; log it"
        return "print one a line, such as `step 10 loss 2.31`, or log into {dir},"

    def start(self, job: Job, folder: Path) -> Commanded:
        """Start one."""
        logs = folder / LOGS
        logs.mkdir()
        words = self.command.filled(job.lr, job.steps, job.seed, logs)
        own = {name: str(self.threads) for name in THREADS if name not in os.environ}
        with (folder / CONSOLE).open("wb") as out:
            process = subprocess.Popen(  # noqa: S603 - what the user asks to be run, without a shell
                [sys.executable, "-I", "-S", keeper.__file__, str(os.getpid()), *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={"PYTHONUNBUFFERED": "1", **os.environ, **own},
                start_new_session=True,
            )
        return Commanded(job, folder, self.names, process)


def logged(folder: Path, names: Names) -> Trace:
    """The losses in an arm's logs; those of its console where it logged none into its folder."""
    for place in (folder / LOGS, folder / CONSOLE):
        if place.is_dir() and not any(place.iterdir()):
            continue
        found = load([place], loss=names.loss, val=names.val)
        traces = [of_run(run, roles) for run, roles in _with_roles(found)]
        best = max(traces, key=lambda trace: len(trace.loss), default=Trace())
        if not best.empty:
            return best
    return Trace()


def _with_roles(found: Loaded) -> list[tuple[Run, Roles]]:
    return [(run, roles) for run, roles in zip(found.runs, found.roles, strict=True) if roles is not None]


def of_run(run: Run, roles: Roles) -> Trace:
    """A run's losses."""
    loss, val = (run.series.get(name) if name else None for name in (roles.loss, roles.val_loss))
    return Trace(*_points(loss), *_points(val))


def _points(series: Series | None) -> tuple[Floats, Floats]:
    return (NOTHING, NOTHING) if series is None else (series.step, series.value)
