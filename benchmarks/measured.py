"""The signs of labelled runs, measured once and kept under build/."""

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

import lrdoctor.measurement.signs
from benchmarks.rows import Row, as_run
from lrdoctor.measurement.case import examine
from lrdoctor.measurement.signs import BY_NAME
from lrdoctor.records.run import Floats

CACHE = Path("build/signs")


@lru_cache(maxsize=1)
def _stamp() -> str:
    """A digest of the code that measures: other code, other cache."""
    folder = Path(lrdoctor.measurement.signs.__file__).parent
    sources = [*sorted(folder.glob("*.py")), *sorted(folder.parent.glob("*.py"))]
    return hashlib.sha256(b"".join(p.read_bytes() for p in sources)).hexdigest()[:12]


BEGINS = "begins"  # beside the signs: 1 where the log holds the beginning, 0 where not, NaN without a curve


def measured(rows: Sequence[Row], variant: str) -> dict[str, Floats]:
    """Each sign's values, shape (rows,), NaN where a log cannot show it; and `BEGINS`."""
    found = {name: np.full(len(rows), np.nan) for name in (*BY_NAME, BEGINS)}
    of = np.array([row.family for row in rows])
    for family in np.unique(of):
        at = np.flatnonzero(of == family)
        for name, values in _of_family([rows[int(i)] for i in at], variant).items():
            found[name][at] = values
    return found


def _of_family(rows: Sequence[Row], variant: str) -> dict[str, Floats]:
    key = hashlib.sha256(json.dumps([[r.sweep, r.lr, len(r.step), r.kind] for r in rows]).encode()).hexdigest()[:12]
    file = CACHE / f"{_stamp()}-{key}-{variant.replace(', ', '+')}.npz"
    if file.exists():
        with np.load(file) as kept:
            return {name: kept[name] for name in kept.files}
    cases = [examine(as_run(row, variant)) for row in rows]
    found: dict[str, Floats] = {name: np.array([case.signs.get(name, np.nan) for case in cases]) for name in BY_NAME}
    found[BEGINS] = np.array([np.nan if case.curve is None else float(case.curve.begins) for case in cases])
    CACHE.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(file, **found)  # type: ignore[arg-type]  # the stub wants a bool for every keyword
    return found
