"""VisualDL's records: written here field by field, and by the real writer in sample_logs."""

import math
import struct
from contextlib import suppress
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.trackers.visualdl import READER
from tests.reading.formats.line_logs import codes, knows, points, read_one, written

NAME = "vdlrecords.1700000000.log"
SAMPLE = Path(__file__).parents[4] / "sample_logs" / "formats" / "visualdl-records"


def varint(value: int) -> bytes:
    data = b""
    while value > 127:
        data, value = data + bytes([value & 127 | 128]), value >> 7
    return data + bytes([value])


def chunk(field: int, data: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(data)) + data


def record(value: bytes) -> bytes:
    message = chunk(1, value)
    return struct.pack("<Q", len(message)) + message


def scalar(tag: str, step: int, value: float) -> bytes:
    told = varint(1 << 3) + varint(step) if step else b""
    told += chunk(2, tag.encode()) + varint(3 << 3) + varint(1_700_000_000_000 + 1000 * step)
    return record(told + varint(4 << 3 | 5) + struct.pack("<f", value))


def of_scalars(tag: str, curve: str, step: int, value: float) -> bytes:
    one = chunk(1, curve.encode()) + varint(2 << 3 | 5) + struct.pack("<f", value)
    return record(varint(1 << 3) + varint(step) + chunk(2, tag.encode()) + chunk(14, one))


def settings(**values: float | str) -> bytes:
    infos = b""
    for name, value in values.items():
        told = chunk(3, value.encode()) if isinstance(value, str) else b""
        told += varint(2 << 3 | 1) + struct.pack("<d", value) if isinstance(value, float) else b""
        told += varint(1 << 3) + varint(value) if isinstance(value, int) else b""
        infos += chunk(1, told + chunk(4, name.encode()))
    return record(chunk(2, b"hparam") + chunk(13, infos))


START = record(chunk(2, b"meta_data_tag") + chunk(10, b""))
LOG = START + b"".join(scalar("train/loss", n, 4 / (n + 1)) for n in range(50))


CASES = [
    ("VisualDL's", NAME, LOG, True),
    ("renamed", "log", LOG, True),
    ("appended to, without its own tag", NAME, scalar("loss", 0, 1.0), True),
    ("other records", "records.bin", scalar("loss", 0, 1.0), False),
    ("text", NAME, b"step: 1 loss: 0.5\n" * 20, False),
    ("zeros", NAME, bytes(100), False),
    ("cut in the first record", NAME, LOG[:20], False),
    ("nothing", NAME, b"", False),
]


@pytest.mark.parametrize(("name", "data", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_its_first_record(tmp_path: Path, name: str, data: bytes, known: bool) -> None:
    assert knows(READER, written(tmp_path, data, name)) is known


def test_scalars_times_and_settings(tmp_path: Path) -> None:
    data = LOG + b"".join(of_scalars("loss", "val", n, 1.5) for n in range(3))
    data += settings(lr=0.001, bsize=32, opt="adam") + record(chunk(2, b"text") + chunk(12, chunk(1, b"hello")))
    run = read_one(READER, written(tmp_path, data, f"a/{NAME}"))
    assert points(run, "train/loss") == [(n, struct.unpack("<f", struct.pack("<f", 4 / (n + 1)))[0]) for n in range(50)]
    times = run.series["train/loss"].wall_time
    assert times is not None
    assert times[1] - times[0] == 1
    assert points(run, "loss/val") == [(0, 1.5), (1, 1.5), (2, 1.5)]
    assert dict(run.hparams) == {"lr": 0.001, "bsize": 32, "opt": "adam"}
    assert (len(run.series), run.step_axis, codes(run)) == (2, "step", [])


def test_files_of_a_folder_are_one_run_in_the_order_of_time(tmp_path: Path) -> None:
    written(tmp_path, LOG, "a/vdlrecords.1700000000.log")
    again = START + b"".join(scalar("train/loss", n, 9.0) for n in range(40, 60))
    written(tmp_path, again, "a/vdlrecords.1700009999.log")
    (run,) = lrdoctor.read(tmp_path)
    assert run.series["train/loss"].step.tolist() == list(range(60))
    assert set(run.series["train/loss"].value[40:]) == {9.0}
    assert "restart" in codes(run)


def test_a_torn_file_and_one_that_goes_wrong(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, LOG + scalar("train/loss", 50, math.nan) + scalar("x", 51, 1)[:-3], NAME))
    assert (codes(run), math.isnan(run.series["train/loss"].value[-1])) == (["torn-tail"], True)
    run = read_one(READER, written(tmp_path, LOG + b"what is this, no record at all", NAME))
    assert (codes(run), len(run.series["train/loss"])) == (["corrupt-record"], 50)
    run = read_one(READER, written(tmp_path, LOG + struct.pack("<Q", 4) + b"\x0a\xff\xff\xff", NAME))
    assert codes(run) == ["corrupt-record"]


def test_no_scalar_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="without a single scalar"):
        read_one(READER, written(tmp_path, START, NAME))


@pytest.mark.parametrize("at", range(0, len(LOG), 61))
def test_a_changed_byte_breaks_nothing(tmp_path: Path, at: int) -> None:
    for byte in (0, 127, 255):
        path = written(tmp_path, LOG[:at] + bytes([byte]) + LOG[at + 1 :], NAME)
        knows(READER, path)
        with suppress(UnreadableError):
            assert read_one(READER, path).series


def test_what_the_real_writer_wrote() -> None:
    (run,) = lrdoctor.read(SAMPLE)
    assert {"train/loss", "train/lr", "eval/loss"} <= set(run.series)
    assert run.hparams["optimizer"] == "Adam"
