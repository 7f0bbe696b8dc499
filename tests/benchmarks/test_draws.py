"""Sweeps drawn at random: in the band, or next to the best point of a coarse grid."""

from collections import defaultdict

from benchmarks.accuracy import examined
from benchmarks.draws import CoarseDraws, best_lrs, judge_coarse_draws
from benchmarks.rows import CORPUS, load_rows
from lrdoctor.inference.tables import load_tables


def test_next_to_the_best_counts_beside_the_band() -> None:
    file = min(CORPUS.rglob("*.parquet"))
    rows = load_rows([file])
    first = [row for row in rows if row.sweep == rows[0].sweep]
    shipped = load_tables()
    cases = examined(first, "full")
    found = judge_coarse_draws(first, cases, defaultdict(lambda: shipped), best_lrs([file]), 5, 10)
    assert 0 < found.count <= 10
    assert found.suggested >= found.suggested_in_band
    assert found.best_run >= found.best_run_in_band
    assert found.suggested_in_band > 0
    assert len(found.line()) <= len(CoarseDraws.HEADER)
    assert found == judge_coarse_draws(first, cases, defaultdict(lambda: shipped), best_lrs([file]), 5, 10)
