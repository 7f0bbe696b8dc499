"""The CSV that W&B's "Export" menu writes for a chart: one x column, then `<run> - <metric>` for every run shown.

Each such column has siblings `...__MIN` and `...__MAX`, except in older or cleaned-up files.  They equal the value
unless it stands for several: a bucket of steps, or a group of runs.  Where x is not `Step`, W&B adds `<run> - _step`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.formats.wandb.chart_header import BOUNDS, PHASE, Plot, axis_index, plots
from lrdoctor.reading.formats.wandb.privacy import impersonal_name
from lrdoctor.reading.parsing.cell_number import cell_value
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.restarts import Attempt, join_attempts
from lrdoctor.reading.parsing.table_columns import Table, read_table
from lrdoctor.reading.parsing.table_layout import sniff
from lrdoctor.records.run import Floats, Note, Run, Series, Source, Traits

NAME = "wandb-chart"
# Charts hold at most so many points a run: sampled in the browser, by the server, and in buckets.
SAMPLE_CAPS = (500, 1000, 1500)
MIN_POINTS = 300  # below it a run fits into any chart, and uneven steps are the run's own
MAX_UNEVEN = 0.02  # share of the gaps between steps that may differ from the usual one
EQUAL = 1e-9  # relative: __MIN and __MAX are printed with all digits
MILLISECONDS = 1e11  # Unix times above are in milliseconds: 1e11 s is the year 5138

_SECONDS = re.compile(r"relative time|wall ?time|_runtime|_timestamp", re.IGNORECASE)
_WALL = re.compile(r"wall ?time|_timestamp", re.IGNORECASE)
_AXIS = re.compile(
    r"(.*[/_ ])?(step|steps|epoch|epochs|iter|iters|iteration|iterations|tokens|samples)$", re.IGNORECASE
)


def recognise(head: Head) -> str | None:
    """By a header whose columns, but for the first, are named `<run> - <metric>`."""
    layout = sniff(head)
    if layout is None or len(layout.header) < 2:
        return None
    at = axis_index(layout.header)
    named = plots(layout.header)
    rest = [name for name in layout.header[at + 1 :] if name and not name.endswith(BOUNDS)]
    if not named or all(PHASE.fullmatch(plot.run) for plot in named):  # `train - loss` is a metric without a run
        return None
    if any(plot.bounds for plot in named):
        return "columns named `<run> - <metric>` with __MIN and __MAX"
    axis = layout.header[at]
    is_axis = _AXIS.fullmatch(axis) or _SECONDS.search(axis)
    if len(named) == len(rest) and is_axis and layout.rows and _is_number(layout.rows[0][at]):
        return "columns named `<run> - <metric>`"
    return None


def read(source: Source) -> list[Run]:
    """One run for every run in the chart, each with its own points only; raises `UnreadableError`."""
    table = read_table(source.files[-1])
    header = table.layout.header
    at = axis_index(header)
    x = table.columns[at]
    if not x.is_numeric:
        raise UnreadableError(
            f"a W&B chart whose x axis {header[at]!r} holds no numbers: export it with Step on the x axis"
        )
    torn = [Note("torn-tail", "the last line ends inside a row")] if table.torn else []
    runs = [_run(name, mine, table, at, source, torn) for name, mine in _by_run(plots(header)).items()]
    runs = [run for run in runs if run.series]
    if not runs:
        raise UnreadableError("a W&B chart without a single point: export it again with some runs shown")
    return runs


def _by_run(named: Sequence[Plot]) -> dict[str, list[Plot]]:
    """The columns of each run; a metric met again is another run of the same name, called `name (2)`."""
    runs: dict[str, list[Plot]] = {}
    met: Counter[tuple[str, str]] = Counter()
    for plot in named:
        run = impersonal_name(plot.run)
        met[run, plot.metric] += 1
        count = met[run, plot.metric]
        runs.setdefault(run if count == 1 else f"{run} ({count})", []).append(plot)
    return runs


def _run(name: str, mine: Sequence[Plot], table: Table, at: int, source: Source, notes: Sequence[Note]) -> Run:
    columns = {plot.metric: table.columns[plot.column] for plot in mine}
    x, axis = table.columns[at], table.layout.header[at]
    clock = columns.get("_timestamp")
    # Many points at one x, such as all those of an epoch: `_step` tells them apart.
    shown = np.logical_or.reduce([column.present for column in columns.values()])
    if "_step" in columns and len(np.unique(x.value[shown])) < shown.sum() / 2:
        x, axis = columns["_step"], "_step"
    series: dict[str, Series] = {}
    for metric, column in columns.items():
        rows = np.flatnonzero(column.present & x.present & np.isfinite(x.value))
        if metric.startswith("_") or not len(rows):
            continue
        step = x.value[rows]
        wall_time = None
        if _WALL.search(axis):
            wall_time = np.where(step > MILLISECONDS, step / 1000, step)
            step = wall_time - wall_time.min()
        elif clock is not None and clock.present[rows].all():
            wall_time = clock.value[rows]
        series[metric] = Series(step, column.value[rows], wall_time)
    ordered, found = join_attempts([Attempt(series)])
    found += [*_sampled(ordered, axis), *_aggregated(mine, table)]
    return Run(name, ordered, source, step_axis=_axis_name(axis), notes=(*notes, *found))


def _sampled(series: Mapping[str, Series], axis: str) -> Iterator[Note]:
    for metric, points in series.items():
        if _is_sample(points.step, counts=not _SECONDS.search(axis)):
            message = (
                f"the chart holds a sample of {metric}: {len(points):,} points on an uneven or capped grid of steps"
            )
            yield Note("sampled", message, metric)


def _is_sample(step: Floats, *, counts: bool) -> bool:
    """Whether these are some of the run's points only; `counts` where the x axis counts steps."""
    gaps = np.diff(step)
    if len(step) < MIN_POINTS or not (gaps > 0).any():
        return False
    usual = float(np.median(gaps[gaps > 0]))
    uneven = float((np.abs(gaps - usual) > 0.01 * usual).mean())
    complete = counts and uneven == 0 and usual == 1
    return (counts and uneven > MAX_UNEVEN) or (len(step) in SAMPLE_CAPS and not complete)


def _aggregated(mine: Sequence[Plot], table: Table) -> Iterator[Note]:
    for plot in mine:
        if plot.bounds is None or plot.metric.startswith("_"):
            continue
        low, high = (table.columns[i] for i in plot.bounds)
        both = low.present & high.present
        wide = ~np.isclose(low.value[both], high.value[both], rtol=EQUAL, atol=0, equal_nan=True)
        if wide.any():
            share = f"{wide.sum():,} of {both.sum():,} points of {plot.metric}"
            message = f"{share} stand for a bucket of steps or a group of runs: their __MIN and __MAX differ"
            yield Note("aggregated", message, plot.metric)


def _axis_name(axis: str) -> str:
    if axis == "Step":  # W&B's own axis counts calls of `run.log`
        return "_step"
    return "seconds" if _SECONDS.search(axis) else axis


def _is_number(cell: str) -> bool:
    try:
        return cell_value(cell) is not None
    except ValueError:
        return False


READER = Reader(NAME, "W&B chart exported as CSV", recognise, read, traits=Traits(names_runs=True))
