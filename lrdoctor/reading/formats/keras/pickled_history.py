"""Pickled Keras histories, such as `trainHistoryDict`: the dict of lists is taken out, and nothing in it is run.

    with open("trainHistoryDict", "wb") as file:
        pickle.dump(history.history, file)

A pickle is a program.  It is read by `plain_pickle`, which knows plain data only; models, optimizers and data sets
are not recognised, so that a folder full of them is passed over.
"""

from lrdoctor.reading.formats.keras.history import runs_of
from lrdoctor.reading.formats.keras.history_tree import histories
from lrdoctor.reading.formats.keras.pickled_numbers import allowed
from lrdoctor.reading.formats.keras.plain_pickle import BROKEN, load_plain, opcodes
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.cost import at_once
from lrdoctor.reading.parsing.head import Head
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.tags import is_loss_name

NAME = "keras-pickle"

_FIRST = frozenset({"MARK", "EMPTY_DICT", "EMPTY_LIST", "GLOBAL"})
_FRAMING = frozenset({"PROTO", "FRAME"})
_PUT = frozenset({"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"})
_GET = frozenset({"GET", "BINGET", "LONG_BINGET"})
_NAMES = frozenset({"GLOBAL", "STACK_GLOBAL"})
_MAKES_ARRAY = object()
_ARRAY = ("._reconstruct", "._frombuffer")
_LIST = frozenset({"EMPTY_LIST", "MARK"})
_RUNS_CODE = frozenset({"INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "PERSID", "BINPERSID", "EXT1", "EXT2", "EXT4"})


def recognise(head: Head) -> str | None:
    """By the name of a loss with a list after it, before anything that is no plain data."""
    if head.data[:1] not in (b"\x80", b"(", b"}", b"]", b"c"):
        return None
    loss = _loss_with_a_list(head.data)
    return None if loss is None else f"a pickled dict with a list under {loss!r}"


def read(source: Source) -> list[Run]:
    """One run for each history in the pickle; raises `UnreadableError` where it holds more than plain data."""
    return runs_of(histories(load_plain(source.files[-1].read_bytes())), source)


def _loss_with_a_list(data: bytes) -> str | None:
    """The first key named like a loss that a list or an array follows."""
    texts = ["", "", ""]  # the last ones
    pushed: object = None  # by the opcode before: a text, or `_MAKES_ARRAY`
    memo: dict[int, object] = {}
    first = True
    try:
        for name, argument in opcodes(data):
            if name in _PUT:
                memo[len(memo) if name == "MEMOIZE" else int(argument)] = pushed
                continue
            if name in _FRAMING:
                continue
            if first and name not in _FIRST and not isinstance(argument, str):
                return None
            first = False
            key, pushed = pushed, memo.get(int(argument)) if name in _GET else argument
            if name in _NAMES:
                full = str(argument).replace(" ", ".", 1) if name == "GLOBAL" else ".".join(texts[1:])
                if not allowed(full):
                    return None
                pushed = _MAKES_ARRAY if full.endswith(_ARRAY) else None
                key = texts[2] if name == "GLOBAL" else texts[0]
            elif name in _RUNS_CODE:
                return None
            if (name in _LIST or pushed is _MAKES_ARRAY) and isinstance(key, str) and is_loss_name(key):
                return key
            if isinstance(pushed, str):
                texts = [*texts[1:], pushed]
    except BROKEN:  # broken, or cut where the head ends
        pass
    return None


READER = Reader(NAME, "pickled Keras histories", recognise, read, cost=at_once)
