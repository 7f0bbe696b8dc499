"""Records of scalars that differ from an earlier one in wall time, step and value only: read without parsing them.

    09 <wall time, 8 bytes>  10 <step, a varint>   2a .. 0a .. 0a 04 loss 15  <value, 4 bytes>
    `----------- each record's own -----------'   `- a tag's: its shape --'  `-- its own ---'

A log has a record for each value, and nearly all of a tag's have one shape.  The first of each is parsed as any event
is.  Where its value lies is proved by trial: others put in that place must be parsed back, and change nothing else.
"""

import struct
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

Columns: TypeAlias = tuple["array[float]", "array[float]", "array[float]"]
# A serialised event -> tag, step, value, wall time where it holds one scalar and nothing else that counts; else None.
Parse: TypeAlias = Callable[[bytes], tuple[str, float, float, float] | None]
Append: TypeAlias = Callable[[float], None]

MAX_SHAPES = 4096  # tags, mostly
MAX_PLACES = 4  # of the value in records of one length: a tag's first, with metadata, may be as long as another's
MAX_BYTES = 4096  # of one shape; a longer one is a record with much else in it
MAX_REFUSED = 4096  # records in which no place for the value was found: of a writer with other habits
_LEAST_BYTES = 24  # wall time, the longest step that is read here, and some of a summary
_WALL_TIME, _STEP = 0x09, 0x10  # the keys of an event's first two fields
_TRIALS = ((-2.5, 7, 3.0), (1.25, 130, 5.0))  # value, step, wall time
_DOUBLE = struct.Struct("<xd").unpack_from


@dataclass(frozen=True, eq=False)
class _Shape:
    """What follows the step in records of one length: where the value lies, how it is packed, what is around it."""

    begin: int
    end: int
    packing: struct.Struct
    appends: dict[bytes, tuple[Append, Append, Append]] = field(default_factory=dict)


class Shapes:
    """The shapes met in one file, each with the columns (step, value, wall time) that its points go to."""

    def __init__(self, parse: Parse) -> None:
        self._parse = parse
        self._shapes: dict[int, list[_Shape]] = {}  # by their length
        self._room, self._patience = MAX_SHAPES, MAX_REFUSED

    def take(self, data: bytes) -> bool:
        """Append the point of a record of a known shape to its columns; False where it has to be parsed."""
        step, at = _step(data)
        for shape in self._shapes.get(len(data) - at, ()):
            begin = at + shape.begin
            appends = shape.appends.get(data[at:begin] + data[at + shape.end :])
            if appends is not None and at:
                appends[0](step)
                appends[1](shape.packing.unpack_from(data, begin)[0])
                appends[2](_DOUBLE(data)[0])
                return True
        return False

    def learn(self, data: bytes, tag: str, value: float, packing: str, columns: Columns) -> None:
        """Remember the shape of a record that was parsed and has one value, if its place in the bytes can be proved."""
        _, at = _step(data)
        rest = data[at:]
        if not at or not self._room or not self._patience or len(rest) > MAX_BYTES:
            return
        shape = self._placed(rest, tag, value, struct.Struct(packing))
        if shape is None:
            self._patience -= 1
            return
        self._room -= 1
        step, values, wall_time = (column.append for column in columns)
        shape.appends[rest[: shape.begin] + rest[shape.end :]] = (step, values, wall_time)

    def forget(self) -> None:
        """Drop every shape: points no longer go to the columns that they name."""
        self._shapes.clear()

    def _placed(self, rest: bytes, tag: str, value: float, packing: struct.Struct) -> _Shape | None:
        """Where in `rest` this value lies, as one of the shapes of that length; None where that is not sure."""
        begin = rest.rfind(packing.pack(value))
        shape = _Shape(begin, begin + packing.size, packing)
        if begin < 0 or not self._is_proved(rest, shape, tag):
            return None
        known = self._shapes.setdefault(len(rest), [])
        for other in known:
            if (other.begin, other.end) == (shape.begin, shape.end):
                return other
        if len(known) == MAX_PLACES:
            return None
        known.append(shape)
        return shape

    def _is_proved(self, rest: bytes, shape: _Shape, tag: str) -> bool:
        """Whether other values, steps and wall times are parsed back: then these bytes are the value's."""
        for value, step, wall_time in _TRIALS:
            own = struct.pack("<BdBBB", _WALL_TIME, wall_time, _STEP, step & 127 | 128, step >> 7)
            trial = own + rest[: shape.begin] + shape.packing.pack(value) + rest[shape.end :]
            if self._parse(trial) != (tag, step, value, wall_time):
                return False
        return True


def _step(data: bytes) -> tuple[int, int]:
    """An event's step and where its other fields begin; (0, 0) where it does not begin with a wall time and a step."""
    if len(data) < _LEAST_BYTES or data[0] != _WALL_TIME:
        return 0, 0
    if data[9] != _STEP:
        return 0, 9  # a step of 0 is not written
    step = data[10]
    if step < 128:
        return step, 11
    step, at, shift = step & 127, 11, 7
    while data[at] > 127:
        if at == 18:  # ten bytes: negative
            return 0, 0
        step |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
    return step | data[at] << shift, at + 1
