"""Made tables, hundreds at once: what is no training is not read as one, and what is one is not refused.

To see which are taken wrongly for other seeds: `python -m tests.reading.test_not_trainings 2 3 4`.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from lrdoctor.reading.load import Loaded, load
from tests.reading.made_tables.no_trainings import no_trainings
from tests.reading.made_tables.trainings import trainings

SEED = 1
NO_TRAININGS, TRAININGS = 300, 100
MAX_FALSE = 2  # of the tables that are no trainings: some errors by `k` fall as a loss does


def _each(folder: Path, made: Iterator[tuple[str, str, str]]) -> Iterator[tuple[str, str, Loaded]]:
    """Each table written to a folder of its own and read: its kind, its text, what came of it."""
    for number, (kind, name, text) in enumerate(made):
        path = folder / f"{number:03d}" / name
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
        yield kind, text, load([path])


def test_tables_of_results_are_no_trainings(tmp_path: Path) -> None:
    each = list(_each(tmp_path, no_trainings(SEED, NO_TRAININGS)))
    assert len([kind for kind, _, loaded in each if loaded.runs]) <= MAX_FALSE
    for _, _, loaded in each:
        assert all("\n" not in refused.reason for refused in loaded.unreadable)
    whole = load([tmp_path])
    assert len(whole.runs) <= MAX_FALSE


def test_tables_of_trainings_are_read(tmp_path: Path) -> None:
    refused = [
        (kind, loaded.unreadable, text[:200])
        for kind, text, loaded in _each(tmp_path, trainings(SEED, TRAININGS))
        if not loaded.runs
    ]
    assert refused == []


def main(seeds: list[int]) -> None:
    """What is taken wrongly, a line each."""
    for seed in seeds:
        with TemporaryDirectory() as folder:
            Path(folder, "no").mkdir()
            for kind, text, loaded in _each(Path(folder, "no"), no_trainings(seed, NO_TRAININGS)):
                if loaded.runs:
                    sys.stdout.write(f"{seed}: read: {kind}: {text[:120]!r}\n")
            Path(folder, "yes").mkdir()
            for kind, text, loaded in _each(Path(folder, "yes"), trainings(seed, 3 * TRAININGS)):
                if not loaded.runs:
                    sys.stdout.write(f"{seed}: refused: {kind}: {text[:120]!r}: {loaded.unreadable[0].reason}\n")


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or [SEED])
