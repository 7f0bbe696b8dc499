"""A run that was fetched from W&B's server, as it is put on disk: what `reading.fetch` writes and the reader finds.

    RUN/<id>.jsonl         a row for each call of `run.log`, as `run.scan_history()` gives it: all of them
    RUN/config.yaml        the settings, in JSON, which is YAML
    RUN/wandb-run.yaml     what the run is called: `{"id", "name", "state", "created_at"}`, in JSON

A folder with more runs holds a folder for each.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

TOLD, CONFIG, ROWS = "wandb-run.yaml", "config.yaml", ".jsonl"
KEYS = ("id", "name", "state", "created_at")
MAX_BYTES = 1 << 16
_NOTHING: Mapping[str, str] = MappingProxyType({})


def told(log: Path) -> Mapping[str, str]:
    """What is known of the run whose rows these are; nothing where they were not fetched."""
    try:
        with (log.parent / TOLD).open("rb") as file:
            found = json.loads(file.read(MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return _NOTHING
    if not isinstance(found, dict) or found.get("id") != log.stem:
        return _NOTHING
    return {key: value for key in KEYS if isinstance(value := found.get(key), str)}
