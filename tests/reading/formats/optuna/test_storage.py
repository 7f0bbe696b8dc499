"""Optuna's three storages: made here in their shapes, damaged, and real ones; studies with and without curves."""

import json
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.optuna.storage import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles
from tests.sqlite_files import damaged, saved

TABLES = (
    "CREATE TABLE studies (study_id INTEGER NOT NULL, study_name VARCHAR(512) NOT NULL, PRIMARY KEY (study_id))",
    "CREATE TABLE study_directions (study_direction_id INTEGER PRIMARY KEY, direction VARCHAR(8), study_id, objective)",
    "CREATE TABLE trials (trial_id INTEGER PRIMARY KEY, number INTEGER, study_id INTEGER, state VARCHAR(8))",
    "CREATE TABLE trial_params (param_id INTEGER PRIMARY KEY, trial_id, param_name, param_value, distribution_json)",
    "CREATE TABLE trial_values (trial_value_id INTEGER PRIMARY KEY, trial_id, objective, value FLOAT, value_type)",
    """CREATE TABLE trial_intermediate_values (trial_intermediate_value_id INTEGER PRIMARY KEY, trial_id, step,
       intermediate_value FLOAT, intermediate_value_type)""",
    "CREATE TABLE trial_user_attributes (trial_user_attribute_id INTEGER PRIMARY KEY, trial_id, key, value_json)",
    """INSERT INTO trial_user_attributes VALUES (1, 1, 'who', '"lovelace"')""",
)
LR = json.dumps({"name": "FloatDistribution", "attributes": {"low": 1e-5, "high": 0.1, "log": True, "step": None}})
OPTIMIZER = json.dumps({"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam"]}})
BATCH = json.dumps({"name": "IntDistribution", "attributes": {"low": 8, "high": 64}})
TEN = [10.0 - i for i in range(10)]
Reported = Sequence[Sequence[float]]


def kind(value: float) -> str:
    return "FINITE" if math.isfinite(value) else "NAN" if math.isnan(value) else "INF_POS" if value > 0 else "INF_NEG"


def sqlite(tmp_path: Path, reported: Reported, direction: str = "MINIMIZE", name: str = "demo") -> Path:
    """Trials at LR 0.1, 0.01, ...: what each reported, and the last of it as its value."""
    return saved(
        tmp_path / "optuna.db",
        TABLES,
        {
            "studies": [(1, name)],
            "study_directions": [(1, direction, 1, 0)],
            "trials": [(i, i - 1, 1, "COMPLETE") for i in range(1, len(reported) + 1)],
            "trial_params": [
                row
                for i in range(1, len(reported) + 1)
                for row in (
                    (None, i, "lr", 10.0**-i, LR),
                    (None, i, "opt", 1.0, OPTIMIZER),
                    (None, i, "batch_size", 32.0, BATCH),
                )
            ],
            "trial_values": [(i, i, 0, values[-1], "FINITE") for i, values in enumerate(reported, 1) if values],
            "trial_intermediate_values": [
                (None, i, step, value if math.isfinite(value) else None, kind(value))
                for i, values in enumerate(reported, 1)
                for step, value in enumerate(values)
            ],
        },
    )


def operation(code: int, **more: object) -> str:
    return json.dumps({"op_code": code, "worker_id": "c3cf7f4f-1", **more}) + "\n"


def journal_lines(reported: Reported, direction: int = 1, name: str = "demo") -> list[str]:
    lines = [
        operation(0, study_name=name, directions=[direction]),
        operation(2, study_id=0, user_attr={"who": "lovelace"}),
    ]
    for i, values in enumerate(reported):
        lines.append(operation(4, study_id=0, datetime_start="2026-11-25T02:35:37.540646+00:00"))
        for key, value, distribution in (
            ("lr", 10.0 ** -(i + 1), LR),
            ("opt", 1, OPTIMIZER),
            ("batch_size", 32.0, BATCH),
        ):
            lines.append(
                operation(5, trial_id=i, param_name=key, param_value_internal=value, distribution=distribution)
            )
        lines += [operation(7, trial_id=i, step=step, intermediate_value=value) for step, value in enumerate(values)]
        lines.append(operation(6, trial_id=i, state=1, values=list(values[-1:]) or None))
    return lines


def journal(tmp_path: Path, reported: Reported, direction: str = "MINIMIZE", name: str = "demo") -> Path:
    path = tmp_path / "journal.log"
    path.write_text("".join(journal_lines(reported, {"MINIMIZE": 1, "MAXIMIZE": 2}.get(direction, 0), name)))
    return path


Make = Callable[..., Path]
STORAGES = pytest.mark.parametrize("made", [sqlite, journal])


def source(path: Path) -> Source:
    return Source(path, (path,), READER.name, "test")


def read(path: Path) -> list[Run]:
    assert READER.recognise(look(path)) is not None
    return READER.read(source(path))


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableError) as error:
        read(path)
    assert "\n" not in str(error.value)
    return str(error.value)


@STORAGES
def test_a_trial_with_a_curve_is_a_run(tmp_path: Path, made: Make) -> None:
    odd = [*TEN[:7], math.inf, math.nan, -math.inf]
    one, two = read(made(tmp_path, [TEN, odd]))
    assert (one.name, two.name) == ("demo/trial 0", "demo/trial 1")
    assert dict(one.hparams) == {"lr": 0.1, "opt": "adam", "batch_size": 32}
    assert two.hparams["lr"] == pytest.approx(0.01)
    assert one.series["objective"].value.tolist() == TEN
    assert one.series["objective"].step.tolist() == list(range(10))
    np.testing.assert_array_equal(two.series["objective"].value, odd)
    assert assign_roles(one).loss == "objective"
    assert one.notes == ()
    assert "lovelace" not in repr(one.hparams)


@STORAGES
@pytest.mark.parametrize(("direction", "tag"), [("MAXIMIZE", "objective (maximized)"), ("", "objective (unknown)")])
def test_what_is_not_minimized_is_no_loss(tmp_path: Path, made: Make, direction: str, tag: str) -> None:
    (run,) = read(made(tmp_path, [TEN], direction))
    assert list(run.series) == [tag]
    assert assign_roles(run).loss is None


@STORAGES
def test_trials_without_a_curve_are_counted(tmp_path: Path, made: Make) -> None:
    (run,) = read(made(tmp_path, [[1.0], TEN, [], TEN[:7]]))
    assert run.name == "demo/trial 1"
    assert [(note.code, note.message[:8]) for note in run.notes] == [("skipped", "3 trials")]


@STORAGES
@pytest.mark.parametrize(
    ("direction", "parts"),
    [
        ("MINIMIZE", ["its own ranking has trial 1 first, 0.1 at lr 0.01, and the best 5 between 1e-06 and 0.1"]),
        ("MAXIMIZE", ["its own ranking has trial 6 first, 0.9 at lr 1e-07, and the best 5 between 1e-07 and 0.001"]),
        ("", ["the lowest value, 0.1, was at lr 0.01, the highest, 0.9, at 1e-07"]),
    ],
)
def test_a_study_of_final_values_tells_its_ranking(
    tmp_path: Path, made: Make, direction: str, parts: list[str]
) -> None:
    values = [[v] for v in (0.2, 0.1, 0.3, 0.35, 0.4, 0.25, 0.9)]
    told = refusal(made(tmp_path, values, direction))
    parts += [
        "an Optuna study demo without curves (7 of 7 trials completed, at most 1 reported values a trial)",
        "with other parameters varied too",
        "trial.report(loss, step)",
    ]
    assert [part for part in parts if part not in told] == []


@STORAGES
@pytest.mark.parametrize(
    ("name", "shown"),
    [("no-name-8d1c", "an Optuna study without"), ("lovelace@example.org", "an Optuna study without")],
)
def test_a_name_that_says_nothing_or_too_much_is_not_shown(tmp_path: Path, made: Make, name: str, shown: str) -> None:
    assert refusal(made(tmp_path, [[1.0]], name=name)).startswith(shown)
    folder = tmp_path / "other"
    folder.mkdir()
    (run,) = read(made(folder, [TEN], name=name))
    assert run.name in {"optuna/trial 0", "journal/trial 0"}


def test_operations_after_the_end_and_of_what_is_not_there_are_ignored(tmp_path: Path) -> None:
    lines = journal_lines([TEN])
    lines += [
        operation(7, trial_id=0, step=0, intermediate_value=99.0),
        operation(7, trial_id=5, step=0, intermediate_value=99.0),
        operation(4, study_id=3),
        operation(0, study_name="demo", directions=[2]),
        operation(0, study_name="gone", directions=[1]),
        operation(
            4, study_id=1, state=1, values=[3.0], params={"lr": 0.5}, distributions={"lr": LR}, intermediate_values={}
        ),
        operation(1, study_id=1),
        operation(77, trial_id=0),
        operation(7, trial_id=[], step={}, intermediate_value=None),
    ]
    path = tmp_path / "journal.log"
    path.write_text("".join(lines) + "{torn")
    (run,) = read(path)
    assert run.series["objective"].value.tolist() == TEN
    assert [note.code for note in run.notes] == ["torn-tail"]


def test_a_trial_added_from_elsewhere(tmp_path: Path) -> None:
    reported = {str(i): value for i, value in enumerate(TEN)}
    added = operation(
        4, study_id=0, state=1, value=1.0, params={"lr": 0.5}, distributions={"lr": LR}, intermediate_values=reported
    )
    path = tmp_path / "journal.log"
    path.write_text(operation(0, study_name="demo", directions=[1]) + added)
    (run,) = read(path)
    assert (run.series["objective"].value.tolist(), dict(run.hparams)) == (TEN, {"lr": 0.5})


def test_the_tables_of_earlier_versions(tmp_path: Path) -> None:
    tables = (
        "CREATE TABLE studies (study_id INTEGER, study_name TEXT, direction TEXT)",
        "CREATE TABLE trials (trial_id INTEGER, study_id INTEGER, state TEXT, value FLOAT)",
        TABLES[3],
        "CREATE TABLE trial_values (trial_id, step, value)",
    )
    path = saved(
        tmp_path / "old.db",
        tables,
        {
            "studies": [(1, "old", "MINIMIZE")],
            "trials": [(7, 1, "COMPLETE", 5.0), (9, 1, "COMPLETE", 1.0)],
            "trial_values": [(9, i, value) for i, value in enumerate(TEN)],
        },
    )
    (run,) = read(path)
    assert run.name == "old/trial 1"
    assert run.series["objective"].value.tolist() == TEN


TRIALS = "number,value,params_lr,params_opt,state\n0,0.5,0.1,sgd,COMPLETE\n1,0.4,0.2,adam,COMPLETE\n2,,0.3,sgd,FAIL\n"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (TRIALS, ["2 of 3 trials completed", "the lowest value, 0.4, was at lr 0.2, the highest, 0.5, at 0.1"]),
        (TRIALS.replace("params_lr", "params_x"), ["no parameter is a learning rate"]),
        (TRIALS.replace("number,value", ",number,value").replace("\n", "\n0,"), ["the lowest value, 0.4"]),
        (TRIALS.replace("value", "values_0"), ["the lowest value, 0.4"]),
        (
            "study_name," + TRIALS.replace("\n0", "\na,0").replace("\n1", "\nb,1").replace("\n2", "\nb,2"),
            ["an Optuna study b (the largest of 2)", "1 of 2 trials completed"],
        ),
    ],
)
def test_a_table_of_trials_has_no_direction(tmp_path: Path, text: str, parts: list[str]) -> None:
    path = tmp_path / "trials.csv"
    path.write_text(text)
    assert [part for part in parts if part not in refusal(path)] == []


@pytest.mark.parametrize(
    ("name", "text", "known"),
    [
        ("t.csv", TRIALS, True),
        ("t.csv", TRIALS.replace("params_", "p_"), False),
        ("t.csv", TRIALS.replace("state", "status"), False),
        ("t.csv", "step,loss\n0,1\n", False),
        ("journal.log", operation(0, study_name="a", directions=[1]), True),
        ("journal.log", '{"op_code": "0", "worker_id": "a"}\n', False),
        ("journal.log", '{"step": 0, "loss": 1}\n', False),
        ("journal.log", operation(0) + '{"step": 0}\n', False),
        ("journal.log", "", False),
        ("optuna.db", "CREATE TABLE studies (CREATE TABLE trials (", False),
    ],
)
def test_recognised_by_content(tmp_path: Path, name: str, text: str, known: bool) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert (READER.recognise(look(path)) is not None) is known


def test_no_damage_to_a_database_raises_anything_else(tmp_path: Path) -> None:
    path = sqlite(tmp_path, [[1 / (i + j) for i in range(1, 60)] for j in range(1, 5)])
    outcomes = set()
    for data in damaged(path, times=150):
        path.write_bytes(data)
        READER.recognise(look(path))
        try:
            outcomes.add(len(READER.read(source(path))))
        except UnreadableError:
            outcomes.add(0)
    assert {0, 4} <= outcomes, "some damage is survived and some is not"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = (
    *("study_name", "directions", "study_id", "trial_id", "state", "values", "value", "step", "intermediate_value"),
    *("param_name", "param_value_internal", "distribution", "params", "distributions", "intermediate_values"),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.integers(0, 8), st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5)), max_size=6)
)
def test_no_operation_raises_anything_else(tmp_path: Path, rows: list[tuple[int, dict[str, object]]]) -> None:
    lines = journal_lines([TEN])
    path = tmp_path / "journal.log"
    path.write_text("".join([*lines[:3], *(operation(code, **more) for code, more in rows), *lines[3:]]))
    READER.recognise(look(path))
    with suppress(UnreadableError):
        READER.read(source(path))


def test_the_real_study_has_final_values_and_a_ranking(real_logs: Path) -> None:
    with pytest.raises(UnreadableError) as error:
        lrdoctor.read(real_logs / "optuna" / "lukep" / "optuna.db")
    told = str(error.value)
    assert "an Optuna study smoke-test without curves (22 of 106 trials completed, at most 3 reported values" in told
    assert "its own ranking has trial 67 first, 0.1417 at optim.lr 0.00029" in told
    assert "the best 5 between 0.00029 and 0.000464, with other parameters varied too" in told


def test_the_real_table_has_no_learning_rate(real_logs: Path) -> None:
    with pytest.raises(UnreadableError) as error:
        lrdoctor.read(real_logs / "optuna" / "simeon" / "optuna_all_trials.csv")
    assert "75 of 75 trials completed" in str(error.value)
    assert "no parameter is a learning rate" in str(error.value)


def test_no_other_real_log_is_taken_for_one(real_logs: Path) -> None:
    files = [path for path in real_logs.rglob("*") if path.is_file() and "optuna" not in path.parts]
    assert len(files) > 100
    assert [path for path in files if READER.recognise(look(path))] == []
