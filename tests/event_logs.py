"""Event files written record by record, with TensorBoard's own writer of records."""

from collections.abc import Sequence
from pathlib import Path

from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

VERSION = event_pb2.Event(wall_time=1.0, file_version="brain.Event:2")


def write(path: Path, events: Sequence[event_pb2.Event]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        writer = RecordWriter(file)
        for event in [VERSION, *events]:
            writer.write(event.SerializeToString())
    return path


def scalar(tag: str, step: int, value: float, wall_time: float = 2.0) -> event_pb2.Event:
    return event_pb2.Event(
        wall_time=wall_time,
        step=step,
        summary=summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=tag, simple_value=value)]),
    )


def tensor(tag: str, step: int, value: tensor_pb2.TensorProto, plugin: str = "") -> event_pb2.Event:
    content = summary_pb2.Summary.Value(tag=tag, tensor=value)
    content.metadata.plugin_data.plugin_name = plugin
    return event_pb2.Event(wall_time=2.0, step=step, summary=summary_pb2.Summary(value=[content]))


def start(step: int) -> event_pb2.Event:
    return event_pb2.Event(
        wall_time=3.0, step=step, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START)
    )


def losses(path: Path, steps: Sequence[int], tag: str = "loss") -> Path:
    """One series, `1 + step / 8` at each step."""
    return write(path, [scalar(tag, step, 1 + step / 8) for step in steps])
