"""One event file: every scalar as TensorBoard's own reader sees it; torn and damaged ones up to where they break."""

import logging
import math
import struct
from pathlib import Path

import google_crc32c
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import DTypeLike, NDArray
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util

from lrdoctor.reading.formats.tensorboard.event_file import element, file_order, first_tag, read_event_file
from lrdoctor.reading.formats.tensorboard.tfrecord import masked, records
from tests.event_logs import scalar, start, tensor, write

NUMBERS = st.floats(width=32) | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1.25, -2.5])
TAGS = st.sampled_from(["loss", "train/loss", "a b", "ü", "\0\0\0\0\0", "zeros\0\0\0\0", "l" * 5000])
STEPS = st.integers(-5, 50) | st.integers(-(2**63), 2**63 - 1) | st.sampled_from([127, 128, 2**56, 2**62, 2**63 - 1])
WALL_TIMES = st.floats(0, 2e9) | st.floats(allow_nan=False)
SCALARS = st.builds(scalar, TAGS, STEPS, NUMBERS, WALL_TIMES)
KINDS = st.sampled_from([np.float32, np.float64, np.float16, np.int64])
IMAGE = summary_pb2.Summary.Image(height=1, width=1, encoded_image_string=b"png")
OTHERS = st.sampled_from(
    [
        event_pb2.Event(graph_def=b"graph"),
        tensor("note", 1, tensor_util.make_tensor_proto("hello"), "text"),
        tensor("histogram", 1, tensor_util.make_tensor_proto(np.ones((3, 3))), "histograms"),
        tensor("curve", 1, tensor_util.make_tensor_proto(1.0), "pr_curves"),
        event_pb2.Event(step=2, summary=summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag="i", image=IMAGE)])),
    ]
)

# Parts of events that can be put together in any way.
FIELDS = (
    *(event_pb2.Event(wall_time=time).SerializeToString() for time in (1.0, 2.0)),
    *(event_pb2.Event(step=step).SerializeToString() for step in (-1, 5, 300)),
    *(scalar("loss", 0, value, 0.0).SerializeToString() for value in (0.5, 0.0)),
    *(tensor("t/loss", 0, tensor_util.make_tensor_proto(np.array(2.5)), "scalars").SerializeToString()[9:],),
    b"\xf2\x06\x04\x00\x00\x00\x3f",  # a field that no version of the format has
    b"\x2a\x00",
)


@st.composite
def tensors(draw: st.DrawFn) -> event_pb2.Event:
    """One number as TF2 packs it (bytes) or torch's `new_style` does (listed), with or without its metadata."""
    kind = draw(KINDS)
    array = np.array(draw(st.integers(0, 3) if kind is np.int64 else st.floats(width=16) | st.just(0.0)), kind)
    value = tensor_util.make_tensor_proto(array)
    if draw(st.booleans()):
        value = tensor_pb2.TensorProto(dtype=value.dtype, tensor_content=array.tobytes())
    event = tensor(f"t/{draw(TAGS)}", draw(STEPS), value, "scalars")
    content = event.summary.value[0]
    content.metadata.summary_description = draw(st.sampled_from(["", "the loss", "\0" * 9]))
    event.wall_time = draw(WALL_TIMES)
    return event


TENSORS = tensors()
SEVERAL = st.builds(
    lambda events: event_pb2.Event(
        wall_time=5.0, step=3, summary=summary_pb2.Summary(value=[event.summary.value[0] for event in events])
    ),
    st.lists(SCALARS | TENSORS, min_size=2, max_size=3),
)


def as_tensorboard_reads(path: Path, *, purge: bool = False) -> dict[str, list[tuple[float, float, float]]]:
    logging.getLogger("tensorboard").setLevel(logging.ERROR)  # it warns of each purge
    guidance = {"scalars": 0, "tensors": 0}
    accumulator = EventAccumulator(str(path), size_guidance=guidance, purge_orphaned_data=purge).Reload()
    points = {
        tag: [(float(e.step), e.wall_time, float(e.value)) for e in accumulator.Scalars(tag)]
        for tag in accumulator.Tags()["scalars"]
    }
    for tag in accumulator.Tags()["tensors"]:
        if accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
            points[tag] = [
                (float(e.step), e.wall_time, float(tensor_util.make_ndarray(e.tensor_proto)))
                for e in accumulator.Tensors(tag)
            ]
    return {tag: found for tag, found in points.items() if found}


def agrees_with_tensorboard(path: Path, *, purge: bool = False) -> None:
    ours = {
        tag: list(zip(points.step, points.wall_time, points.value, strict=True))
        for tag, points in read_event_file(path).series.items()
        if points.wall_time is not None
    }
    theirs = as_tensorboard_reads(path, purge=purge)
    assert set(ours) == set(theirs)
    for tag in theirs:
        np.testing.assert_array_equal(np.array(ours[tag]), np.array(theirs[tag]))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(SCALARS | TENSORS | SEVERAL | OTHERS, max_size=40))
def test_every_value_is_what_tensorboard_reads(events: list[event_pb2.Event], tmp_path: Path) -> None:
    named = set()
    for event in events:  # TF2's later values name no plugin, torch's do
        for value in event.summary.value:
            if value.tag in named and value.tag.startswith("t/l"):
                value.ClearField("metadata")
            named.add(value.tag)
    agrees_with_tensorboard(write(tmp_path / "events.out.tfevents.1.plain", events))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(SCALARS | st.builds(start, st.integers(-5, 50))))
def test_a_session_that_starts_over_purges_what_tensorboard_purges(
    events: list[event_pb2.Event], tmp_path: Path
) -> None:
    # TensorBoard purges no tensors at a restart, so restarts are only mixed with plain scalars.
    agrees_with_tensorboard(write(tmp_path / "events.out.tfevents.1.restarts", events), purge=True)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    orders=st.lists(st.permutations([*FIELDS]).flatmap(lambda order: st.integers(1, 9).map(lambda n: order[:n]))),
    again=st.integers(1, 3),
)
def test_fields_in_any_order_and_twice_are_what_tensorboard_reads(
    orders: list[list[bytes]], again: int, tmp_path: Path
) -> None:
    """Protobuf merges: of a field written twice the last counts, and of a message its fields."""
    path = write(tmp_path / "events.out.tfevents.1", [])
    with path.open("ab") as file:
        for order in orders:
            for _ in range(again):
                RecordWriter(file).write(b"".join(order))
    agrees_with_tensorboard(path)


def test_what_torch_writes(tmp_path: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(tmp_path))
    writer.add_hparams({"lr": 0.1}, {"hparam/loss": 1.0}, run_name=".")
    for step in range(300):
        writer.add_scalar("loss", math.nan if step == 200 else 1 / (step + 1), step)
        writer.add_scalar("styled", step / 7, step, new_style=True)
        writer.add_scalar("later", step / 3, 10_000_000_000 - step, walltime=-1.5 * step)
        if step % 100 == 0:
            writer.add_histogram("weights", np.arange(9.0), step)
            writer.add_text("note", "text", step)
    writer.close()
    for path in sorted(tmp_path.glob("*tfevents*")):
        agrees_with_tensorboard(path)


@given(st.binary(max_size=300))
def test_checksums_are_tensorboards(data: bytes) -> None:
    assert masked(google_crc32c.value(data)) == masked_crc32c(data)


@pytest.mark.parametrize(
    "kind", [np.float16, np.float32, np.float64, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.bool_]
)
@pytest.mark.parametrize("value", [0, 1])
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_one_element_of_any_type(kind: DTypeLike, value: int, shape: tuple[int, ...]) -> None:
    array: NDArray[np.generic] = np.full(shape, value, dtype=kind)
    packed = tensor_util.make_tensor_proto(array)
    listed = tensor_pb2.TensorProto(
        dtype=packed.dtype, tensor_shape=packed.tensor_shape, tensor_content=array.tobytes()
    )
    assert element(packed) == element(listed) == value


@pytest.mark.parametrize(
    "value",
    [
        tensor_util.make_tensor_proto("text"),
        tensor_util.make_tensor_proto([1.0, 2.0]),
        tensor_util.make_tensor_proto(np.zeros((0,))),
        tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, tensor_content=b"\x00\x00"),
        tensor_pb2.TensorProto(dtype=types_pb2.DT_BFLOAT16, half_val=[1]),
        tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT),
    ],
)
def test_what_is_not_one_number_is_none(value: tensor_pb2.TensorProto) -> None:
    assert element(value) is None


def test_a_shape_that_promises_too_much_costs_nothing() -> None:
    bomb = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, float_val=[1.0])
    bomb.tensor_shape.dim.add(size=10**12)
    assert element(bomb) is None


def test_the_plugin_named_once_holds_for_the_whole_tag(tmp_path: Path) -> None:
    one = tensor_util.make_tensor_proto(1.0)
    path = write(tmp_path / "events.out.tfevents.1", [tensor("curve", 0, one, "pr_curves"), tensor("curve", 1, one)])
    assert not read_event_file(path).series


# --- broken files ----------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_cut_anywhere_gives_its_whole_records(data: st.DataObject, tmp_path: Path) -> None:
    whole = write(tmp_path / "events.out.tfevents.1.whole", [scalar("loss", k, k / 4) for k in range(5)])
    content = whole.read_bytes()
    ends = [position + 16 + len(record) for position, record in records(whole)]
    cut = data.draw(st.integers(0, len(content)))
    torn = tmp_path / "events.out.tfevents.1.torn"
    torn.write_bytes(content[:cut])
    file = read_event_file(torn)
    kept = sum(end <= cut for end in ends)
    assert file.events == kept
    assert sum(map(len, file.series.values())) == max(0, kept - 1)
    assert [note.code for note in file.notes] == ([] if cut in (0, *ends) else ["torn-tail"])


@pytest.mark.parametrize("encoding", ["simple", "tensor"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_flipped_bit_never_gives_a_wrong_value(encoding: str, data: st.DataObject, tmp_path: Path) -> None:
    values = [tensor_util.make_tensor_proto(np.float32(k / 4)) for k in range(5)]
    events = [
        scalar("loss", k, k / 4) if encoding == "simple" else tensor("loss", k, values[k], "scalars") for k in range(5)
    ]
    whole = write(tmp_path / "events.out.tfevents.1.whole", events)
    content = bytearray(whole.read_bytes())
    begins = [position for position, _ in records(whole)]
    byte = data.draw(st.integers(0, len(content) - 1))
    content[byte] ^= 1 << data.draw(st.integers(0, 7))
    broken = tmp_path / "events.out.tfevents.1.broken"
    broken.write_bytes(content)
    file = read_event_file(broken)
    kept = sum(begin <= byte for begin in begins) - 1
    assert file.events == kept
    assert [note.code for note in file.notes] == ["corrupt-record"]
    values_kept = [value for points in file.series.values() for value in points.value]
    assert values_kept == [k / 4 for k in range(kept - 1)]


def test_a_good_record_that_is_no_event_ends_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "events.out.tfevents.1", [scalar("loss", 0, 1.0)])
    size = path.stat().st_size
    with path.open("ab") as file:
        RecordWriter(file).write(b"\xff\xff\xff")
    found = read_event_file(path)
    assert [note.code for note in found.notes] == ["corrupt-record"]
    assert f"damaged record at byte {size}: kept the 2 events before it" in found.notes[0].message


def test_a_length_beyond_the_file_is_not_believed(tmp_path: Path) -> None:
    path = write(tmp_path / "events.out.tfevents.1", [scalar("loss", 0, 1.0)])
    length = struct.pack("<Q", 2**60)
    with path.open("ab") as file:
        file.write(length + struct.pack("<I", masked_crc32c(length)) + b"few bytes")
    assert [note.code for note in read_event_file(path).notes] == ["torn-tail"]


def test_files_are_ordered_by_age_not_by_alphabet(tmp_path: Path) -> None:
    names = ["events.out.tfevents.999.h.5.0", "events.out.tfevents.1000.h.5.9", "events.out.tfevents.1000.h.5.10"]
    for name in reversed(names):
        write(tmp_path / name, [])
    assert [path.name for path in sorted(tmp_path.iterdir(), key=file_order)] == names


@pytest.mark.parametrize("text", ["no JSON", "[1]", "{", "{" * 5000, '{"a": ' + "[" * 5000])
def test_a_text_that_is_no_settings_is_passed_over(text: str, tmp_path: Path) -> None:
    stream = [tensor("args/text_summary", 0, tensor_util.make_tensor_proto([text]), "text"), scalar("loss", 0, 1.0)]
    file = read_event_file(write(tmp_path / "events.out.tfevents.1", stream))
    assert (dict(file.hparams), list(file.series)) == ({}, ["loss"])


def test_the_first_tag(tmp_path: Path) -> None:
    assert first_tag(write(tmp_path / "events.out.tfevents.1", [scalar("a/b", 0, 1.0)])) == "a/b"
    assert first_tag(write(tmp_path / "events.out.tfevents.2", [])) is None
    assert first_tag(tmp_path / "absent") is None


def test_a_table_of_hyperparameters_in_a_text(tmp_path: Path) -> None:
    table = b"|param|value|\n|-|-|\n|learning_rate|0.00025|\n|seed|1|"
    stream = [
        tensor("hyperparameters/text_summary", 0, tensor_util.make_tensor_proto([table]), "text"),
        tensor("samples/text_summary", 0, tensor_util.make_tensor_proto([b"lr: 9"]), "text"),
        scalar("loss", 0, 1.0),
    ]
    path = write(tmp_path / "events.out.tfevents.1", stream)
    assert read_event_file(path).hparams == {"learning_rate": 2.5e-4, "seed": 1}
