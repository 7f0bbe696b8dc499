"""W&B history rows as JSON: one object a line, or an array of objects.

`NaN` and `Infinity` may stand bare, as Python writes them, or as strings, as W&B's server sends them.
"""

import json
import re
from collections.abc import Collection
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.wandb.columns import Rows
from lrdoctor.reading.parsing.head import Head, look
from lrdoctor.reading.parsing.json_lines import JsonLines
from lrdoctor.records.run import Note


def is_json(head: Head) -> bool:
    """Whether the text begins as a JSON object or array."""
    return head.text.lstrip()[:1] in {"{", "["}


def is_array(head: Head) -> bool:
    """Whether all rows stand in one array, which is parsed in one piece."""
    return head.text.lstrip().startswith("[")


def first_keys(head: Head, known: Collection[str]) -> frozenset[str]:
    """The keys of the first object that have a scalar; of an object longer than the head, those of the `known`."""
    text = head.text
    try:
        row, _ = json.JSONDecoder().raw_decode(text, text.index("{"))
    except (ValueError, RecursionError):
        return frozenset(name for name in known if re.search(rf'"{name}"\s*:\s*[^\s\[{{]', text))
    return frozenset(key for key, value in row.items() if not isinstance(value, dict | list))


def add_json(path: Path, rows: Rows) -> list[Note]:
    """Add every row of a file; what is no row is left out, and said so; raises `UnreadableError`."""
    if not is_array(look(path)):
        lines = JsonLines(path)
        for row in lines:
            _add(row, rows)
        return lines.notes
    bad = sum(not _add(row, rows) for row in _array(path))
    return [Note("skipped", f"{bad:,} entries that are no JSON objects were left out")] if bad else []


def _array(path: Path) -> list[object]:
    try:
        return list(json.loads(path.read_bytes().decode("utf-8-sig", errors="replace")))
    except (ValueError, RecursionError) as error:
        raise UnreadableError("a W&B history in broken JSON: save it again, as JSON lines (one row a line)") from error


def _add(row: object, rows: Rows) -> bool:
    if not isinstance(row, dict):
        return False
    for key, value in row.items():
        rows.add(key, value)
    rows.end()
    return True
