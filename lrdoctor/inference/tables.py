"""Signs -> a distribution over the edges of the band of good learning rates, seen from this run's.

    log p(low, high | signs) = prior[low, high] + sum over signs (f_s(value)[low] + g_s(value)[high])

`low` and `high` are log10(band edge / this run's LR), in decades.  Each f_s and g_s is a small table
of rows, one a knot of the sign's value, read by linear interpolation, with one more row for "the log
does not show it".  Because the sum is in log-probability, what one sign contributes is exact.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from lrdoctor.display import size
from lrdoctor.errors import UsageError
from lrdoctor.inference.band import Joint, normalise
from lrdoctor.inference.compared_runs import PairTables
from lrdoctor.inference.regret import RegretShape
from lrdoctor.measurement.loss_curve import LossCurve
from lrdoctor.measurement.signs.sign import Signs
from lrdoctor.records.run import Floats

MAX_TABLES_BYTES = 1 << 26  # of a file of fitted tables; the shipped one has 200 kB
TABLES_FORMAT = 3
FLAT_REGRET = RegretShape(np.array([0.0, 2.0]), np.array([0.0, 1.0]), np.array([0.0, 1.0]))  # of tables without any


@dataclass(frozen=True, eq=False)
class Table:
    """One sign's contribution, read by linear interpolation.

    Args:
        knots: values of the sign, ascending, shape (k,).
        rows: log-factors at each knot, first of the low edge, then of the high edge, shape (k, 2 * cells).
        missing: log-factors where the log does not show the sign, shape (2 * cells,).
    """

    knots: Floats
    rows: Floats
    missing: Floats

    def __call__(self, value: float) -> Floats:
        """The log-factors for one value, shape (2 * cells,)."""
        if not np.isfinite(value):
            return self.missing
        position = float(np.interp(value, self.knots, np.arange(len(self.knots), dtype=float)))
        below = min(int(position), len(self.knots) - 2)
        weight = position - below
        return np.asarray((1 - weight) * self.rows[below] + weight * self.rows[below + 1])


@dataclass(frozen=True, eq=False)
class Custom:
    """What is customary, as a prior on where the edges lie in absolute terms, read through one sign.

    The sign's value is log10(this run's LR / a reference LR); an edge `d` decades from this run lies `d + value` from
    the reference.  `low` and `high` are log-factors of that position, at `knots`, shape (k,) each.  A run may lie any
    number of decades off and still learn where people's LRs are, which a table of the value alone could not say.
    """

    knots: Floats
    low: Floats
    high: Floats

    def __call__(self, value: float, middles: Floats) -> Floats:
        """The log-factors of all cells, shape (2 * cells,), given the cells' middles in decades, shape (cells,).

        Zero where the log does not show the sign.
        """
        if not np.isfinite(value):
            return np.zeros(2 * len(middles))
        at = middles + value
        return np.concatenate([np.interp(at, self.knots, self.low), np.interp(at, self.knots, self.high)])


@dataclass(frozen=True, eq=False)
class Tables:
    """The fitted posterior: everything `posterior.json` holds.

    Args:
        borders: of the cells of either edge, in decades, ascending, shape (cells + 1,); 0 is one of them.
        prior: log-probability of (low, high) before any sign, shape (cells, cells), -inf where high < low.
        signs: the additive tables by sign name.
        temperature: log-factors are divided by it; above 1 where the fit was too sure of unseen families.
        provenance: how, when and on what it was fitted.
        pairs: what comparing two runs says; None in tables that were fitted without it.
        customs: priors on the absolute LR by sign name; these signs are not among `signs`.
        late: the tables for logs without their beginning, of the same cells; None in tables that have none.
        regret: what standing outside the band costs.
        kinds: of training that the fit has seen; empty where that is not known.
    """

    borders: Floats
    prior: Joint
    signs: Mapping[str, Table]
    temperature: float
    provenance: Mapping[str, object]
    pairs: PairTables | None = None
    customs: Mapping[str, Custom] = field(default_factory=dict)
    late: "Tables | None" = None
    regret: RegretShape = FLAT_REGRET
    kinds: frozenset[str] = frozenset()

    def suited_to(self, curve: LossCurve | None) -> "Tables":
        """These tables, or those for a log without its beginning where `curve` is one."""
        return self if curve is None or curve.begins or self.late is None else self.late

    @property
    def cells(self) -> int:
        """How many cells either edge is divided into."""
        return len(self.borders) - 1

    @cached_property
    def middles(self) -> Floats:
        """The middle of every cell, in decades, shape (cells,)."""
        return np.asarray(0.5 * (self.borders[1:] + self.borders[:-1]))

    @cached_property
    def zero(self) -> int:
        """Index of the first cell above this run's LR."""
        return int(np.searchsorted(self.borders, -1e-9))

    def contributions(self, signs: Signs) -> dict[str, Floats]:
        """Each sign's log-factors by its name, shape (2 * cells,) each; an absent sign counts as NaN."""
        missing = float("nan")
        found = {name: table(signs.get(name, missing)) / self.temperature for name, table in self.signs.items()}
        for name, custom in self.customs.items():
            found[name] = custom(signs.get(name, missing), self.middles) / self.temperature
        return found

    def joint(self, factors: Floats) -> Joint:
        """Probabilities of (low, high), shape (cells, cells), from summed log-factors, shape (2 * cells,)."""
        return normalise(self.prior + factors[: self.cells, None] + factors[None, self.cells :])


@lru_cache(maxsize=16)
def _load(text: str) -> Tables:
    data = json.loads(text)
    if data.get("format") != TABLES_FORMAT:
        raise UsageError(
            f"fitted tables of format {data.get('format')!r}: this lrdoctor reads format {TABLES_FORMAT}; "
            "fit them again"
        )
    regret = RegretShape(*(np.array(data["regret"][key], float) for key in ("distance", "below", "above")))
    borders, provenance = np.array(data["borders"], float), data["provenance"]
    kinds = frozenset(str(kind) for kind in data.get("kinds", ()))
    whole = replace(_part(data, borders, provenance), pairs=_pairs(data), regret=regret, kinds=kinds)
    if "late" not in data:
        return whole
    return replace(whole, late=replace(_part(data["late"], borders, provenance), regret=regret, kinds=kinds))


def _part(data: Mapping[str, Any], borders: Floats, provenance: Mapping[str, object]) -> Tables:
    """The tables for logs with their beginning, or those for logs without."""
    prior = np.array([[-np.inf if v is None else v for v in row] for row in data["prior"]], dtype=np.float64)
    tables = {
        name: Table(np.array(t["knots"], float), np.array(t["rows"], float), np.array(t["missing"], float))
        for name, t in data["signs"].items()
    }
    return Tables(borders, prior, tables, float(data["temperature"]), provenance, None, _customs(data))


def _customs(data: Mapping[str, Any]) -> dict[str, Custom]:
    return {
        name: Custom(*(np.array(c[key], float) for key in ("knots", "low", "high")))
        for name, c in data["customs"].items()
    }


def _pairs(data: Mapping[str, Any]) -> PairTables | None:
    if "pairs" not in data:
        return None
    found = data["pairs"]
    log_p = {measure: np.array(rows, float) for measure, rows in found["log_p"].items()}
    below, above, borders = (np.array(found[key], float) for key in ("below", "above", "borders"))
    return PairTables(below, above, borders, log_p)


def load_tables(path: str | Path | None = None) -> Tables:
    """The shipped tables, or those of a JSON file as `python -m benchmarks ship` writes it.

    Raises:
        UsageError: the file cannot be read, is of another format, or holds tables that do not fit together.
    """
    if path is None:
        return _load(_shipped())
    try:
        tables = _load(_text(Path(path)))
        _check_consistent(tables)
    except OSError as error:
        raise UsageError(
            f"{path}: cannot read the fitted tables ({error.strerror}): give the path of a posterior.json"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        what = "a NUL in its path" if "\0" in str(path) else str(error) or type(error).__name__
        raise UsageError(f"{path}: not a file of fitted tables ({what}): give the path of a posterior.json") from error
    return tables


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(MAX_TABLES_BYTES + 1)  # `/dev/zero` has no end
    if len(data) > MAX_TABLES_BYTES:
        raise ValueError(f"it is larger than {size(MAX_TABLES_BYTES)}")
    return data.decode()


def _check_consistent(tables: Tables) -> None:
    """Try the tables on values that every log may have.

    Raises:
        ValueError: the tables do not fit together, or give no distribution; and whatever numpy raises of such.
    """
    if tables.late is not None:
        _check_consistent(tables.late)
    shape = tables.regret
    if not (len(shape.distance) == len(shape.below) == len(shape.above) > 1 and (np.diff(shape.distance) > 0).all()):
        raise ValueError("the distances of its regret do not fit together")
    if not all(np.isfinite(part).all() for part in (shape.distance, shape.below, shape.above)):
        raise ValueError("its regret holds numbers that are not finite")
    for name, table in tables.signs.items():
        sorted_ = np.isfinite(table.knots).all() and (np.diff(table.knots) > 0).all() and len(table.knots)
        if not sorted_ or table.rows.shape != (len(table.knots), 2 * tables.cells) or not np.isfinite(table.rows).all():
            raise ValueError(f"the knots and rows of {name} do not fit together")
    for name, custom in tables.customs.items():
        if not all(np.isfinite(part).all() for part in (custom.knots, custom.low, custom.high)):
            raise ValueError(f"the prior on {name} holds numbers that are not finite")
    if tables.pairs is not None and {tables.pairs.below.ndim, tables.pairs.above.ndim, tables.pairs.borders.ndim} != {
        1
    }:
        raise ValueError("the grids of its pairs are no lists of numbers")
    with np.errstate(all="ignore"):
        for value in (np.nan, 0.0):
            parts = tables.contributions(dict.fromkeys([*tables.signs, *tables.customs], value))
            joint = tables.joint(np.sum([np.zeros(2 * tables.cells), *parts.values()], axis=0))
            if joint.shape != (tables.cells, tables.cells) or not np.isfinite(joint).all() or not joint.any():
                raise ValueError("its numbers give no distribution")


@lru_cache(maxsize=1)
def _shipped() -> str:
    return files("lrdoctor.inference").joinpath("posterior.json").read_text(encoding="utf-8")
