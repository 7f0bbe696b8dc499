"""Every log under sample_logs/formats/ tells a training that another sample tells: values and verdict must agree."""

import json
import math
from pathlib import Path
from typing import TypedDict

import numpy as np
import pytest

import lrdoctor
from lrdoctor.reading.formats import READERS
from lrdoctor.vocabulary.roles import assign_roles

SAMPLES = Path(__file__).parent.parent / "sample_logs"


class Form(TypedDict, total=False):
    of: str
    reader: str
    writer: str
    real: bool
    verdict: str


ALL: dict[str, Form] = json.loads((SAMPLES / "formats.json").read_text(encoding="utf-8"))
FORMS = {name: form for name, form in ALL.items() if "of" in form}
OWN = {name: form["verdict"] for name, form in ALL.items() if "verdict" in form}
EXPECTED = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
# By epoch there are too few points left, or the log has no LR: another word than the first telling's may be right.
COARSE = 100  # points


# Nothing but Aim's own library reads it, and whoever reads all samples would be told so: its tests make repositories.
WITHOUT_SAMPLE = {"aim"}


def only_run(name: str) -> lrdoctor.Run:
    (run,) = lrdoctor.read(SAMPLES / "formats" / name)
    return run


@pytest.mark.parametrize("name", ALL)
def test_it_is_read_by_its_own_reader(name: str) -> None:
    assert only_run(name).source.format == ALL[name]["reader"]


@pytest.mark.parametrize(("name", "verdict"), OWN.items())
def test_a_training_of_its_own_gives_what_it_must(name: str, verdict: str) -> None:
    assert lrdoctor.diagnose(only_run(name)).verdict.value == verdict


@pytest.mark.parametrize("name", FORMS)
def test_it_tells_the_same_losses(name: str) -> None:
    told, first = only_run(name), lrdoctor.read(SAMPLES / FORMS[name]["of"])[0]
    loss = told.series[assign_roles(told).loss or ""]
    whole = first.series[assign_roles(first).loss or ""]
    finite, finite_first = loss.value[np.isfinite(loss.value)], whole.value[np.isfinite(whole.value)]
    # Epoch means and sampled points lie within the first telling's range, and begin and end alike.
    assert finite.min() >= finite_first.min() - 0.01 * abs(finite_first.min())
    assert finite.max() <= finite_first.max() + 0.01 * abs(finite_first.max())
    if len(loss) == len(whole):
        assert np.allclose(loss.value, whole.value, rtol=2e-3, atol=5e-5, equal_nan=True)
        # From 0 or from 1, in steps or in another unit of the writer's: but in the same strides.
        strides, first_strides = np.diff(loss.step), np.diff(whole.step)
        assert np.allclose(strides / strides[0], first_strides / first_strides[0])


@pytest.mark.parametrize("name", FORMS)
def test_it_gives_the_same_diagnosis(name: str) -> None:
    of = FORMS[name]["of"]
    run = only_run(name)
    d = lrdoctor.diagnose(run)
    allowed = {*EXPECTED[of]["verdict"], "inconclusive"} if d.lr is None else set(EXPECTED[of]["verdict"])
    roles = assign_roles(run)
    if roles.loss is not None and len(run.series[roles.loss]) < COARSE:
        allowed.add("inconclusive")
    assert d.verdict.value in allowed, (d.probabilities, d.reason)
    if d.lr is not None:
        assert math.isclose(d.lr, EXPECTED[of]["lr"], rel_tol=6e-3)


def test_every_reader_has_a_sample() -> None:
    read = {run.source.format for run in lrdoctor.read(SAMPLES)} | WITHOUT_SAMPLE
    assert {reader.name for reader in READERS if not reader.refuses} - read == set()
