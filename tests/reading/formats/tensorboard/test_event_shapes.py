"""Records read by their shape: which are, and which must not be; test_event_file has the equality with TensorBoard."""

import math
import struct
from array import array

import numpy as np
import pytest
from tensorboard.compat.proto import event_pb2, tensor_pb2, types_pb2
from tensorboard.util import tensor_util

from lrdoctor.reading.formats.tensorboard import event_shapes
from lrdoctor.reading.formats.tensorboard.event_file import _one_scalar
from lrdoctor.reading.formats.tensorboard.event_shapes import Columns, Shapes
from tests.event_logs import scalar, start, tensor


def learned(event: event_pb2.Event, value: float, packing: str = "<f") -> tuple[Shapes, Columns]:
    shapes, columns = Shapes(_one_scalar), (array("d"), array("d"), array("d"))
    shapes.learn(event.SerializeToString(), event.summary.value[0].tag, value, packing, columns)
    return shapes, columns


def packed(value: float, dtype: int = types_pb2.DT_FLOAT, code: str = "<f") -> tensor_pb2.TensorProto:
    return tensor_pb2.TensorProto(dtype=dtype, tensor_content=struct.pack(code, value))


@pytest.mark.parametrize(
    ("first", "second", "packing"),
    [
        (scalar("loss", 0, 0.5), scalar("loss", 1, 0.25, 7.0), "<f"),
        (scalar("loss", 0, 0.5), scalar("loss", 2**62, math.inf), "<f"),
        (scalar("loss", 300, 0.0), scalar("loss", 0, -2.0), "<f"),
        (tensor("loss", 0, packed(0.5), "scalars"), tensor("loss", 128, packed(0.25), "scalars"), "<f"),
        (
            tensor("loss", 0, tensor_util.make_tensor_proto(np.float32(0.5))),
            tensor("loss", 1, tensor_util.make_tensor_proto(np.float32(3.0))),
            "<f",
        ),
        (
            tensor("loss", 0, packed(0.5, types_pb2.DT_DOUBLE, "<d")),
            tensor("loss", 1, packed(0.1, types_pb2.DT_DOUBLE, "<d")),
            "<d",
        ),
    ],
)
def test_the_second_record_of_a_tag_is_not_parsed(
    first: event_pb2.Event, second: event_pb2.Event, packing: str
) -> None:
    point = _one_scalar(first.SerializeToString())
    assert point is not None
    shapes, columns = learned(first, point[2], packing)
    assert shapes.take(second.SerializeToString())
    expected = _one_scalar(second.SerializeToString())
    assert expected is not None
    assert [column[0] for column in columns] == [float(part) for part in expected[1:]]


@pytest.mark.parametrize(
    "other",
    [
        scalar("lost", 1, 0.5),  # another tag of the same length
        scalar("losses", 1, 0.5),
        scalar("loss", -1, 0.5),  # ten bytes of step
        tensor("loss", 1, packed(0.5)),
        event_pb2.Event(step=1, summary=scalar("loss", 1, 0.5).summary),  # no wall time
        event_pb2.Event(wall_time=1.0, step=1, file_version="brain.Event:2"),
        start(5),
    ],
)
def test_another_shape_is_parsed(other: event_pb2.Event) -> None:
    shapes, columns = learned(scalar("loss", 0, 0.5), 0.5)
    assert not shapes.take(other.SerializeToString())
    assert not any(columns)


def test_what_stands_behind_the_value_belongs_to_the_shape() -> None:
    shapes, _ = learned(tensor("loss", 0, packed(0.5), "scalars"), 0.5)
    assert not shapes.take(tensor("loss", 1, packed(0.5), "my_plug").SerializeToString())


@pytest.mark.parametrize(
    ("event", "value"),
    [
        (tensor("loss", 0, packed(0.0), "\0\0\0\0\0\0\0"), 0.0),  # the last four zeros are not the value's
        (scalar("loss", 0, 0.5), 0.25),  # not there
        (scalar("loss", -1, 0.5), 0.5),
        (scalar("l" * 5000, 0, 0.5), 0.5),
        (start(5), 5.0),
    ],
)
def test_a_value_that_cannot_be_placed_is_parsed_ever_after(event: event_pb2.Event, value: float) -> None:
    shapes, columns = Shapes(_one_scalar), (array("d"), array("d"), array("d"))
    shapes.learn(event.SerializeToString(), "loss", value, "<f", columns)
    assert not shapes.take(event.SerializeToString())


def test_a_step_behind_the_summary_overrides_the_one_before_it() -> None:
    event = scalar("loss", 0, 0.5).SerializeToString() + event_pb2.Event(step=9).SerializeToString()
    shapes, columns = Shapes(_one_scalar), (array("d"), array("d"), array("d"))
    shapes.learn(event, "loss", 0.5, "<f", columns)
    assert not shapes.take(event)


def test_shapes_are_forgotten() -> None:
    shapes, columns = learned(scalar("loss", 0, 0.5), 0.5)
    shapes.forget()
    assert not shapes.take(scalar("loss", 1, 0.25).SerializeToString())
    assert not any(columns)


def test_there_is_room_for_so_many_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_shapes, "MAX_SHAPES", 2)
    shapes, columns = Shapes(_one_scalar), (array("d"), array("d"), array("d"))
    for tag in "abc":
        shapes.learn(scalar(tag * 9, 0, 0.5).SerializeToString(), tag * 9, 0.5, "<f", columns)
    assert [shapes.take(scalar(tag * 9, 1, 0.5).SerializeToString()) for tag in "abc"] == [True, True, False]


def test_a_writer_whose_values_cannot_be_placed_is_not_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_shapes, "MAX_REFUSED", 3)
    shapes, columns = Shapes(_one_scalar), (array("d"), array("d"), array("d"))
    event = scalar("loss", 0, 0.5)
    for _ in range(3):
        shapes.learn(event.SerializeToString(), "loss", 0.75, "<f", columns)
    shapes.learn(event.SerializeToString(), "loss", 0.5, "<f", columns)
    assert not shapes.take(event.SerializeToString())
