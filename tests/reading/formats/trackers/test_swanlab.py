"""SwanLab's local log: made here record by record, and damaged."""

import math
import struct
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.trackers.swanlab import IDENT, READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.reading.parsing.leveldb_log import HEADER
from lrdoctor.records.run import Run, Source
from tests.wandb_files import framed, message, varint

VERSION = struct.pack("<HB", 0xE1D6, 2)


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value) if value else b""  # protobuf leaves a zero out


def double(field: int, value: float) -> bytes:
    return varint(field << 3 | 1) + struct.pack("<d", value) if value else b""


def scalar(key: str, step: int, value: float) -> bytes:
    time = message(4, number(1, 1_700_000_000 + step) + number(2, 500_000_000))
    return message(13, message(1, key) + number(2, step) + number(3, 1) + time + message(5, double(1, value)))


def run_record(name: str = "calm-owl", run_id: str = "fwo3hu62") -> bytes:
    return message(10, message(1, "digits") + message(4, name) + message(10, run_id))


def swanlab(records: Sequence[bytes]) -> bytes:
    return IDENT + VERSION + framed(records)[len(HEADER) :]


def saved(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "run-20261201_133813-fwo3hu62" / "run-fwo3hu62.swanlab"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def read(path: Path) -> Run:
    [run] = READER.read(Source(path, (path,), READER.name, "test"))
    return run


LOSSES = [scalar("train/loss", 10 * i, 3.0 - i / 10) for i in range(20)]


def test_a_run_with_its_settings(tmp_path: Path) -> None:
    path = saved(tmp_path, swanlab([run_record(), *LOSSES, scalar("__swanlab__.cpu", 3, 99.0)]))
    (path.parent / "files").mkdir()
    setting = "lr:\n  desc: ''\n  sort: 0\n  value: 0.1\noptimizer:\n  desc: ''\n  sort: 1\n  value: SGD\n"
    (path.parent / "files" / "config.yaml").write_text(setting)
    [run] = lrdoctor.read(tmp_path)
    assert (run.name, run.source.format, set(run.series)) == ("calm-owl", "swanlab", {"train/loss"})
    assert run.series["train/loss"].step.tolist() == [10.0 * i for i in range(20)]
    assert run.series["train/loss"].value.tolist() == [3.0 - i / 10 for i in range(20)]
    assert run.series["train/loss"].wall_time is not None
    assert run.series["train/loss"].wall_time[1] == 1_700_000_010.5
    assert dict(run.hparams) == {"lr": 0.1, "optimizer": "SGD"}


def test_zero_and_what_is_not_finite_are_values(tmp_path: Path) -> None:
    values = [0.0, math.nan, math.inf, -math.inf]
    run = read(saved(tmp_path, swanlab([scalar("loss", i, value) for i, value in enumerate(values)])))
    assert str(run.series["loss"].value.tolist()) == str(values)


def test_without_a_name_its_id_is_the_name(tmp_path: Path) -> None:
    assert read(saved(tmp_path, swanlab([run_record(""), *LOSSES]))).name == "fwo3hu62"


def test_a_torn_end_is_told_of(tmp_path: Path) -> None:
    run = read(saved(tmp_path, swanlab(LOSSES)[:-5]))
    assert [note.code for note in run.notes] == ["torn-tail"]
    assert len(run.series["train/loss"]) == 19


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (swanlab([run_record()]), "without a metric"),
        (IDENT + VERSION, "without a metric"),
        (b"", "no SwanLab file any more"),
        (framed(LOSSES), "no SwanLab file any more"),
    ],
)
def test_what_holds_no_curve_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read(saved(tmp_path, data))


def test_recognised_by_its_header(tmp_path: Path) -> None:
    assert READER.recognise(look(saved(tmp_path, swanlab(LOSSES)))) is not None
    assert READER.recognise(look(saved(tmp_path, framed(LOSSES)))) is None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60), st.integers(0, 300))
def test_records_of_anything_end_in_a_run_or_one_line(tmp_path: Path, junk: bytes, cut: int) -> None:
    with suppress(UnreadableError):
        read(saved(tmp_path, swanlab([*LOSSES[:5], junk, message(13, junk), *LOSSES[5:]])))
    with suppress(UnreadableError):
        read(saved(tmp_path, swanlab(LOSSES)[:cut] + junk))
