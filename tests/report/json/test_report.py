"""The report for machines."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.report import Report
from lrdoctor.redaction import settings
from lrdoctor.report.json import report as json_report
from lrdoctor.report.json import values as json_values
from tests.report import examples as ex


def forbid(word: str) -> None:
    raise AssertionError(f"bare {word} is not JSON")


def parsed(report: Report) -> Any:
    return json.loads(json_report.render(report), parse_constant=forbid)


def test_it_is_valid_json_without_bare_nan(full: Report) -> None:
    data = parsed(full)
    assert data["schema_version"] == 2
    assert len(data["runs"]) == len(full.diagnoses)
    assert len(data["unreadable"]) == 2


def test_the_summary_counts_verdicts_and_unreadable_paths(full: Report) -> None:
    assert parsed(full)["summary"] == {
        "too-slow": 2,
        "well-tuned": 2,
        "too-high": 1,
        "divergent": 1,
        "inconclusive": 2,
        "unreadable": 2,
    }


def test_a_run_says_what_the_api_says(example: Diagnosis) -> None:
    (run,) = parsed(Report((example,)))["runs"]
    assert run["verdict"] == example.verdict.value
    assert run["factor"] == pytest.approx(example.factor)
    assert run["probabilities"] == pytest.approx({v.value: p for v, p in example.probabilities.items()})
    if example.lr is None:
        assert (run["lr"], run["suggested_lr"], run["interval"]) == (None, None, None)
    else:
        assert example.suggested_lr is not None
        assert run["suggested_lr"] == pytest.approx(example.suggested_lr)
        assert run["interval"] == pytest.approx(example.interval)
    assert [f["code"] for f in run["findings"]] == [f.code for f in example.findings] or example.run.name.startswith(
        "<"
    )
    assert len(run["series"]) == len(example.run.series)
    assert {len(values) for values in run["belief"].values()} == {len(example.belief.decades)}


def test_non_finite_numbers_are_strings_and_series_count_them() -> None:
    (run,) = parsed(Report((ex.divergent(),)))["runs"]
    assert run["findings"][0]["value"] == "inf"
    assert run["evidence"][0]["value"] == "nan"
    assert run["hparams"]["note"] == "nan"
    loss = next(s for s in run["series"] if s["tag"] == "train_loss")
    assert (loss["points"], loss["finite"], loss["last"]) == (400, 300, "nan")
    assert loss["lowest"] < loss["highest"] < math.inf


def test_a_run_is_not_much_larger_than_its_belief() -> None:
    assert len(json_report.render(Report((ex.well_tuned(),)))) < 20_000


def test_paths_stay_as_they_were_given() -> None:
    (run,) = parsed(Report((ex.too_slow(),)))["runs"]
    assert run["source"]["files"] == ["logs/adam_lr1e-5/metrics.csv"]


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(categories=None, codec=None))


@given(st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12))
def test_whatever_is_laid_out_reads_back(value: Any) -> None:
    text = json_values.dumps(value)
    text.encode("utf-8")
    back = json.loads(text, parse_constant=forbid)
    assert json_values.dumps(back) == text


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("hub_token", "hf_abc", "(not shown)"),
        ("wandb/api_key", "abc", "(not shown)"),
        ("user_name", "ada", "(not shown)"),
        ("max_tokens", 512, 512),
        ("tokenizer", "gpt2", "gpt2"),
        ("output_dir", "/home/ada/runs/1", "~/runs/1"),
        ("notes", "ask ada@example.org", "ask (not shown)"),
        ("token", None, None),
        ("lr", 0.1, 0.1),
    ],
)
def test_settings_that_are_nobodys_business_are_hidden(name: str, value: Any, shown: Any) -> None:
    assert settings({name: value}) == {name: shown}
