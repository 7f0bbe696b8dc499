"""Files of fitted tables that are none: one line, whatever they hold."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrdoctor.errors import UsageError
from lrdoctor.inference.tables import load_tables

pytestmark = pytest.mark.attack

SHIPPED = files("lrdoctor.inference").joinpath("posterior.json").read_text(encoding="utf-8")
NAMES = ("signs", "customs", "prior", "borders", "temperature", "pairs")


@pytest.mark.parametrize("text", ["", "[", "[" * 100_000, "{}", "null", '"x"', "\0", '{"format": 3}', "9" * 6000])
def test_what_is_no_file_of_tables_is_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"p\.json: not a file of fitted tables|reads format 3") as refused:
        load_tables(path)
    assert "\n" not in str(refused.value)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_value_of_another_kind_anywhere(data: st.DataObject, tmp_path: Path) -> None:
    tables = json.loads(SHIPPED)
    inner, key = tables, data.draw(st.sampled_from(NAMES))
    while isinstance(inner[key], dict) and data.draw(st.integers(0, 4)):
        inner = inner[key]
        key = data.draw(st.sampled_from(sorted(inner)))
    inner[key] = data.draw(st.sampled_from([None, "x", [], {}, [[]], float("nan"), 1e999, -1, 10**400]))
    path = tmp_path / "p.json"
    path.write_text(json.dumps(tables))
    try:
        load_tables(path)
    except UsageError as refused:
        assert "\n" not in str(refused)  # noqa: PT017 - it may as well be read
