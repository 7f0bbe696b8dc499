"""Make the sweeps of the studies, one file each; what is there is not made again."""

import sys

import numpy as np

from benchmarks.replay_fit.tasks import HERE, NEW, Floats, Study, studies, sweep


def load(study: Study) -> tuple[Floats, Floats, float]:
    """LRs, final losses, untrained loss."""
    table = np.loadtxt(HERE / "truth" / f"{study.name}.csv", delimiter=",", skiprows=1)
    return table[:-1, 0], table[:-1, 1], float(table[-1, 1])


def made() -> list[Study]:
    """The studies that have a sweep whose optimum stands clear of its ends."""
    found = []
    for study in studies():
        if (HERE / "truth" / f"{study.name}.csv").exists():
            rates, final, untrained = load(study)
            best = int(np.nanargmin(final))
            if 0 < best < len(rates) - 1 and untrained - final[best] > 0.05 * abs(untrained):
                found.append(study)
    return found


def known() -> list[Study]:
    """Those that the figures may know of: all but the newest."""
    return [study for study in made() if study.batch != NEW]


def make() -> None:
    """Sweep what is missing."""
    (HERE / "truth").mkdir(exist_ok=True)
    for study in studies():
        path = HERE / "truth" / f"{study.name}.csv"
        if not path.exists():
            rates, final, untrained = sweep(study)
            rows = np.c_[np.r_[rates, 0.0], np.r_[final, untrained]]
            np.savetxt(path, rows, "%.6g", ",", header="lr,final validation loss (last row: untrained)")
            print(study.name, f"best {rates[int(np.nanargmin(final))]:.3g}", file=sys.stderr, flush=True)
