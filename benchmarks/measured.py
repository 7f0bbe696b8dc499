"""The signs of labelled runs, measured once and kept under build/."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import lrdoctor.measurement.signs
from benchmarks.rows import Row, as_run
from lrdoctor.measurement.case import examine
from lrdoctor.records.run import Floats

CACHE = Path("build/signs")


def _stamp() -> str:
    """A digest of the code that measures: other code, other cache."""
    folder = Path(lrdoctor.measurement.signs.__file__).parent
    sources = [*sorted(folder.glob("*.py")), folder.parent / "numerics.py", folder.parent / "loss_curve.py"]
    return hashlib.sha256(b"".join(p.read_bytes() for p in sources)).hexdigest()[:12]


def measured(rows: Sequence[Row], variant: str) -> dict[str, Floats]:
    """Each sign's values, shape (rows,), NaN where a log cannot show it."""
    key = hashlib.sha256(json.dumps([[r.sweep, r.lr, len(r.step)] for r in rows]).encode()).hexdigest()[:12]
    file = CACHE / f"{_stamp()}-{key}-{variant}.npz"
    if file.exists():
        with np.load(file) as kept:
            return {name: kept[name] for name in kept.files}
    table = [examine(as_run(row, variant)).signs for row in rows]
    found = {s.name: np.array([t.get(s.name, np.nan) for t in table]) for s in lrdoctor.measurement.signs.SIGNS}
    CACHE.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(file, **found)  # type: ignore[arg-type]  # the stub wants a bool for every keyword
    return found
