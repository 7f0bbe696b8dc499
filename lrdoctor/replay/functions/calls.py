"""Arms that call a Python function: each in a process of its own, or one after the other in this one."""

import json
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from lrdoctor.errors import UsageError
from lrdoctor.replay.functions import keeper
from lrdoctor.replay.functions.arms import Job, Trace
from lrdoctor.replay.functions.ending import end_tree
from lrdoctor.replay.functions.output import last_line
from lrdoctor.replay.functions.values import Shown, Told, Train, given

SHOWN, OUTPUT = "shown.jsonl", "output.txt"
# What has run threads of its own does not survive a fork; torch does, on one thread and without its GPU.
NO_FORK = ("jax", "tensorflow")


def arm(train: Train, job: Job, folder: str, parent: int) -> None:
    """The process of an arm: keeps another one that calls `train`.  It never returns."""
    os.setsid()
    out = os.open(Path(folder, OUTPUT), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)

    def start() -> int:
        pid = os.fork()
        if not pid:
            code = 1
            try:
                keeper.become_arm()
                code = call(train, job, folder)
            finally:
                os._exit(code)
        return pid

    code = 1
    try:
        code = keeper.keep(start, parent)
    finally:
        os._exit(code)


def call(train: Train, job: Job, folder: str) -> int:
    """Call `train` and write down what it shows, a line a value; the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A notebook's own streams belong to its kernel.
    sys.stdout = sys.stderr = open(1, "w", buffering=1, closefd=False, encoding="utf-8", errors="replace")  # noqa: SIM115
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)  # OpenMP's threads do not survive a fork; the arms run side by side anyway
    with Path(folder, SHOWN).open("w", buffering=1, encoding="ascii") as file:
        try:
            for one in given(train, job):
                file.write(json.dumps([one.loss, one.val, one.final]) + "\n")
        except SystemExit as error:
            return error.code if isinstance(error.code, int) else int(error.code is not None)
        except BaseException as error:  # noqa: BLE001 - whatever it is, its last line is what the user is told
            import traceback

            traceback.print_exc()
            sys.stderr.write(f"{type(error).__name__}: {' '.join(str(error).split())}\n")
            return 1
    return 0


class Called:
    """An arm in a process of its own."""

    def __init__(self, job: Job, folder: Path, process: BaseProcess) -> None:
        self.job, self._folder, self._process = job, folder, process
        self._shown, self._read = Shown(), 0

    def look(self, *, last: bool = False) -> Trace:  # noqa: ARG002 - as `Running` has it
        """What it has shown so far."""
        path = self._folder / SHOWN
        if path.exists():
            with path.open("rb") as file:
                file.seek(self._read)
                new = file.read()
            whole = new[: new.rfind(b"\n") + 1]
            self._read += len(whole)
            for line in whole.splitlines():
                self._shown.add(Told(*json.loads(line)))
        return self._shown.trace()

    def ended(self) -> int | None:
        """Its exit code."""
        return self._process.exitcode

    def said(self) -> str:
        """The last line that it wrote."""
        return last_line(self._folder / OUTPUT)

    def end(self) -> None:
        """End its process tree."""
        if self._process.pid is not None:
            end_tree(self._process.pid, lambda: self._process.exitcode is not None)
        self._process.join(1)


@dataclass(frozen=True)
class Calls:
    """Starts arms of a function in processes; `method` is one of `multiprocessing`'s."""

    train: Train
    method: str
    most: int | None = None
    what: str = "train"
    how: str = "yield one a step"

    def start(self, job: Job, folder: Path) -> Called:
        """Start one.

        Raises:
            UsageError: the function cannot be sent to another process.
        """
        context: Any = multiprocessing.get_context(self.method)
        process = context.Process(target=arm, args=(self.train, job, str(folder), os.getpid()), name=f"LR {job.lr:g}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that other threads are not forked: see `method`
            try:
                process.start()
            except Exception as error:
                if self.method == "fork":
                    raise
                raise UsageError(
                    f"train cannot be sent to another process ({type(error).__name__}: {error}): define it at the top "
                    "of a script or module, or ask for start='fork' or in_process=True"
                ) from error
        return Called(job, folder, process)


def method(start: str | None) -> str:
    """How processes are started: `start`, or by fork where that is safe, which takes any function as it is.

    Raises:
        UsageError: it is no method of this system.
    """
    known = [one for one in multiprocessing.get_all_start_methods() if one != "forkserver"]
    if start is not None:
        if start not in known:
            raise UsageError(f"start={start!r}: choose one of {', '.join(known)}")
        return start
    torch: Any = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    unsafe = any(name in sys.modules for name in NO_FORK) or (cuda is not None and cuda.is_initialized())
    return "fork" if sys.platform == "linux" and not unsafe else "spawn"


class Stepped:
    """An arm in this process: each look is a step of it."""

    def __init__(self, job: Job, values: Iterator[Told]) -> None:
        self.job, self._values, self._shown = job, values, Shown()
        self._code: int | None = None
        self._said = ""

    def look(self, *, last: bool = False) -> Trace:
        """Run a step; what it has shown so far."""
        if not last and self._code is None:
            try:
                self._shown.add(next(self._values))
            except StopIteration:
                self._code = 0
            except UsageError:
                raise
            except Exception as error:  # noqa: BLE001 - what a user's function raises ends the arm alone
                self._code, self._said = 1, f"{type(error).__name__}: {' '.join(str(error).split())}"
        return self._shown.trace()

    def ended(self) -> int | None:
        """0 after its end, 1 after an error."""
        return self._code

    def said(self) -> str:
        """The error."""
        return self._said

    def end(self) -> None:
        """Let the function clean up."""
        close = getattr(self._values, "close", None)
        if close is not None:
            close()


@dataclass(frozen=True)
class InProcess:
    """Runs arms one after the other in this process, where nothing can be killed: only left off between steps."""

    train: Train
    most: int | None = 1
    what: str = "train"
    how: str = "yield one a step"

    def start(self, job: Job, folder: Path) -> Stepped:  # noqa: ARG002 - as `Launcher` has it
        """Start one."""
        return Stepped(job, given(self.train, job))
