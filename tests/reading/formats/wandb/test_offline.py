"""`.wandb` files: written here by a few lines that know the format, damaged in every way, and real ones."""

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.wandb.offline import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.reading.parsing.leveldb_log import BLOCK_BYTES, HEADER, Fault, records
from lrdoctor.records.run import Run, Source
from tests.reading.formats.line_logs import codes
from tests.wandb_files import framed, history, item, losses, message, run_record


def saved(tmp_path: Path, data: bytes, name: str = "run-abc123.wandb") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def read(path: Path, *companions: Path) -> Run:
    (run,) = READER.read(Source(path, (path,), READER.name, "test", companions))
    return run


# ---- records


def test_a_run_with_everything(tmp_path: Path) -> None:
    config = message(5, message(1, item(["optim", "lr"], 0.01)) + message(2, message(2, "gone")))
    data = framed(
        [
            message(21, b""),
            run_record(batch_size=32, gone=1, optim={"name": "sgd"}, entity="ada", home="/home/ada/x", _wandb={"e": 1}),
            *losses(3),
            config,
            message(7, b"system statistics"),
            message(18, b""),
        ]
    )
    run = read(saved(tmp_path, data))
    assert run.name == "abc123"
    assert run.step_axis == "_step"
    assert list(run.series) == ["train/loss"]
    assert run.series["train/loss"].value.tolist() == [1, 1 / 2, 1 / 3]
    assert run.series["train/loss"].wall_time is not None
    assert run.series["train/loss"].wall_time.tolist() == [1.7e9, 1.7e9 + 1, 1.7e9 + 2]
    assert dict(run.hparams) == {"batch_size": 32, "optim/name": "sgd", "optim/lr": 0.01}
    assert run.notes == ()
    assert "ada" not in repr(run.hparams) + run.name


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (message(16, "0.5"), [0.5]),
        (message(16, "NaN"), [np.nan]),
        (message(16, '"NaN"'), [np.nan]),
        (message(16, "-Infinity"), [-np.inf]),
        (message(16, '"Infinity"'), [np.inf]),
        (message(16, "1" + "0" * 400), [np.inf]),
        (message(16, '"0.5"'), None),
        (message(16, "true"), None),
        (message(16, "null"), None),
        (message(16, "[1, 2]"), None),
        (message(16, '{"_type": "histogram", "values": [1], "n": 3}'), None),
        (b"\x18\x00", None),
        (b"\x20\x01", None),
        (b"\x28\x03", [-2]),
        (b"\x31" + struct.pack("<d", 1e-5), [1e-5]),
        (message(7, "words"), None),
        (message(7, "NaN"), [np.nan]),
        (message(8, "0.25"), [0.25]),
    ],
)
def test_every_way_to_write_a_value(tmp_path: Path, value: bytes, expected: list[float] | None) -> None:
    record = message(2, message(1, message(1, "x") + value) + message(1, item("loss", 1)))
    run = read(saved(tmp_path, framed([record])))
    if expected is None:
        assert list(run.series) == ["loss"]
    else:
        np.testing.assert_array_equal(run.series["x"].value, expected)


def test_nested_values_are_joined_with_points(tmp_path: Path) -> None:
    run = read(
        saved(tmp_path, framed([history({"val|loss": 1.5, "a": {"b": {"c": 2}}, "d|e": {"f": 3}, "my loss": 4})]))
    )
    assert {key: s.value[0] for key, s in run.series.items()} == {"val.loss": 1.5, "a.b.c": 2, "d.e.f": 3, "my loss": 4}


def test_a_key_that_looks_like_the_tag_of_the_value(tmp_path: Path) -> None:
    """The bytes 82 01, which begin `value_json`, stand inside this key too."""
    odd = message(1, message(2, b"a\xe2\x82\x82\x01b") + message(16, "7.5"))
    run = read(saved(tmp_path, framed([message(2, odd + message(1, item("loss", i))) for i in range(3)])))
    assert run.series["a\u2082\x01b"].value.tolist() == [7.5] * 3
    assert run.series["loss"].value.tolist() == [0, 1, 2]


def test_a_row_is_read_alike_whether_its_keys_are_new_or_known(tmp_path: Path) -> None:
    values: list[object] = [1, -2.5, float("nan"), "NaN", None, True, {"x": 3}, "x" * 300, 1e-7]
    rows = [history({"loss": 1, "v": value, "_step": i}) for i, value in enumerate(values)]
    together = read(saved(tmp_path, framed(rows)))
    alone = [read(saved(tmp_path, framed([row]))) for row in rows]
    for tag in ("v", "v.x"):
        expected = [run.series[tag].value[0] for run in alone if tag in run.series]
        np.testing.assert_array_equal(together.series[tag].value, expected)
    assert together.series["v"].step.tolist() == [0, 1, 2, 3, 8]


def test_records_that_are_no_messages_are_counted_and_passed_over(tmp_path: Path) -> None:
    bad = message(2, message(1, item("loss", 9) + b"\x12\xff"))
    wrong_json = message(2, message(1, message(1, "loss") + message(16, "nan?")))
    deep = message(2, message(1, message(1, "loss") + message(16, "[" * 100_000)))
    run = read(saved(tmp_path, framed([losses(1)[0], bad, wrong_json, deep, losses(2)[1]])))
    assert run.series["train/loss"].value.tolist() == [1, 0.5]
    assert codes(run) == ["skipped"]
    assert run.notes[0].message.startswith("3 records")


def test_the_step_metric_the_user_defined_is_preferred(tmp_path: Path) -> None:
    rows = [history({"loss": 1 / (i + 1), "images": 64.0 * i, "_step": i}) for i in range(5)]
    metric = message(12, message(2, "loss") + message(4, "images"))
    assert read(saved(tmp_path, framed(rows))).step_axis == "_step"
    run = read(saved(tmp_path, framed([metric, *rows])))
    assert run.step_axis == "images"
    assert run.series["loss"].step.tolist() == [0, 64, 128, 192, 256]


def test_settings_come_from_the_log_then_from_the_file_beside_it(tmp_path: Path) -> None:
    path = saved(tmp_path, framed([run_record(lr=0.1), *losses(2)]))
    assert dict(read(path).hparams) == {"lr": 0.1}
    (tmp_path / "files").mkdir()
    beside = tmp_path / "files" / "config.yaml"
    beside.write_text("lr: {value: 0.2}\nopt: {value: adam}\nmail: {value: ada@example.org}\n_wandb: {value: {a: 1}}\n")
    assert dict(read(path).hparams) == {"lr": 0.1, "opt": "adam"}
    elsewhere = tmp_path / "other.yaml"
    elsewhere.write_text("momentum: {value: 0.9}\n")
    assert dict(read(path, elsewhere).hparams) == {"lr": 0.1, "momentum": 0.9}
    assert codes(read(path, tmp_path / "missing.yaml")) == ["skipped"]


@pytest.mark.parametrize("run_id", ["../../x", "ada@example.org", "", "a" * 99])
def test_an_odd_run_id_is_replaced_by_the_file_name(tmp_path: Path, run_id: str) -> None:
    assert read(saved(tmp_path, framed([run_record(run_id), *losses(1)]), "run-q1.wandb")).name == "q1"


# ---- damage


def test_a_torn_run_is_read_up_to_the_tear(tmp_path: Path) -> None:
    whole = framed([run_record(), *losses(20)])
    run = read(saved(tmp_path, whole[:-3]))
    assert run.series["train/loss"].value.tolist() == [1 / (i + 1) for i in range(19)]
    assert codes(run) == ["torn-tail"]


def test_a_wrong_checksum_ends_the_reading(tmp_path: Path) -> None:
    data = bytearray(framed([run_record(), *losses(20)]))
    data[len(framed([run_record(), *losses(5)])) + 30] ^= 4
    run = read(saved(tmp_path, bytes(data)))
    assert len(run.series["train/loss"]) == 5
    assert codes(run) == ["corrupt-record"]


REFUSED = [
    ("nothing", b"", "an empty .wandb file"),
    ("zeros", bytes(5000), "an empty .wandb file"),
    ("half a header", HEADER[:5], "cut off in its header"),
    ("a header", HEADER, "without a metric"),
    ("another version", HEADER[:6] + b"\x07" + framed(losses(3))[7:], "unknown version"),
    ("another magic", b":W&B\x00\x00\x00" + framed(losses(3))[7:], "unknown version"),
    ("another file", b"step,loss\n1,2\n", "does not begin"),
    ("no history", framed([run_record(), message(18, b"")]), "without a metric"),
    (
        "only W&B's own keys",
        framed([history({"_step": 0, "_runtime": 1.5, "system.cpu": 3})]),
        "no metric that is a number",
    ),
    ("only words", framed([history({"_step": 0, "note": "hello"})]), "no metric that is a number"),
    ("torn at once", framed([run_record(), *losses(2)])[:20], "without a metric before its damage"),
]


@pytest.mark.parametrize(("data", "reason"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_files_without_a_curve_are_refused_in_one_line(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason) as error:
        read(saved(tmp_path, data))
    assert "\n" not in str(error.value)
    assert ": " in str(error.value)


@pytest.mark.parametrize(
    ("name", "data", "known"),
    [
        ("run-x.wandb", HEADER, True),
        ("renamed.bin", HEADER + b"more", True),
        ("run-x.wandb", b"", True),
        ("run-x.wandb", bytes(100), True),
        ("run-x.wandb", b"version https://git-lfs.github.com/spec/v1\n", False),
        ("empty.csv", b"", False),
    ],
)
def test_recognised_by_content(tmp_path: Path, name: str, data: bytes, known: bool) -> None:
    assert (READER.recognise(look(saved(tmp_path, data, name))) is not None) is known


DAMAGED = framed(
    [run_record(lr=0.1), *losses(4), history({"train/loss": 0.1, "text": "x" * 400, "_step": 4}), *losses(6)[5:]]
)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 8 * len(DAMAGED) - 1))
def test_one_flipped_bit_never_changes_a_value(tmp_path_factory: pytest.TempPathFactory, bit: int) -> None:
    data = bytearray(DAMAGED)
    data[bit // 8] ^= 1 << bit % 8
    path = saved(tmp_path_factory.mktemp("flip"), bytes(data))
    whole = read(saved(tmp_path_factory.mktemp("whole"), DAMAGED)).series["train/loss"]
    try:
        run = read(path)
    except UnreadableError:
        return
    found = run.series["train/loss"]
    assert len(found) < len(whole)
    assert found.value.tolist() == whole.value[: len(found)].tolist()
    assert found.step.tolist() == whole.step[: len(found)].tolist()
    assert codes(run)[0] in {"corrupt-record", "torn-tail"}
    assert dict(run.hparams) == {"lr": 0.1}


def test_one_flipped_bit_around_a_block_boundary() -> None:
    payloads = [b"a" * (BLOCK_BYTES - 100), b"b" * 300, b"c"]
    whole = framed(payloads)[7:]
    for bit in range(8 * (BLOCK_BYTES - 140), 8 * (BLOCK_BYTES + 60)):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        found = list(records(BytesIO(bytes(data))))
        assert isinstance(found[-1], Fault)
        assert found[:-1] == payloads[: len(found) - 1]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 6))
def test_any_bytes_behind_the_header_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, kept: int
) -> None:
    """Checksums are right here: what is inside the records is junk."""
    path = saved(tmp_path_factory.mktemp("junk"), framed([*losses(kept), junk, message(2, junk), message(17, junk)]))
    try:
        run = read(path)
    except UnreadableError:
        assert kept == 0
    else:
        assert kept == 0 or run.series["train/loss"].value.tolist()[:kept] == [1 / (i + 1) for i in range(kept)]


# ---- real files

REAL = [
    # folder, name, step axis, {tag: (points, last step, last value)}, settings
    (
        "wandb_offline/a7med_ldm4qyxq",
        "ldm4qyxq",
        "global_step",
        {"train/loss": (48, 47, 7.993696212768555)},
        {"lr": 1e-4},
    ),
    (
        "wandb_offline/cs336_4s1rf4ay",
        "4s1rf4ay",
        "_step",
        {
            "train/loss": (101, 1000, 2.1941375732421875),
            "val/loss": (5, 1000, 2.27412748336792),
            "lr": (101, 1000, 4.603315856985e-4),
        },
        {"max_lr": 5e-4, "batch_size": 32},
    ),
    (
        "wandb_offline/cs336_6z7yhc9j",
        "6z7yhc9j",
        "_step",
        {"train/loss": (500, 4990, 1.729716420173645), "val/loss": (20, 4750, 1.6828536987304688)},
        {"max_lr": 5e-4, "optimizer": "adamw"},
    ),
    (
        "wandb_offline/druidowm_jnyhr7aj",
        "jnyhr7aj",
        "iter",
        {
            "train/loss": (11, 2000, 0.03039759211242199),
            "lr": (11, 2000, 6e-4),
            "val/loss": (11, 2000, 4.266106605529785),
        },
        {"learning_rate": 6e-4, "warmup_iters": 2000},
    ),
    (
        "generated/wandb_0.31_offline",
        "dhj5ojo6",
        "_step",
        {"train/loss": (300, 299, None), "val.loss": (6, 250, None), "lr": (300, 299, 3e-4)},
        {"lr": 3e-4, "optim/name": "adamw"},
    ),
]


@pytest.mark.parametrize(("folder", "name", "axis", "series", "hparams"), REAL, ids=[case[0] for case in REAL])
def test_real_runs(
    real_logs: Path,
    folder: str,
    name: str,
    axis: str,
    series: dict[str, tuple[int, float, float | None]],
    hparams: dict[str, object],
) -> None:
    (path,) = (real_logs / folder).glob("*.wandb")
    assert READER.recognise(look(path)) == "the W&B header `:W&B`"
    run = read(path)
    assert (run.name, run.step_axis, run.notes) == (name, axis, ())
    for tag, (points, step, value) in series.items():
        assert (len(run.series[tag]), run.series[tag].step[-1]) == (points, step)
        assert value is None or run.series[tag].value[-1] == pytest.approx(value, rel=1e-9)
    assert hparams.items() <= dict(run.hparams).items()
    assert not [key for key in run.series if key.startswith(("_", "system"))]


def test_log_calls_are_mapped_to_iterations(real_logs: Path) -> None:
    run = read(real_logs / "wandb_offline/druidowm_jnyhr7aj/run-jnyhr7aj.wandb")
    assert run.series["train/loss"].step.tolist() == [200 * i for i in range(11)]
    times = run.series["train/loss"].wall_time
    assert times is not None
    assert times[0] == pytest.approx(1728772417.19)


def test_nan_and_infinity_are_kept(real_logs: Path) -> None:
    (path,) = (real_logs / "generated/wandb_0.31_offline").glob("*.wandb")
    values = np.concatenate([s.value for s in read(path).series.values()])
    assert np.isnan(values).any()
    assert np.isinf(values).any()


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("wandb_offline/cs336_qnw4jb71_EMPTY/run-qnw4jb71.wandb", "an empty .wandb file"),
        ("wandb_offline/druidowm_18kjtmnl/run-18kjtmnl.wandb", "ended before its first"),
    ],
)
def test_real_runs_without_a_curve(real_logs: Path, path: str, reason: str) -> None:
    assert READER.recognise(look(real_logs / path))
    with pytest.raises(UnreadableError, match=reason):
        read(real_logs / path)


def test_a_real_run_torn_anywhere_is_a_prefix(real_logs: Path, tmp_path: Path) -> None:
    data = (real_logs / "wandb_offline/cs336_4s1rf4ay/run-4s1rf4ay.wandb").read_bytes()
    whole = read(saved(tmp_path, data)).series["train/loss"].value
    for cut in range(20_000, len(data), 4999):
        run = read(saved(tmp_path, data[:cut]))
        found = run.series["train/loss"].value
        assert found.tolist() == whole[: len(found)].tolist()
        assert set(codes(run)) <= {"torn-tail"}
