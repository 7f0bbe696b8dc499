"""What `import lrdoctor` gives: names, what may be handed to what, and answers that travel between processes."""

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrdoctor
from lrdoctor.records.run import HParam, Series
from tests.runs import a_run, falling, run_of


def three_runs() -> list[lrdoctor.Run]:
    """Runs that differ in LR alone."""
    return [a_run(falling(200, floor=0.3 + 0.1 * k), lr=10.0**-k, name=f"lr{k}") for k in (2, 3, 4)]


@pytest.mark.parametrize("name", lrdoctor.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(lrdoctor, name) is not None


@pytest.mark.parametrize("format_", ["text", "json", "html"])
def test_whatever_is_an_answer_can_be_rendered(format_: str) -> None:
    sweep = lrdoctor.diagnose_sweep(three_runs())
    single = sweep.diagnoses[0]
    whole = lrdoctor.render(lrdoctor.Report(sweep.diagnoses, sweeps=(sweep,)), format_)
    assert lrdoctor.render(sweep, format_) == whole
    assert lrdoctor.render([sweep], format_) == whole
    assert lrdoctor.render(lrdoctor.Report(sweeps=(sweep,)), format_) == whole
    assert lrdoctor.render([*sweep.diagnoses, sweep], format_) == whole
    assert lrdoctor.render(single, format_) == lrdoctor.render([single], format_) != whole


RUN = a_run(falling(100))


@pytest.mark.parametrize(
    ("call", "given", "says"),
    [
        (lrdoctor.diagnose, "runs/a", "lrdoctor.read('runs/a')"),
        (lrdoctor.diagnose, Path("runs/a"), "lrdoctor.read('runs/a')"),
        (lrdoctor.diagnose, [RUN], "diagnose_sweep(runs)"),
        (lrdoctor.diagnose, None, "not a NoneType"),
        (lrdoctor.diagnose_sweep, "runs/a", "lrdoctor.read('runs/a')"),
        (lrdoctor.diagnose_sweep, RUN, "lrdoctor.diagnose(run)"),
        (lrdoctor.diagnose_sweep, ["a.csv"], "lrdoctor.read('a.csv')"),
        (lrdoctor.diagnose_sweep, [], "at least one run"),
        (lrdoctor.render, RUN, "diagnose it first"),
        (lrdoctor.render, [RUN], "diagnose it first"),
        (lrdoctor.render, "runs/a", "not a str"),
        (lrdoctor.render, None, "not a NoneType"),
        (lrdoctor.read, None, "not a NoneType"),
        (lrdoctor.read, [], "not nothing"),
        (lrdoctor.read, [RUN], "not a Run"),
    ],
)
def test_what_is_no_run_is_answered_in_one_line(call: Any, given: Any, says: str) -> None:
    with pytest.raises(lrdoctor.UsageError) as raised:
        call(given)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


def test_several_paths_are_read_at_once(tmp_path: Path) -> None:
    for name, drop in (("a", 1.0), ("b", 2.0)):
        rows = "".join(f"{k},{5 - drop * k / 40}\n" for k in range(40))
        (tmp_path / f"{name}.csv").write_text(f"step,train_loss\n{rows}")
    runs = lrdoctor.read([tmp_path / "a.csv", str(tmp_path / "b.csv")])
    assert [run.name for run in runs] == ["a", "b"]


def test_a_sweep_is_judged_on_the_series_that_are_named() -> None:
    def two_losses(lr: float) -> lrdoctor.Run:
        settings: dict[str, HParam] = {"lr": 9.0, "optimizer": "adam"}
        step = np.arange(100.0)
        series = {tag: Series(step, falling(100, floor=floor)) for tag, floor in (("loss", 0.3), ("mine", 0.5))}
        return run_of({**series, "theirs": Series(step, np.full(100, lr))}, settings, f"{lr}/log.csv")

    runs = [two_losses(lr) for lr in (1e-3, 1e-2)]
    named = lrdoctor.diagnose_sweep(runs, loss="mine", lr="theirs")
    assert [d.roles.loss for d in named.diagnoses] == ["mine", "mine"]
    assert [d.lr for d in named.diagnoses] == pytest.approx([1e-3, 1e-2])
    with pytest.raises(lrdoctor.UsageError):
        lrdoctor.diagnose_sweep(runs, val="nothing")


def through_pickle(value: Any) -> Any:
    """A value sent to another process and back."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - what was pickled here


@pytest.mark.parametrize("copied", [through_pickle, copy.deepcopy, copy.copy])
def test_runs_and_answers_are_copied_whole(copied: Any) -> None:
    runs = three_runs()
    sweep = lrdoctor.diagnose_sweep(runs)
    again = copied(runs[0])
    assert again.series.keys() == runs[0].series.keys()
    np.testing.assert_array_equal(again.series["train_loss"].value, runs[0].series["train_loss"].value)
    assert again.hparams == runs[0].hparams
    with pytest.raises(ValueError, match="read-only"):
        again.series["train_loss"].value[0] = 1.0
    with pytest.raises(TypeError):
        again.hparams["lr"] = 2.0
    for answer in (lrdoctor.diagnose(runs[0]), sweep, lrdoctor.Report(sweep.diagnoses, sweeps=(sweep,))):
        assert lrdoctor.render(copied(answer), "json") == lrdoctor.render(answer, "json")
