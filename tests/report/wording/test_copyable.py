"""Lines to copy: right where they are pasted."""

import ast
import math
from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.report.wording.copyable import copyable, literal
from tests.report import examples as ex


def test_the_logs_own_name_comes_first() -> None:
    assert copyable(ex.too_slow()) == (
        ("this log's setting", "lr: 0.0001"),
        ("PyTorch", "torch.optim.Adam(model.parameters(), lr=0.0001)"),
        ("Lightning", "torch.optim.Adam(self.parameters(), lr=0.0001)  # in configure_optimizers"),
        ("Hugging Face", "TrainingArguments(..., learning_rate=0.0001)"),
        ("Keras", "keras.optimizers.Adam(learning_rate=0.0001)"),
    )


def test_a_nested_setting_a_series_and_an_optimizer_that_is_not_known() -> None:
    d = ex.too_slow()
    nested = replace(d, run=replace(d.run, hparams={"optimizer/lr": 1e-5, "optimizer/name": "SGD", "momentum": 0.9}))
    lines = dict(copyable(nested))
    assert lines["this log's setting"] == "optimizer.lr: 0.0001"
    assert lines["PyTorch"] == "torch.optim.SGD(model.parameters(), lr=0.0001, momentum=0.9)"
    bare = replace(d, run=replace(d.run, hparams={}))
    assert copyable(bare)[0] == ("this log's setting", "lr: 0.0001"), "as its series is called"
    assert dict(copyable(bare))["PyTorch"] == "optimizer(model.parameters(), lr=0.0001)"


def test_nothing_to_copy_where_nothing_changes() -> None:
    assert copyable(ex.well_tuned()) == ()
    assert copyable(ex.no_lr()) == ()


@given(st.floats(1e-12, 1e9), st.sampled_from([2, 3]))
def test_a_number_is_one_in_yaml_and_python(value: float, digits: int) -> None:
    text = literal(value, digits)
    for read in (yaml.safe_load(text), ast.literal_eval(text)):
        assert isinstance(read, int | float)
        assert math.isclose(read, value, rel_tol=0.06)


@pytest.mark.parametrize(("value", "text"), [(0.0856, "0.086"), (1e-4, "0.0001"), (3e-8, "3.0e-8"), (250.0, "250")])
def test_numbers(value: float, text: str) -> None:
    assert literal(value) == text
