"""Runs on W&B's server -> files in the temporary folder, through W&B's own library, which asks for what was logged.

The library runs in a process of its own (`wandb_process`), in a folder of the workspace: it writes nothing beside the
user's logs, asks nothing at the prompt, sends no reports of its own, and is ended when it takes too long.  Who asks and
which server is asked are the library's own settings: `WANDB_API_KEY` or `wandb login`, `WANDB_BASE_URL`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from lrdoctor.errors import MissingExtraError, UnreadableError
from lrdoctor.reading.fetch.quota import Budget
from lrdoctor.reading.fetch.wandb_failures import BROKE_OFF, why
from lrdoctor.reading.fetch.wandb_files import CloudRun, place_of, write
from lrdoctor.reading.fetch.wandb_names import Wanted
from lrdoctor.reading.fetch.wandb_process import Message, StoppedError, is_installed, running
from lrdoctor.records.unreadable import Unreadable

MAX_RUNS = 100  # of a project, the newest: each takes some seconds
FURTHER = "further runs"  # what is said of all others of a project, in place of a path


class Copied(NamedTuple):
    """What was fetched.

    Args:
        path: the folder of the runs, or the rows of the only one.
        refused: runs that could not be had, by where they would lie.
        names: what each run's rows are called on W&B.
    """

    path: Path
    refused: list[Unreadable]
    names: dict[Path, str]


class _FailedError(Exception):
    """One run cannot be had; the others may."""


def copy(wanted: Wanted, into: Path, scratch: Path, budget: Budget) -> Copied:
    """Write the runs below `into`; the library has `scratch` to itself.

    Raises:
        UnreadableError: there is no such project or run, the server does not answer, or asks who asks.
        MissingExtraError: W&B's library is not installed.
    """
    if not is_installed():
        raise MissingExtraError(f"{wanted} is read through W&B's own library: pip install 'lrdoctor[wandb]'")
    arguments = [str(MAX_RUNS), *(part for part in wanted if part is not None)]
    with running(arguments, scratch) as messages:
        return written(messages, wanted, into, budget)


def written(messages: Iterator[Message], wanted: Wanted, into: Path, budget: Budget) -> Copied:
    """The files of what the library tells.

    Raises:
        UnreadableError: there is nothing, or a limit is passed.
    """
    names: dict[Path, str] = {}
    refused: list[Unreadable] = []
    number = 0
    try:
        for message in _until_end(messages):
            found = message.get("run")
            if isinstance(found, dict):
                number += 1
                run = CloudRun.of(found)
                place = _free(into, place_of(run, number), number)
                try:
                    log = write(run, _rows(messages), into / place, place, budget)
                except _FailedError as error:
                    refused.append(Unreadable(str(into / place), str(error)))
                    continue
                if log is not None:
                    names[log] = str(wanted._replace(run=place))
            elif isinstance(message.get("more"), int):
                more = f"{message['more']:,} runs, of which the newest {MAX_RUNS} are read: name others one by one"
                refused.append(Unreadable(str(into / FURTHER), more))
    except StoppedError as error:
        refused.append(Unreadable(str(into / FURTHER), str(error)))
    if not names:
        nothing = "a run that logged no number" if wanted.run else "a project without a run that logged a number"
        raise UnreadableError(refused[-1].reason if refused else f"{nothing}: name another")
    only = next(iter(names)) if wanted.run and len(names) == 1 else None
    return Copied(only or into, refused, names)


def _free(into: Path, place: str, number: int) -> str:
    """Another place where that is taken: some file systems do not tell `a` from `A`."""
    return f"run-{number}" if (into / place).exists() else place


def _rows(messages: Iterator[Message]) -> Iterator[Mapping[str, object]]:
    """A run's rows; raises `_FailedError` where not all of them come."""
    for message in _until_end(messages):
        row = message.get("row")
        if "failed" in message:
            raise _FailedError(why(str(message["failed"]), "run"))
        if "done" in message:
            return
        if isinstance(row, dict):
            yield row


def _until_end(messages: Iterator[Message]) -> Iterator[Message]:
    """What is told, up to the end; raises `StoppedError` where that does not come."""
    for message in messages:
        if "end" in message:
            return
        if "error" in message:
            raise StoppedError(why(str(message["error"]), str(message.get("at"))))
        yield message
    raise StoppedError(BROKE_OFF)
