"""How the values of a column follow each other: drawn, shuffled, at one distance, or each a multiple of the last."""

import numpy as np

from lrdoctor.reading.parsing.table_columns import Column
from lrdoctor.records.run import Floats

DISORDER = 0.15  # of the rows rise, and as many fall: of a setting that is drawn, and not scheduled
MAX_FALLS = 0.1  # of the rows whose counter falls, in a table whose rows are in order of time


def known(column: Column) -> Floats:
    """The finite values that were written."""
    return column.value[column.present & np.isfinite(column.value)]


def is_drawn(column: Column) -> bool:
    """Whether values change back and forth, as those of a setting do from run to run."""
    steps = np.diff(known(column))
    return len(steps) > 2 and bool(min(np.mean(steps > 0), np.mean(steps < 0)) >= DISORDER)


def jumps(column: Column) -> bool:
    """Whether positive values mostly change by more than half: as an LR that is drawn does, and a schedule does not."""
    value = known(column)
    value = value[value > 0]
    return len(value) > 2 and bool(np.median(np.abs(np.diff(np.log(value)))) > np.log(1.5))


def is_shuffled(column: Column) -> bool:
    """Whether a counter goes up and down: its rows are in no order of time."""
    value = known(column)
    falls, rises = int(np.sum(np.diff(value) < 0)), int(np.sum(np.diff(value) > 0))
    return min(falls, rises) > max(1, MAX_FALLS * len(value)) and len(np.unique(value)) > 2


def is_scale(column: Column) -> bool:
    """Whether values go one way at one distance, or in whole numbers: a measure does not."""
    value = known(column)
    steps = np.diff(value)
    if not len(steps) or not ((steps > 0).all() or (steps < 0).all()):
        return False
    return bool((value == np.floor(value)).all() or np.allclose(steps, steps[0], rtol=1e-3, atol=0))


def is_geometric(value: Floats, factor: float) -> bool:
    """Whether each value is so many times the one above, three or more times."""
    value = value[value > 0]
    return len(value) > 3 and bool((value[1:] >= factor * value[:-1]).all())


def is_evenly_counted(value: Floats) -> bool:
    """Whether whole numbers follow each other at one distance, but for a last one."""
    steps = np.diff(value)
    return len(steps) > 1 and bool((value == np.floor(value)).all() and (steps[:-1] == steps[0]).all() and steps[0] > 0)
