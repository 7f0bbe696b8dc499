"""The published JSON Schema of the JSON report."""

import json
from pathlib import Path
from typing import Any


def load() -> dict[str, Any]:
    """The schema (draft 2020-12) of what `render(..., "json")` writes."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / "schema.json").read_text(encoding="utf-8"))
    return found
