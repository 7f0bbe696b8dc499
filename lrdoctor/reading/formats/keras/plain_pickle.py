"""A pickle's plain data, without running it: a small machine of our own for its opcodes, which calls nothing.

Python's unpickler imports and calls whatever a pickle names.  Here a name is only compared with the few that write
down numbers (numpy's scalars and one-dimensional arrays, `OrderedDict`, `defaultdict`): what those would make is made
by hand, and any other name ends the reading.  Every opcode makes at most as much as its own argument takes in the
file, so the file's size bounds the memory; shared and cyclic parts are references, which the caller's walk must bound.
"""

import io
import pickletools
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.keras.pickled_numbers import (
    INSTEAD,
    MAKERS,
    Array,
    DType,
    Name,
    into,
    named,
    numbers,
    refused,
)

MAX_OPCODES = 500_000  # a history of 1,000 epochs and 20 metrics takes 80,000 with numpy's scalars
MAX_MADE = 1 << 22  # bytes, characters and items given to stand-ins: the memo can hand out one text without end
MAX_MEMO = 1 << 32  # the opcodes' own width; beyond it indices could be made to collide
BROKEN = (ValueError, OverflowError, Warning)  # a wrong escape in a text is a warning, which may be made an error

Opcode: TypeAlias = tuple[str, Any]  # its name, and its argument: None, a number, text or bytes

_MADE = frozenset({"EMPTY_LIST", "EMPTY_DICT", "EMPTY_TUPLE"})
_CONSTANTS: Mapping[str, object] = MappingProxyType({"NONE": None, "NEWTRUE": True, "NEWFALSE": False})
_ARGUMENTS = frozenset(
    {"INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "STRING", "BINSTRING"}
    | {"SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "SHORT_BINBYTES", "BINBYTES"}
    | {"BINBYTES8", "BYTEARRAY8"}
)
_PUT = frozenset({"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"})
_GET = frozenset({"GET", "BINGET", "LONG_BINGET"})
_GROUPS = frozenset({"LIST", "DICT", "TUPLE", "APPENDS", "SETITEMS", "POP_MARK"})
_IGNORED = frozenset({"PROTO", "FRAME"})


def opcodes(data: bytes) -> Iterator[Opcode]:
    """The opcodes of a pickle up to its STOP; raises one of `BROKEN` where they break off or are none."""
    for opcode, argument, _ in pickletools.genops(io.BytesIO(data)):
        yield opcode.name, argument


def load_plain(data: bytes) -> object:
    """The dicts, lists, texts and numbers a pickle holds.

    Raises:
        UnreadableError: it names anything that is no plain data, it is torn, or it is no pickle.
    """
    machine = _Machine()
    try:
        for count, (name, argument) in enumerate(opcodes(data)):
            if count == MAX_OPCODES:
                raise UnreadableError(f"a pickle of over {MAX_OPCODES:,} opcodes, too large for a history: {INSTEAD}")
            if name == "STOP":
                return machine.stack[-1]
            machine.run(name, argument)
    except (*BROKEN, LookupError, TypeError) as error:
        raise UnreadableError(f"a pickle that is torn or broken: copy it again, or {INSTEAD}") from error
    raise UnreadableError(f"a pickle that is torn: copy it again, or {INSTEAD}")


class _Machine:
    """The stack and the memo of one pickle."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._outer: list[list[Any]] = []  # the stacks below each open mark
        self._memo: dict[int, Any] = {}
        self._left = MAX_MADE

    def run(self, name: str, argument: Any) -> None:
        """Carry out one opcode; whatever its operands are not fit for raises ValueError, LookupError or TypeError."""
        if name in _ARGUMENTS:
            self.stack.append(argument)
        elif name in _PUT:
            index = len(self._memo) if name == "MEMOIZE" else int(argument)
            if not 0 <= index < MAX_MEMO:
                raise ValueError(index)
            self._memo[index] = self.stack[-1]
        elif name in _GET:
            self.stack.append(self._memo[int(argument)])
        elif name == "MARK":
            self._outer.append(self.stack)
            self.stack = []
        elif name in _GROUPS:
            group, self.stack = self.stack, self._outer.pop()
            self._group(name, group)
        elif name in _MADE:
            self.stack.append({"EMPTY_LIST": [], "EMPTY_DICT": {}, "EMPTY_TUPLE": ()}[name])
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _OPERATIONS:
            _OPERATIONS[name](self.stack)
        elif name == "REDUCE":
            self._reduce()
        elif name == "BUILD":
            self._build()
        elif name == "GLOBAL":
            self.stack.append(named(str(argument).replace(" ", ".", 1)))
        elif name in {"INST", "NEWOBJ", "NEWOBJ_EX", "OBJ"}:
            raise refused(_class_of(name, argument, self.stack))
        elif name not in _IGNORED:
            raise UnreadableError(f"a pickle with more than numbers in it (opcode {name}): {INSTEAD}")

    def _group(self, name: str, group: list[Any]) -> None:
        if name == "LIST":
            self.stack.append(group)
        elif name == "TUPLE":
            self.stack.append(tuple(group))
        elif name == "DICT":
            self.stack.append(into({}, group))
        elif name == "APPENDS":
            _list(self.stack[-1]).extend(group)
        elif name == "SETITEMS":
            into(self.stack[-1], group)

    def _reduce(self) -> None:
        arguments, callee = self.stack.pop(), self.stack.pop()
        if not isinstance(callee, Name) or not isinstance(arguments, tuple):
            raise TypeError(callee)
        if callee.maker not in MAKERS:
            raise refused(callee.full)
        self._charge(arguments)
        self.stack.append(MAKERS[callee.maker](*arguments))

    def _build(self) -> None:
        state, made = self.stack.pop(), self.stack[-1]
        if isinstance(made, DType):
            made.order = {"<": "<", ">": ">", "|": "<", "=": "<"}[state[1]]
        elif isinstance(made, Array):
            _, shape, kind, _, content = state
            self._charge((content,))
            made.extend(numbers(content, kind, shape))
        else:
            raise UnreadableError(f"a pickle with more than numbers in it (opcode BUILD): {INSTEAD}")

    def _charge(self, arguments: Iterable[Any]) -> None:
        self._left -= sum(len(one) for one in arguments if isinstance(one, str | bytes | bytearray | list))
        if self._left < 0:
            raise UnreadableError(f"a pickle that unfolds to over {MAX_MADE >> 20} MiB: {INSTEAD}")


def _class_of(name: str, argument: Any, stack: list[Any]) -> str:
    if name == "INST":
        return str(argument).replace(" ", ".", 1)
    made = next((item.full for item in stack if isinstance(item, Name)), None)
    return made or f"opcode {name}"


def _stack_global(stack: list[Any]) -> None:
    name, module = stack.pop(), stack.pop()
    if not isinstance(name, str) or not isinstance(module, str):
        raise TypeError(name)
    stack.append(named(f"{module}.{name}"))


def _append(stack: list[Any]) -> None:
    item = stack.pop()
    _list(stack[-1]).append(item)


def _set_item(stack: list[Any]) -> None:
    value, key = stack.pop(), stack.pop()
    into(stack[-1], [key, value])


def _tuple(size: int) -> Callable[[list[Any]], None]:
    def make(stack: list[Any]) -> None:
        items = [stack.pop() for _ in range(size)]
        stack.append(tuple(reversed(items)))

    return make


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value


_OPERATIONS: Mapping[str, Callable[[list[Any]], None]] = MappingProxyType(
    {
        "APPEND": _append,
        "SETITEM": _set_item,
        "TUPLE1": _tuple(1),
        "TUPLE2": _tuple(2),
        "TUPLE3": _tuple(3),
        "DUP": lambda stack: stack.append(stack[-1]),
        "POP": lambda stack: stack.pop() and None,
        "STACK_GLOBAL": _stack_global,
    }
)
