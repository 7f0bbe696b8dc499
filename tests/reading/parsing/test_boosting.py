"""Logs of boosted trees, which look like those of a training."""

import pytest

from lrdoctor.reading.parsing.boosting import is_boosting

XGBOOST = "".join(f"[{i}]\ttrain-logloss:0.{i}\teval-logloss:0.{i}\n" for i in range(9))
LIGHTGBM = "".join(f"[{i}]\ttraining's binary_logloss: 0.{i}\tvalid_1's binary_logloss: 0.{i}\n" for i in range(9))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (XGBOOST, True),
        ("[LightGBM] [Info] Start training\n" + LIGHTGBM, True),
        (XGBOOST[:90], False),
        ("".join(f"[{i}]\tloss: 0.{i}\n" for i in range(9)), False),
        ("", False),
    ],
)
def test_by_several_rounds(text: str, is_one: bool) -> None:
    assert is_boosting(text) is is_one
