"""Losses in any unit: the answer is the same, or one line says that the unit is beyond what is analysed."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdoctor import pipeline
from lrdoctor.cli.main import main
from lrdoctor.records.diagnosis import Diagnosis, Verdict
from lrdoctor.records.run import Floats, Run, Series, Source

pytestmark = pytest.mark.attack

STEP = np.arange(200.0)
NOISE = np.random.default_rng(0).normal(size=200)
CURVES: dict[str, Floats] = {
    "falls": 2 / (1 + STEP / 20) + 0.02 * NOISE + 0.3,
    "falls to nothing": 2 * np.exp(-STEP / 5),
    "stays": 2 + 0.01 * NOISE,
    "rises": 2.3 + np.exp((STEP - 100) / 20),
    "changes its sign": 1 - STEP / 100 + 0.02 * NOISE,
    "ends at zero": np.maximum(2 - STEP / 50, 0),
    "ends with NaN": np.where(STEP > 150, np.nan, 2 / (1 + STEP / 20)),
    "has a spike": np.where(STEP == 100, 1e9, 2 / (1 + STEP / 20)),
}


def answer(loss: Floats, val: Floats) -> Diagnosis:
    series = {"train_loss": Series(STEP, loss), "val_loss": Series(STEP, val), "lr": Series(STEP, np.full(200, 1e-3))}
    return pipeline.diagnose(Run("x", series, Source(Path("x.csv"), (Path("x.csv"),), "table", "by hand")))


@pytest.mark.parametrize("curve", CURVES)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(power=st.integers(-322, 307))
def test_the_unit_of_the_loss_does_not_move_the_answer(curve: str, power: int) -> None:
    loss = CURVES[curve]
    usual = answer(loss, 1.1 * loss)
    with np.errstate(all="ignore"):
        scaled = loss * 10.0**power
        found = answer(scaled, 1.1 * scaled)
        answer(loss, scaled)
        answer(scaled, loss)
    if -90 <= power <= 90:
        assert found.verdict is usual.verdict
        assert found.probabilities == pytest.approx(usual.probabilities, abs=0.01)
    elif abs(power) > 102 and found.verdict is not Verdict.DIVERGENT:
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "are analysed" in found.reason


@settings(max_examples=60, deadline=None, derandomize=True)
@given(first=st.integers(-320, 308), last=st.integers(-320, 308), sign=st.sampled_from(["+", "-", "+-"]))
def test_losses_over_hundreds_of_decades(first: int, last: int, sign: str) -> None:
    size: Floats = 10.0 ** np.linspace(first, last, 200)
    signs: dict[str, Floats] = {"+": np.ones(200), "-": -np.ones(200), "+-": (-1.0) ** STEP}
    loss = size * signs[sign]
    with np.errstate(all="ignore"):
        assert sum(answer(loss, loss).probabilities.values()) == pytest.approx(1)


def as_csv(rows: list[tuple[str, str]]) -> str:
    return "step,train_loss,lr\n" + "".join(f"{step},{loss},0.001\n" for step, loss in rows)


def as_json_lines(rows: list[tuple[str, str]]) -> str:
    return "".join(f'{{"step": {step}, "loss": {loss}}}\n' for step, loss in rows)


def as_trainer_state(rows: list[tuple[str, str]]) -> str:
    entries = ",".join(f'{{"step": {step}, "epoch": 1.0, "loss": {loss}}}' for step, loss in rows)
    return f'{{"global_step": {"9" * 400}, "max_steps": 5, "log_history": [{entries}]}}'


@pytest.mark.parametrize("odd", ["9" * 400, "9" * 6000, "-" + "9" * 400, "1e999", "1e-999", "4.9e-324"])
@pytest.mark.parametrize("where", ["all losses", "some losses", "a step"])
@pytest.mark.parametrize(
    ("name", "write"), [("m.csv", as_csv), ("m.jsonl", as_json_lines), ("trainer_state.json", as_trainer_state)]
)
def test_numbers_beyond_any_float_are_read_or_refused(
    name: str,
    write: Callable[[list[tuple[str, str]]], str],
    where: str,
    odd: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [(str(i), str(2 / (1 + i / 20))) for i in range(60)]
    for i in {"all losses": range(60), "some losses": range(9, 60, 10), "a step": [30]}[where]:
        rows[i] = (odd, rows[i][1]) if where == "a step" else (rows[i][0], odd)
    path = tmp_path / name
    path.write_text(write(rows))
    code = main(["diagnose", str(path), "--format", "json", "-q"])
    said = capsys.readouterr()
    assert code in {0, 2}
    assert "internal error" not in said.out + said.err
    json.loads(said.out)
