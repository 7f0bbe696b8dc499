"""The process that W&B's own library runs in (`wandb_library`): what it is told, how long it may take, how it ends."""

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import IO

from lrdoctor.reading.fetch import wandb_library
from lrdoctor.reading.fetch.wandb_failures import LATE
from lrdoctor.reading.fetch.watch import LONGEST

MAX_LINE = 1 << 24  # bytes of one message; as of a line in any log
SILENCE = 120.0  # seconds without a word from the library, which asks four times and waits 20 seconds each time
RETRIES = 3  # of an answer that does not come; the library's own number lasts for hours
TICK = 0.2  # seconds between two looks at the clock
PARTING = 5.0  # seconds that the library may take to end, and with it what it started

# To be offline, to be told more, or the service of a training that this process may be part of.
_LEFT_OUT = frozenset({"WANDB_MODE", "WANDB_DISABLED", "WANDB_DEBUG", "WANDB_SERVICE", "_WANDB_SERVICE"})
_FOLDERS = ("WANDB_DIR", "WANDB_CACHE_DIR", "WANDB_DATA_DIR", "WANDB_ARTIFACT_DIR", "TMPDIR", "TEMP", "TMP")

Message = Mapping[str, object]


class StoppedError(Exception):
    """Nothing more comes; why, in one line."""


def is_installed() -> bool:
    """Whether W&B's library is; a folder `wandb/` of runs, as every user of it has, is none."""
    try:
        found = importlib.util.find_spec("wandb")
    except (ImportError, ValueError):
        return False
    return found is not None and found.origin is not None


@contextmanager
def running(arguments: Iterable[str], scratch: Path) -> Iterator[Iterator[Message]]:
    """What the library tells, in a folder that it has to itself; it is ended whatever happens."""
    process = subprocess.Popen(  # noqa: S603 - this interpreter, and no shell
        [sys.executable, "-P", wandb_library.__file__, *arguments],
        cwd=scratch,
        env=environment(os.environ, sys.path, scratch),
        stdin=subprocess.DEVNULL,  # nobody is asked for a key
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    pipe, patience = process.stdout, 0.0
    try:
        yield _messages(process, pipe)
        patience = PARTING
    except Exception:
        patience = PARTING
        raise
    finally:
        pipe.close()  # which ends it at its next word
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        process.kill()
        process.wait()


def environment(own: Mapping[str, str], modules: Iterable[str], scratch: Path) -> dict[str, str]:
    """The library's variables: ours, but for where it writes, how often it tries, and what it sends of its own accord.

    Args:
        own: this process's.
        modules: where this process finds modules.
        scratch: where the library may write.
    """
    return {
        **{name: value for name, value in own.items() if name not in _LEFT_OUT},
        **dict.fromkeys(_FOLDERS, str(scratch)),
        "PYTHONPATH": os.pathsep.join(str(Path(place).absolute()) for place in modules if place),
        "WANDB_SILENT": "true",
        "WANDB_ERROR_REPORTING": "false",
        "WANDB_HTTP_TIMEOUT": str(wandb_library.TIMEOUT),
        "WANDB__GRAPHQL_RETRY_MAX": str(RETRIES),
        "WANDB__GRAPHQL_RETRY_WAIT_MAX_SECONDS": "10",
        "WANDB__FILE_TRANSFER_RETRY_MAX": str(RETRIES),
    }


def _messages(process: "subprocess.Popen[bytes]", pipe: IO[bytes]) -> Iterator[Message]:
    """Each line that comes; raises `StoppedError` where they come too late."""
    begun = last = time.monotonic()
    ended, late = Event(), list[str]()

    def watch() -> None:
        # Not every system can wait for a pipe with a limit: its other end is closed instead, by ending the process.
        while not ended.wait(TICK):
            now = time.monotonic()
            if now - last > SILENCE or now - begun > LONGEST:
                most = f"not fetched within {LONGEST / 60:.0f} min: name one run, or fewer"
                late.append(LATE if now - last > SILENCE else most)
                process.kill()
                return

    Thread(target=watch, daemon=True).start()
    try:
        while line := pipe.readline(MAX_LINE):
            last = time.monotonic()
            message = _parsed(line)
            if message is None:
                return
            yield message
        if late:
            raise StoppedError(late[0])
    finally:
        ended.set()


def _parsed(line: bytes) -> Message | None:
    """A message; None for half of one, as a process that was ended leaves it."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None
