"""How much each labelled run counts in a fit."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from benchmarks.baselines import usual_lr
from benchmarks.metrics import sweeps
from benchmarks.rows import Row
from lrdoctor.records.run import Floats

# The corpus's nets are small and its budgets short: sweeps of real, long trainings are fewer and count for more.
OUTSIDE = 4.0
# A family of two hundred like sweeps says no more of other trainings than one of so many.
MOST_SWEEPS = 8
# Its good LRs stand 0.5 to 1.3 decades above the customary ones; people's stand around them.  Decades.
CUSTOM_CENTRE, CUSTOM_SPREAD = 0.1, 0.7
LEAST, MOST = 0.45, 2.2
# Without the beginning custom is most of what is known, and the tables have to have it right.
LEAST_LATE, MOST_LATE = 0.25, 4.0


def weights(rows: Sequence[Row], outside: frozenset[str], *, late: bool = False) -> Floats:
    """One weight a row, shape (rows,): sweeps count the same, but for `outside` families and custom.

    The latter is importance weighting: the density of "band's middle over the customary LR" among the rows is turned
    into a normal one around custom, by at most a factor of MOST, or for `late` tables of MOST_LATE.
    """
    bounds = (LEAST_LATE, MOST_LATE) if late else (LEAST, MOST)
    size = {sweep: len(members) for sweep, members in sweeps(rows).items()}
    of_family = Counter(rows[members[0]].family for members in sweeps(rows).values())

    def each(row: Row) -> float:
        own = OUTSIDE * min(1.0, MOST_SWEEPS / of_family[row.family]) if row.family in outside else 1.0
        return own / size[row.sweep]

    base = np.array([each(row) for row in rows])
    middle = np.array([0.5 * np.log10(row.band_low * row.band_high) - np.log10(usual_lr(row)) for row in rows])
    firsts = [members[0] for members in sweeps(rows).values()]
    share = np.array([base[i] * size[rows[i].sweep] for i in firsts])
    width = 0.4
    distance = (middle[:, None] - middle[firsts][None, :]) / width
    density = np.exp(-0.5 * distance**2) @ share / share.sum() / width
    target = np.exp(-0.5 * ((middle - CUSTOM_CENTRE) / CUSTOM_SPREAD) ** 2) / CUSTOM_SPREAD
    return np.asarray(base * np.clip(target / density, *bounds))
