"""The benchmarks of this room: rates of findings, drawn sweeps, the worth of advice."""

import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks import finding_rates, worth
from benchmarks.accuracy import examined
from benchmarks.draws import best_of, drawn, in_band, judge_draws
from benchmarks.metrics import WORDS
from benchmarks.rows import CORPUS, Row, load_rows
from lrdoctor.inference.sweep import member_of
from lrdoctor.inference.tables import load_tables
from lrdoctor.measurement.loss_curve import LossCurve, loss_curve
from lrdoctor.records.run import Series


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return load_rows([CORPUS / "mlp" / "digits-wide-AdamW-linear-b64-s1020.parquet"])


def test_draws_are_the_same_every_time_and_hold_a_run_near_the_band(rows: list[Row]) -> None:
    first, again = list(drawn(rows, 3, 10)), list(drawn(rows, 3, 10))
    assert first == again
    assert first
    for made in first:
        assert len(set(made)) == 3
        assert [rows[i].lr for i in made] == sorted(rows[i].lr for i in made)
        assert min(max(rows[i].low, -rows[i].high, 0.0) for i in made) <= 1


def test_the_band_of_a_draw_is_its_sweeps(rows: list[Row]) -> None:
    middle = 0.5 * (math.log10(rows[0].band_low) + math.log10(rows[0].band_high))
    assert in_band(rows, [0, 1], middle)
    assert not in_band(rows, [0, 1], math.log10(rows[0].band_high) + 0.5)
    assert not in_band(rows, [0, 1], math.log10(rows[0].band_low) - 0.5)


def test_a_sweep_of_many_runs_is_answered_and_the_best_run_is_the_best(rows: list[Row]) -> None:
    cases, tables = examined(rows, "full"), load_tables()
    found = judge_draws(rows, cases, {rows[0].family: tables}, 10, each=5)
    assert found.count > 0
    assert 0.5 <= found.suggested <= 1
    members = [m for m in (member_of(case, tables) for case in cases) if m is not None]
    assert math.log10(rows[0].band_low) - 0.2 <= best_of(members) <= math.log10(rows[0].band_high) + 0.2


def test_rates_are_shares_by_verdict(rows: list[Row]) -> None:
    cases = examined(rows, "full")
    found = finding_rates.rates(rows, cases)
    assert set(found["still-falling"]) == set(WORDS)
    slow = [i for i, row in enumerate(rows) if row.verdict == "too-slow"]
    made = finding_rates.made(cases)["still-falling"]
    assert found["still-falling"]["too-slow"] == pytest.approx(float(np.mean(made[slow])))
    lines = finding_rates.table(rows, found)
    assert any(line.startswith("still-falling") for line in lines)


def test_a_finding_on_too_many_good_runs_is_called_out(rows: list[Row]) -> None:
    found = {"spikes": dict.fromkeys(WORDS, 0.2)}
    (line,) = [line for line in finding_rates.table(rows, found) if line.startswith("spikes")]
    assert "FIRES ON TOO MANY GOOD RUNS" in line


def test_what_came_of_the_advice_is_measured_against_the_run(rows: list[Row]) -> None:
    cases = examined(rows, "full")
    best = min(range(len(rows)), key=lambda i: abs(rows[i].low + rows[i].high))
    worst = 0
    came = worth.outcomes(cases[worst], cases[best])
    assert came["loss"] < 0
    assert worth.outcomes(cases[best], cases[best])["loss"] == pytest.approx(0.0)


def curve(losses: np.ndarray) -> LossCurve:
    made = loss_curve(Series(np.arange(len(losses), dtype=float), losses))
    assert made is not None
    return made


def made_up(n: int = 400) -> worth.Pairs:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, n)
    target = 0.5 * x + 0.1 * rng.normal(size=n)
    family = np.array([f"f{k % 4}" for k in range(n)])
    return worth.Pairs("loss", {"x": x, "reached": np.zeros(n)}, target, np.ones(n), family, family)


def test_quantiles_of_a_known_law_are_found_and_hold() -> None:
    pairs = made_up()
    quantiles, widened = worth.unseen(pairs)
    held = np.mean(worth.missed(quantiles, pairs.target) <= widened)
    assert 0.7 <= held <= 1.0
    assert float(np.median(np.abs(quantiles[:, 1] - 0.5 * pairs.features["x"]))) < 0.05
    assert "0." in worth.check(pairs, quantiles, widened, np.ones(len(pairs.target), dtype=bool))


def test_widening_makes_the_interval_hold_its_share() -> None:
    outside = np.linspace(-1, 1, 101)
    assert worth.widening(outside, np.ones(101), 10**9) == pytest.approx(0.6, abs=0.03)
    # Of few families the next may well be unlike them.
    assert worth.widening(outside, np.ones(101), 5) == pytest.approx(0.92, abs=0.03)
    assert worth.widening(outside, np.ones(101), 2) == 1.0


def test_what_is_written_is_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lrdoctor.inference.outlook import parse_worth

    tables = worth.fit(made_up(100))
    monkeypatch.setattr(worth, "FILE", tmp_path / "worth.json")
    worth.write({"loss": tables, "steps": tables}, {"made": "up"})
    read = parse_worth((tmp_path / "worth.json").read_text())["loss"]
    assert read.quantiles({"x": 0.3}) == pytest.approx(tables.quantiles({"x": 0.3}), abs=1e-3)


def test_steps_to_a_loss_are_those_at_which_the_curve_is_there() -> None:
    steps = np.arange(1000)
    made = curve(2.0 - 1.5 * steps / 1000)
    assert worth.steps_to(made, 1.25) == pytest.approx(500, rel=0.1)
    assert worth.steps_to(made, 0.1) is None
    assert worth.steps_to(made, 3.0) == pytest.approx(0.5)
