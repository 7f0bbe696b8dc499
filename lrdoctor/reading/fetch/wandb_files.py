"""A run on W&B -> files that the reader of W&B's histories knows (see `formats/wandb/fetched.py`)."""

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lrdoctor.reading.fetch.quota import Budget
from lrdoctor.reading.formats.wandb import fetched

SAFE = re.compile(r"\w[\w.-]{0,63}", re.ASCII)
# What Windows keeps for its devices, whatever follows.
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class CloudRun:
    """What W&B says of a run beside its rows: all of it from a server, none of it to be trusted."""

    id: str
    name: str = ""
    state: str = ""
    created_at: str = ""
    config: Mapping[str, object] = field(default_factory=dict)

    @staticmethod
    def of(found: Mapping[str, object]) -> "CloudRun":
        """From what `wandb_library` tells; what is of another kind is left out."""
        texts = {key: value for key in fetched.KEYS if isinstance(value := found.get(key), str)}
        config = found.get("config")
        return CloudRun(**{"id": "", **texts}, config=config if isinstance(config, dict) else {})


def place_of(run: CloudRun, number: int) -> str:
    """A name for its folder and file: its id where that can be one, else its number among those fetched.

    >>> place_of(CloudRun("1a2b3c4d"), 1), place_of(CloudRun("../../etc"), 2), place_of(CloudRun("nul"), 3)
    ('1a2b3c4d', 'run-2', 'run-3')
    """
    proper = SAFE.fullmatch(run.id) and not _DEVICE.fullmatch(run.id) and not run.id.endswith(".")
    return run.id if proper else f"run-{number}"


def write(run: CloudRun, rows: Iterable[Mapping[str, object]], folder: Path, stem: str, budget: Budget) -> Path | None:
    """The run's files in a new folder; its rows' file, or None, with nothing written, where there is not one row.

    Raises:
        UnreadableError: a limit is passed.
        OSError: it cannot be written.
    """
    log = folder / f"{stem}{fetched.ROWS}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if not _write_rows(rows, log, budget):
            shutil.rmtree(folder)
            return None
        told = {key: getattr(run, key) for key in fetched.KEYS} | {"id": stem}
        _save(folder / fetched.TOLD, json.dumps(told), budget)
        _save(folder / fetched.CONFIG, json.dumps(run.config, default=str), budget)
    except BaseException:  # half a history would be judged as a whole one
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return log


def _write_rows(rows: Iterable[Mapping[str, object]], log: Path, budget: Budget) -> int:
    count = written = 0
    budget.file()
    with log.open("wb") as file:
        for row in rows:
            line = json.dumps(row).encode() + b"\n"
            written += len(line)
            budget.take(len(line), written)
            file.write(line)
            count += 1
    return count


def _save(path: Path, text: str, budget: Budget) -> None:
    data = text.encode("utf-8", "replace")
    budget.file()
    budget.take(len(data), len(data))
    path.write_bytes(data)
