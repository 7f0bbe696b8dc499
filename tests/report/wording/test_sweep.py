"""What is said of sweeps and of what advice is worth."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from lrdoctor.records.diagnosis import Diagnosis, Worth
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.report.wording.sweep import (
    band_words,
    best_words,
    differs_words,
    reach_words,
    scales_words,
    steps_words,
    sweep_advice,
    sweep_name,
    sweep_sentences,
    sweep_title,
    worth_words,
)
from tests.report import sweep_examples as sx


@pytest.fixture
def usual(examples: Mapping[str, Diagnosis]) -> SweepDiagnosis:
    return sx.usual(examples["too-slow"], examples["well-tuned"], examples["too-high"])


@pytest.fixture
def beyond(examples: Mapping[str, Diagnosis]) -> SweepDiagnosis:
    return sx.beyond(examples["too-slow"], examples["hostile"])


def test_a_run_that_is_good_is_to_be_used(usual: SweepDiagnosis) -> None:
    assert sweep_name(usual) == "Adam, batch size 64: 3 runs, LR 1e-5 to 3"
    advice = sweep_advice(usual)
    assert advice.order == "Use LR 3e-4"
    assert advice.detail.startswith("run cosine/3e-4, 94 % likely to be good; the best LR is probably")
    assert best_words(usual) == "Best run: cosine/3e-4, validation loss 0.31 (LR 3e-4)."
    assert not usual.next_is_new


def test_a_new_lr_is_named_with_its_chance(beyond: SweepDiagnosis) -> None:
    advice = sweep_advice(beyond)
    assert advice.order == "Run LR 0.01 next"
    assert "not run yet; >99 % likely" in advice.detail or "100 % likely" in advice.detail
    assert beyond.next_is_new
    assert best_words(beyond).endswith("validation accuracy 0.6 (LR 1e-3).")


@pytest.mark.parametrize(
    ("reach", "words"),
    [
        ((0.01, 0.97, 0.02), "The best LR lies among the LRs that were run (97 %)."),
        ((0.02, 0.08, 0.9), "above the highest LR that was run (90 %): extend the sweep upwards."),
        ((0.7, 0.25, 0.05), "below the lowest LR that was run (70 %): extend the sweep downwards."),
        (
            (0.2, 0.6, 0.2),
            "It is not sure that the best LR lies among the LRs that were run: below it 20 %, inside 60 %",
        ),
    ],
)
def test_whether_the_grid_holds_the_optimum(
    usual: SweepDiagnosis, reach: tuple[float, float, float], words: str
) -> None:
    # The best run at the grid's edge, as it is where the optimum lies beyond it.
    edge = replace(usual, placed=usual.placed[:2] if reach[2] > reach[0] else usual.placed[1:])
    assert words in reach_words(replace(edge, reach=reach))


def test_results_and_curves_that_disagree_are_said_to(usual: SweepDiagnosis) -> None:
    said = reach_words(replace(usual, reach=(0.02, 0.08, 0.9)))
    assert said.startswith(
        "The best result lies among the LRs that were run, but the curves look as if still better LRs lay above"
    )


def test_a_better_result_of_a_run_that_broke_is_said(usual: SweepDiagnosis) -> None:
    low, mid, high = usual.placed
    broke = replace(usual, placed=(low, mid, replace(high, cost=0.2, diverged=True)))
    assert broke.best is mid
    assert best_words(broke).endswith("sgd_lr3 (LR 3) had reached more, 0.2, then diverged.")


def test_where_all_runs_diverged_none_is_the_best(usual: SweepDiagnosis) -> None:
    gone = replace(usual, placed=tuple(replace(one, diverged=True) for one in usual.placed))
    assert best_words(gone).startswith("All 3 runs diverged: none is good")


def test_runs_of_different_lengths_are_said_to_be(usual: SweepDiagnosis) -> None:
    assert steps_words(replace(usual, steps=1500.0)).endswith("what each had reached at step 1500.")
    assert steps_words(replace(usual, steps=1e9)) == ""


def test_different_optimizers_are_warned_of(usual: SweepDiagnosis) -> None:
    assert scales_words(usual) == ""
    mixed = replace(usual, differs=(("optimizer", ("Adam", "SGD")),))
    assert scales_words(mixed) == "Different optimizers (Adam, SGD) have different good LRs: one LR fits none."


def test_the_band_and_what_a_wrong_lr_costs(usual: SweepDiagnosis) -> None:
    # ((1.42 - 0.31) + 0 + (1.1 - 0.31)) / (3 * (2.3 - 0.31))
    assert usual.sensitivity == pytest.approx(0.318, abs=1e-3)
    assert band_words(usual) == (
        "Good LRs: about 7e-5 to 1.2e-3. On average a run gives away 32 % of what the best one gained."
    )


def test_what_else_differs_is_said_and_secrets_are_not(beyond: SweepDiagnosis) -> None:
    assert differs_words(()) == "As far as the logs say, nothing but the learning rate differs."
    assert differs_words((("seed", ("0", "1")),)) == "Beside the learning rate these differ: seed (0, 1)."
    said = differs_words(beyond.differs)
    assert "ada" not in said
    assert "one" not in said.split("api_key")[1]


def test_runs_that_could_not_be_placed_are_named(examples: Mapping[str, Diagnosis], usual: SweepDiagnosis) -> None:
    lost = replace(usual, diagnoses=(*usual.diagnoses, examples["no-lr"]))
    assert f"not compared: {examples['no-lr'].run.name}" in sweep_sentences(lost)[-1]
    nothing = sx.unplaced(examples["no-lr"], examples["nothing-read"])
    assert sweep_advice(nothing).order == "No LR can be named: the logs name none"
    assert nothing.best is None
    assert sweep_sentences(nothing)


def test_worth_names_the_series_and_both_intervals(examples: Mapping[str, Diagnosis]) -> None:
    d = examples["too-slow"]
    assert worth_words(replace(d, worth=None)) == "What the change is worth is too uncertain to say."
    assert worth_words(replace(d, worth=None, factor=1.0)) == ""
    assert worth_words(replace(d, worth=None, factor=None, interval_decades=None)) == ""
    full = replace(d, worth=Worth(True, 1.42, (0.11, 0.31, 0.8), (0.02, 0.08, 1.7)))
    assert worth_words(full) == (
        "Expect a validation loss of about 0.31 (80 %: 0.11 to 0.8; this run 1.42), "
        "and this run's training loss after 8 % of its steps (80 %: 2 % to all or more)."
    )
    dead = replace(d, worth=Worth(False, 1.42, (0.11, 0.31, 0.8)))
    assert worth_words(dead) == "Expect a training loss of about 0.31 (80 %: 0.11 to 0.8; this run 1.42)."


def test_a_title_tells_sweeps_apart_without_secrets(usual: SweepDiagnosis) -> None:
    assert sweep_title(replace(usual, apart=(("weight_decay", "0.1"),))) == "Adam, batch size 64, weight_decay 0.1"
    said = sweep_title(replace(usual, apart=(("data", "/home/ada/set"), ("api_key", "abc"))))
    assert "ada" not in said
    assert "abc" not in said


def test_one_run_that_could_be_placed_answers_alone(usual: SweepDiagnosis) -> None:
    advice = sweep_advice(replace(usual, placed=(), suggested_lr=2e-3))
    assert advice.order == "Use LR 2e-3 next"
    assert advice.detail.startswith("from one run alone")
    assert "NaN" not in advice.detail
