"""What pickles write down numbers with, as data: stand-ins for the few names that a pickled history may use.

numpy's scalars and one-dimensional arrays, `OrderedDict` and `defaultdict`.  Nothing is imported or called by its name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from lrdoctor.display import clean
from lrdoctor.errors import UnreadableError

INSTEAD = "save the history as JSON (json.dump) or CSV"
MAX_KEY = 1_000  # characters

_NUMPY = ("numpy.core.multiarray", "numpy._core.multiarray")
_NUMERIC = ("numpy.core.numeric", "numpy._core.numeric")
_BUILTINS = ("builtins", "__builtin__")
# What may be named, and which of the makers below stands in for it.
ALLOWED: Mapping[str, str] = MappingProxyType(
    {f"{module}.scalar": "scalar" for module in _NUMPY}
    | {f"{module}._reconstruct": "array" for module in _NUMPY}
    | {f"{module}._frombuffer": "buffer" for module in _NUMERIC}
    | {f"{module}.{name}": "type" for module in _BUILTINS for name in ("list", "dict", "int", "float")}
    | {"numpy.dtype": "dtype", "numpy.ndarray": "type", "_codecs.encode": "bytes"}
    | {"collections.OrderedDict": "dict", "collections.defaultdict": "dict"}
)
_NUMBERS = frozenset({"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"})


@dataclass(frozen=True)
class Name:
    """A class or function that the pickle names; `maker` says which stand-in it has here."""

    full: str
    maker: str


@dataclass(eq=False)
class DType:
    """A numpy type: its code and the order of its bytes, which comes after it."""

    code: str  # such as `f4`
    order: str = "<"


class Array(list[float]):
    """An array, which numpy makes empty and then fills: the memo may hold it before."""


def allowed(full: str) -> bool:
    """Whether a name such as `numpy.dtype` stands for plain data."""
    return full in ALLOWED


def refused(full: str) -> UnreadableError:
    """The error for a name that is not allowed."""
    return UnreadableError(f"a pickle that would run code ({clean(full[:80])}), which is not done: {INSTEAD}")


def named(full: str) -> Name:
    """The stand-in for a name; `UnreadableError` for one that is not allowed."""
    if not allowed(full):
        raise refused(full)
    return Name(full, ALLOWED[full])


def _scalar(kind: Any, content: Any) -> float | None:
    values = numbers(content, kind, ())
    return values[0] if len(values) == 1 else None


def numbers(content: Any, kind: Any, shape: Any) -> list[float]:
    """The numbers of an array; none for tables and for what are no numbers, which no curve is made of."""
    if not isinstance(kind, DType) or not isinstance(shape, tuple):
        raise TypeError(kind)
    if kind.code not in _NUMBERS or len(shape) > 1:
        return []
    values = np.frombuffer(_bytes(content), dtype=kind.order + kind.code).astype(np.float64)
    if len(values) != (shape[0] if shape else 1):
        raise ValueError(shape)
    return [float(value) for value in values]


def _make_dtype(code: Any, *_: Any) -> DType:
    if not isinstance(code, str):
        raise TypeError(code)
    return DType(code)


def _make_dict(*arguments: Any) -> dict[str, Any]:
    """`OrderedDict()`, Python 2's `OrderedDict([[key, value], ...])`, or `defaultdict(list)`."""
    pairs = arguments[0] if arguments and isinstance(arguments[0], list) else []
    return into({}, [part for pair in pairs for part in (pair[0], pair[1])])


def _bytes(content: Any) -> bytes:
    """Raw bytes; protocols 0 to 2 write them as text in Latin-1."""
    if isinstance(content, str):
        return content.encode("latin-1")
    if not isinstance(content, bytes | bytearray):
        raise TypeError(content)
    return bytes(content)


def into(table: Any, items: list[Any]) -> dict[str, Any]:
    """Set keys and values that alternate; keys become text, so that none can be chosen to collide."""
    if not isinstance(table, dict) or len(items) % 2:
        raise TypeError(table)
    for key, value in zip(items[::2], items[1::2], strict=True):
        if isinstance(key, str | bytes) and len(key) > MAX_KEY:
            raise ValueError(len(key))
        if isinstance(key, bytes):
            key = key.decode("utf-8", errors="replace")
        if not isinstance(key, str | int | float | None) or (isinstance(key, int) and abs(key) >= 2**63):
            raise TypeError(type(key))
        table[str(key)] = value
    return table


MAKERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "scalar": _scalar,
        "array": lambda *_: Array(),
        "buffer": lambda content, kind, shape, *_: Array(numbers(content, kind, shape)),
        "dtype": _make_dtype,
        "dict": _make_dict,
        "bytes": lambda text, *_: _bytes(text),
    }
)
