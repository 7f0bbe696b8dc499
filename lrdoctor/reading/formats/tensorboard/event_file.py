"""One TensorBoard event file as series of scalars; text, images, histograms and graphs are passed over.

Scalars come as `simple_value` (TF1, torch) or as a tensor of one element (TF2, Keras, torch `new_style`).
"""

import re
import struct
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrdoctor.reading.formats.tensorboard.event_shapes import Columns, Shapes
from lrdoctor.reading.formats.tensorboard.settings_texts import is_about_settings, text_settings
from lrdoctor.reading.formats.tensorboard.tfrecord import BrokenRecordError, records
from lrdoctor.reading.parsing.settings_files import flatten
from lrdoctor.records.run import HParam, Note, Series

if TYPE_CHECKING:
    from tensorboard.compat.proto import event_pb2

HPARAMS_TAG = "_hparams_/session_start_info"

# TensorFlow's DataType -> how one element is packed in `tensor_content`, and the field that holds it otherwise.
# (A half stands in `half_val` as its 16 bits; bfloat16 has no struct code and no writer of scalars uses it.)
_ELEMENT: dict[int, tuple[str, str]] = {
    1: ("<f", "float_val"),
    2: ("<d", "double_val"),
    3: ("<i", "int_val"),
    4: ("<B", "int_val"),
    5: ("<h", "int_val"),
    6: ("<b", "int_val"),
    9: ("<q", "int64_val"),
    10: ("<?", "bool_val"),
    17: ("<H", "int_val"),
    19: ("<e", "half_val"),
    22: ("<I", "uint32_val"),
    23: ("<Q", "uint64_val"),
}
_HALF = 19
_SHAPED = ("<f", "<d")  # what `Shapes` may place: nearly all scalars


@dataclass(frozen=True, eq=False)
class EventFile:
    """What one event file holds.

    Args:
        series: tag to points in the order written: steps may fall where a writer was reset.
        hparams: from the hparams plugin, and from texts such as Hugging Face's `args`.
        purge_step: a session that starts at this step voids all earlier points at or past it; None without one.
        events: whole records read, the file-version record included.
        notes: a torn tail or a corrupt record.
    """

    series: Mapping[str, Series]
    hparams: Mapping[str, HParam]
    purge_step: float | None
    events: int
    notes: tuple[Note, ...]


def file_order(path: Path) -> tuple[int, tuple[tuple[int, str], ...], float]:
    """Sort key by age: the Unix seconds in the name, the rest of the name with its numbers as numbers, mtime."""
    try:
        modified = path.stat().st_mtime
    except OSError:
        modified = 0.0
    match = re.search(r"tfevents\.(\d{1,18})(.*)", path.name)
    if match is None:
        return int(modified), (), modified
    parts = re.findall(r"(\d{1,18})|(\D+)", match[2])
    return int(match[1]), tuple((int(digits or -1), text) for digits, text in parts), modified


def read_event_file(path: Path) -> EventFile:
    """Every scalar of one file, up to its end or to the first record that is torn or corrupt.

    Raises:
        OSError: the file cannot be opened or read.
    """
    from google.protobuf.message import DecodeError
    from tensorboard.compat.proto import event_pb2

    parse = event_pb2.Event.FromString
    points = _Points(Shapes(_one_scalar))
    take = points.shapes.take
    notes: tuple[Note, ...] = ()
    events = position = 0
    try:
        for position, data in records(path):  # noqa: B007 - a record that is no event is reported by its position
            if not take(data):
                points.add(parse(data), data)
            events += 1
    except BrokenRecordError as error:
        notes = (_broken(path, error, events),)
    except DecodeError:
        notes = (_broken(path, BrokenRecordError(position, torn=False), events),)
    return EventFile(points.series(), points.hparams, points.purge_step, events, notes)


def first_tag(path: Path, events: int = 50) -> str | None:
    """The tag of the first value among the first `events` records; None where there is none."""
    from google.protobuf.message import DecodeError
    from tensorboard.compat.proto import event_pb2

    try:
        for _, data in islice(records(path), events):
            for value in event_pb2.Event.FromString(data).summary.value:
                if value.HasField("simple_value") or value.HasField("tensor"):
                    return str(value.tag)
    except (BrokenRecordError, DecodeError, OSError):
        pass
    return None


def _broken(path: Path, error: BrokenRecordError, events: int) -> Note:
    kept = f"kept the {events:,} events before it"
    if error.torn:
        return Note("torn-tail", f"{path.name} ends inside a record at byte {error.position:,}: {kept}")
    return Note(
        "corrupt-record", f"{path.name} has a damaged record at byte {error.position:,}: {kept}, nothing after it"
    )


class _Points:
    """Collects events: per tag, flat arrays of steps, values and wall times (24 bytes a point)."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self.columns: dict[str, Columns] = {}
        self.plugins: dict[str, str] = {}
        self.hparams: dict[str, HParam] = {}
        self.purge_step: float | None = None

    def add(self, event: "event_pb2.Event", data: bytes) -> None:
        """One event, parsed from `data`."""
        for value in event.summary.value:
            if value.HasField("simple_value"):
                self.point(value.tag, event, value.simple_value, data, "<f")
            elif value.HasField("tensor"):
                self.tensor(value, event, data)
            elif value.tag == HPARAMS_TAG:
                self.settings(value)
        # TensorFlow's enum SessionLog.START is 1; torch writes it for `purge_step`.
        if event.HasField("session_log") and event.session_log.status == 1:
            self.purge(float(event.step))

    def point(self, tag: str, event: "event_pb2.Event", value: float, data: bytes, packing: str) -> None:
        columns = self.columns.get(tag)
        if columns is None:
            columns = self.columns[tag] = (array("d"), array("d"), array("d"))
        columns[0].append(event.step)
        columns[1].append(value)
        columns[2].append(event.wall_time)
        if packing in _SHAPED and len(event.summary.value) == 1:
            self.shapes.learn(data, tag, value, packing, columns)

    def tensor(self, value: Any, event: "event_pb2.Event", data: bytes) -> None:
        # Writers state the plugin on a tag's first value only.
        plugin = value.metadata.plugin_data.plugin_name or self.plugins.get(value.tag, "")
        self.plugins.setdefault(value.tag, plugin)
        if value.tag == HPARAMS_TAG or (plugin == "text" and is_about_settings(value.tag)):
            self.settings(value)
        elif plugin in ("scalars", ""):
            number = element(value.tensor)
            if number is not None:
                self.point(value.tag or value.node_name, event, number, data, _ELEMENT[value.tensor.dtype][0])

    def settings(self, value: Any) -> None:
        if value.tag == HPARAMS_TAG:
            self.hparams |= _plugin_hparams(value)
        elif len(value.tensor.string_val):  # what is declared as settings comes before what only reads like them
            self.hparams = text_settings(value.tensor.string_val[0]) | self.hparams

    def purge(self, step: float) -> None:
        self.purge_step = step if self.purge_step is None else min(step, self.purge_step)
        self.shapes.forget()
        for tag, columns in self.columns.items():
            keep = [index for index, other in enumerate(columns[0]) if other < step]
            if len(keep) < len(columns[0]):
                steps, values, times = (array("d", [column[index] for index in keep]) for column in columns)
                self.columns[tag] = (steps, values, times)

    def series(self) -> dict[str, Series]:
        import numpy as np

        return {
            tag: Series(*(np.frombuffer(column, dtype=np.float64) for column in columns))
            for tag, columns in self.columns.items()
            if len(columns[0])
        }


def _one_scalar(data: bytes) -> tuple[str, float, float, float] | None:
    """Tag, step, value and wall time of a serialised event with one scalar that starts no session; else None."""
    from google.protobuf.message import DecodeError
    from tensorboard.compat.proto import event_pb2

    try:
        event = event_pb2.Event.FromString(data)
    except DecodeError:
        return None
    if len(event.summary.value) != 1 or event.HasField("session_log"):
        return None
    value = event.summary.value[0]
    if value.HasField("simple_value"):
        return value.tag, event.step, value.simple_value, event.wall_time
    number = element(value.tensor)
    return None if number is None else (value.tag or value.node_name, event.step, number, event.wall_time)


def element(tensor: Any) -> float | None:
    """The number in a `TensorProto` of exactly one element; None for text, for other sizes and unknown types."""
    packing = _ELEMENT.get(tensor.dtype)
    if packing is None or any(dim.size != 1 for dim in tensor.tensor_shape.dim):
        return None
    code, field = packing
    content: bytes = tensor.tensor_content
    if content:
        return float(struct.unpack(code, content)[0]) if len(content) == struct.calcsize(code) else None
    values = getattr(tensor, field)
    if len(values) != 1:
        return None
    if tensor.dtype == _HALF:
        return float(struct.unpack("<e", struct.pack("<H", values[0] & 0xFFFF))[0])
    return float(values[0])


def _plugin_hparams(value: Any) -> dict[str, HParam]:
    """The settings of the hparams plugin; torch writes its booleans as the numbers 0.0 and 1.0."""
    from google.protobuf.message import DecodeError
    from tensorboard.plugins.hparams import plugin_data_pb2

    try:
        content = plugin_data_pb2.HParamsPluginData.FromString(value.metadata.plugin_data.content)
    except DecodeError:
        return {}
    found: dict[str, HParam] = {}
    for key, setting in sorted(content.session_start_info.hparams.items()):
        kind = setting.WhichOneof("kind")
        if kind in ("number_value", "string_value", "bool_value"):
            found[key] = getattr(setting, kind)
    return flatten(found)
