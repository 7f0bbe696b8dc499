"""Pickled histories: by every protocol, with numpy's numbers, hostile ones of every kind, and real ones."""

import collections
import os
import pickle
import struct
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.discovery.discover import discover
from lrdoctor.reading.formats.keras.pickled_history import READER
from lrdoctor.reading.formats.keras.plain_pickle import load_plain
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source

KERAS = {"acc": [0.5, 0.625], "loss": [2.0, 1.25], "val_loss": [1.5, 1.75], "lr": [0.5, 0.25]}
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Calls:
    """A pickle of this calls a function when it is loaded by Python's unpickler."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call


class Plain:
    """An object of a class of its own, as a model is one."""

    def __init__(self) -> None:
        self.loss = [1.0, 2.0]


def saved(tmp_path: Path, data: bytes, name: str = "trainHistoryDict") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def read(path: Path) -> list[Run]:
    return READER.read(Source(path, (path,), READER.name, "test"))


def one(tmp_path: Path, history: object, protocol: int = 4) -> dict[str, list[float]]:
    path = saved(tmp_path, pickle.dumps(history, protocol))
    assert READER.recognise(look(path)) is not None
    (run,) = read(path)
    assert run.step_axis == "epoch"
    return {tag: series.value.tolist() for tag, series in run.series.items()}


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableError) as error:
        load_plain(data)
    assert "\n" not in str(error.value)
    return str(error.value)


# ---- recognised

CASES: list[tuple[str, object, bool]] = [
    ("a history", KERAS, True),
    ("a numpy loss", {"loss": np.array([2.0, 1.0])}, True),
    ("after numpy's scalars", {"lr": [np.float32(0.5)], "loss": [1.0]}, True),
    ("of several runs", [{"history": {"loss": [1.0]}}], True),
    ("with one value", {"loss": [1.0]}, True),
    ("without a loss", {"acc": [1.0]}, False),
    ("the name of a loss", {"loss": "mse", "lr": 0.1}, False),
    ("weights", {"loss_weights": [1.0]}, False),
    ("an object", Plain(), False),
    ("a model beside its history", {"model": Plain(), "loss": [1.0]}, False),
    ("numbers", [1.0, 2.0], False),
    ("a data set", {"x": np.zeros((4, 4)), "y": np.zeros(4)}, False),
    ("text", "loss", False),
]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("content", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_a_list_under_a_loss(tmp_path: Path, content: object, known: bool, protocol: int) -> None:
    path = saved(tmp_path, pickle.dumps(content, protocol))
    assert (READER.recognise(look(path)) is not None) is known


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x80\x04", b"(loss", b"c\n", b"}loss", b"column,loss\n1,2\n"])
def test_what_is_no_pickle_is_not_recognised(tmp_path: Path, data: bytes) -> None:
    assert READER.recognise(look(saved(tmp_path, data))) is None


def test_models_and_data_in_a_tree_are_passed_over(tmp_path: Path) -> None:
    saved(tmp_path, pickle.dumps(KERAS), "history.pkl")
    saved(tmp_path, pickle.dumps({"w": np.zeros(9)}), "data.pkl")
    saved(tmp_path, pickle.dumps(Plain()), "model.pkl")
    found = discover(tmp_path)
    assert [source.path.name for source in found.sources] == ["history.pkl"]
    assert found.refused == ()


# ---- values


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "history",
    [
        KERAS,
        {tag: [np.float32(value) for value in values] for tag, values in KERAS.items()},
        {tag: [np.float64(value) for value in values] for tag, values in KERAS.items()},
        {tag: np.array(values) for tag, values in KERAS.items()},
        {tag: np.array(values, dtype=">f4") for tag, values in KERAS.items()},
        {tag: np.array(values, dtype=np.float16) for tag, values in KERAS.items()},
        {tag: tuple(values * 2) for tag, values in KERAS.items()},
        {tag: [str(value) for value in values] for tag, values in KERAS.items()},
        {"history": KERAS, "epoch": [0, 1]},
        collections.OrderedDict(KERAS),
        collections.defaultdict(list, KERAS),
    ],
    ids=["floats", "f4", "f8", "arrays", "big-endian", "f2", "tuples", "text", "wrapped", "OrderedDict", "defaultdict"],
)
def test_what_was_pickled_comes_back(tmp_path: Path, history: object, protocol: int) -> None:
    told = one(tmp_path, history, protocol)
    assert {tag: values[:2] for tag, values in told.items()} == KERAS
    assert len({len(values) for values in told.values()}) == 1


def test_integers_and_what_is_not_finite_come_back(tmp_path: Path) -> None:
    history = {"loss": [3, np.int64(2), 10**30, float("nan"), np.float32("inf"), 2**400 * 2**700], "n": np.arange(3)}
    assert repr(one(tmp_path, history)["loss"]) == "[3.0, 2.0, 1e+30, nan, inf, inf]"


def test_one_array_under_two_names_is_there_twice(tmp_path: Path) -> None:
    shared = np.array([2.0, 1.0])
    assert one(tmp_path, {"loss": shared, "copy": shared}) == {"loss": [2, 1], "copy": [2, 1]}


def test_what_is_no_curve_does_no_harm(tmp_path: Path) -> None:
    history = {"loss": [2.0], "confusion": np.zeros((2, 2)), "names": np.array(["a"]), "t": np.datetime64("2026-01-01")}
    assert one(tmp_path, history) == {"loss": [2.0]}
    assert one(tmp_path, {"loss": [2.0], "objects": np.array([1, "a"], dtype=object)}) == {"loss": [2.0]}


@pytest.mark.parametrize(
    "data",
    [
        b"(dp1\nS'loss'\np2\n(lp3\nF2.0\naF1.25\nas.",
        b"\x80\x02}q\x01(U\x04lossq\x02]q\x03(G" + struct.pack(">d", 2.0) + b"G" + struct.pack(">d", 1.25) + b"eu.",
        b"\x80\x02ccollections\nOrderedDict\nq\x01]q\x02]q\x03(U\x04lossq\x04]q\x05(K\x02G"
        + struct.pack(">d", 1.25)
        + b"eea\x85Rq\x06.",
    ],
    ids=["protocol 0", "protocol 2", "OrderedDict"],
)
def test_pickles_of_python_2(tmp_path: Path, data: bytes) -> None:
    path = saved(tmp_path, data)
    assert READER.recognise(look(path)) is not None
    (run,) = read(path)
    assert run.series["loss"].value.tolist() == [2.0, 1.25]


# ---- pickles that would run code


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (os.system, ("touch {mark}",)),
        (exec, ("open('{mark}', 'w')",)),
        (eval, ("open('{mark}', 'w')",)),
        (open, ("{mark}", "w")),
        (os.mkdir, ("{mark}",)),
        (Path.touch, (Path("{mark}"),)),
        (getattr, (os, "name")),
        (Plain, ()),
    ],
)
def test_nothing_is_run_and_the_name_is_told(
    tmp_path: Path, function: Callable[..., object], arguments: tuple[object, ...], protocol: int
) -> None:
    mark = tmp_path / "mark"
    filled = [
        type(argument)(str(argument).format(mark=mark)) if isinstance(argument, str | Path) else "os"
        for argument in arguments
    ]
    path = saved(tmp_path, pickle.dumps({"loss": [2.0, 1.0], "x": Calls(function, *filled)}, protocol))
    assert READER.recognise(look(path)) is not None
    with pytest.raises(UnreadableError, match="would run code") as error:
        read(path)
    assert function.__name__ in str(error.value) or "pathlib" in str(error.value) or "getattr" in str(error.value)
    assert not mark.exists()


def test_the_refusal_in_full() -> None:
    data = pickle.dumps({"loss": [1.0], "x": Calls(os.system, "true")})
    assert refusal(data) == (
        f"a pickle that would run code ({os.system.__module__}.system), which is not done: "
        "save the history as JSON (json.dump) or CSV"
    )


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"(ios\nsystem\n.", "would run code (os.system)"),
        (b"(S'x'\nios\nsystem\n.", "would run code (os.system)"),
        (b"cos\nsystem\n(S'true'\ntR.", "would run code (os.system)"),
        (b"(cos\nsystem\nS'true'\no.", "would run code (os.system)"),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.", "would run code (os.system)"),
        (b"\x80\x02cbuiltins\neval\nU\x01x\x85R.", "would run code (builtins.eval)"),
        (b"\x80\x02cbuiltins\nlist\n)\x81.", "would run code (builtins.list)"),
        (b"\x80\x02cbuiltins\nlist\n)R.", "would run code (builtins.list)"),
        (b"\x80\x02cnumpy.core.multiarray\nscalar.__globals__\n.", "would run code"),
        (b"\x80\x02c__main__\nA b\x1b[2J\n.", "would run code (__main__.A b\\x1b[2J)"),
        (b"\x80\x02cnumpy\ndtype\n}b.", "opcode BUILD"),
        (b"\x80\x02}}b.", "opcode BUILD"),
        (b"P0\n.", "opcode PERSID"),
        (b"\x80\x02K\x01Q.", "opcode BINPERSID"),
        (b"\x80\x02\x82\x01.", "opcode EXT1"),
        (b"\x80\x05\x97.", "opcode NEXT_BUFFER"),
        (b"\x80\x04\x8f.", "opcode EMPTY_SET"),
    ],
)
def test_opcodes_that_make_objects_are_refused(data: bytes, told: str) -> None:
    assert told in refusal(data)


# ---- damage and bombs

NUMPY = b"\x80\x02cnumpy\ndtype\n(U\x02f4K\x00K\x01tRq\x01"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b".",
        b"\x80\x04",
        b"0.",
        b"t.",
        b"e.",
        b"s.",
        b"}K\x01s.",
        b"}]K\x01s.",  # a key that cannot be one
        b"}\x8a\x10" + b"\x01" * 16 + b"K\x01s.",  # one that could be made to collide
        b"}X\x00\x10\x00\x00" + b"x" * 4096 + b"K\x01s.",  # one that names no metric
        b"K\x01K\x02a.",
        b"K\x01K\x02R.",
        b"h\x07.",
        b"g-1\n.",
        b"K\x01p99999999999999\n.",
        b"I99x\n.",
        b"L" + b"9" * 5_000 + b"L\n.",
        b"X\xff\xff\xff\x7floss.",
        b"\x8b\xff\xff\xff\x7f\x01.",
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\x0floss.",
        b"\x96\xff\xff\xff\xff\xff\xff\xff\x0floss.",
        b"S'\\x'\n.",
        b"V\\ud800\\u\n.",
        b"\xff\xfe\xfd",
        NUMPY + b"cnumpy.core.multiarray\nscalar\nh\x01U\x03abc\x86R.",
        NUMPY + b"cnumpy.core.multiarray\nscalar\nK\x01K\x02\x86R.",
        NUMPY + b"cnumpy.core.multiarray\nscalar\n)R.",
        NUMPY + b"cnumpy.core.multiarray\n_reconstruct\n)R(K\x01K\x05\x85h\x01\x89U\x04abcdtb.",
        NUMPY + b"(K\x03U\x01?tb.",
        b"\x80\x02cnumpy\ndtype\nK\x01\x85R.",
        b"\x80\x02ccollections\nOrderedDict\n]K\x01a\x85R.",
    ],
)
def test_what_is_torn_or_broken_is_an_error(data: bytes) -> None:
    assert "torn" in refusal(data)


def test_what_is_nested_without_end_is_read(tmp_path: Path) -> None:
    path = saved(tmp_path, b"\x80\x02}(U\x04loss]" + b"]" * 200_000 + b"a" * 200_000 + b"U\x08val_loss](K\x01K\x02eu.")
    (run,) = read(path)
    assert set(run.series) == {"val_loss"}


def test_what_holds_itself_ends(tmp_path: Path) -> None:
    cyclic: dict[str, object] = {"loss": [2.0, 1.0]}
    cyclic["again"] = cyclic
    cyclic["list"] = [cyclic]
    with suppress(UnreadableError):
        assert read(saved(tmp_path, pickle.dumps(cyclic)))


def laughs() -> bytes:
    """A list of ten times a list of ten times a list ..."""
    return b"\x80\x02}U\x04loss](K\x01K\x02eq\x00" + b"".join(
        b"](" + b"h" + bytes([i]) + b"".join(b"h" + bytes([i]) for _ in range(9)) + b"eq" + bytes([i + 1])
        for i in range(30)
    )


BOMBS = {
    "laughs": laughs() + b"s.",
    "one text to many arrays": b"\x80\x02}(U\x04loss]"
     b"cnumpy\ndtype\n(U\x02u1K\x00K\x01tRq\x01X\x00\x00\x30\x00"
    + b"a" * 3 * 2**20
    + b"q\x02"
    + b"cnumpy.core.numeric\n_frombuffer\nq\x03"
    + b"h\x03(h\x02h\x01J\x00\x00\x30\x00\x85U\x01CtR" * 1_000
    + b"u.",
    "one text to many encodings": b"\x80\x02c_codecs\nencode\nq\x03X\x00\x00\x80\x00"
    + b"a" * 2**23
    + b"q\x02"
    + b"h\x03h\x02\x85R" * 100_000
    + b".",
    "one list to many dicts": b"\x80\x02](" + b"]" * 100_000 + b"eq\x02ccollections\nOrderedDict\nq\x03"
    b"" + b"h\x03h\x02\x85R" * 100_000 + b".",
    "opcodes": b"\x80\x02" + b"N0" * 600_000 + b".",
    "marks": b"\x80\x02" + b"(" * 600_000 + b".",
    "indices": b"\x80\x02N" + b"".join(b"r" + struct.pack("<I", i << 12) for i in range(300_000)) + b".",
    "copies of a long list": b"\x80\x02}(U\x04loss](" + b"K\x01" * 500_000 + b"eq\x01"
    + b"".join(b"X\x08\x00\x00\x00%08dh\x01" % i for i in range(50_000)) + b"u.",
    "copies of a long dict": b"\x80\x02}(U\x04loss](K\x01K\x02e"
     b"U\x01d}(" + b"".join(b"X\x06\x00\x00\x00%06dN" % i for i in range(200_000)) + b"uq\x01"
    + b"".join(b"X\x08\x00\x00\x00%08dh\x01" % i for i in range(50_000)) + b"u.",
}  # fmt: skip


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_bombs_end_soon_and_small(tmp_path: Path, data: bytes) -> None:
    path = saved(tmp_path, data)
    READER.recognise(look(path))
    begin = time.monotonic()
    tracemalloc.start()
    try:
        with suppress(UnreadableError):
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 250e6  # bytes
    finally:
        tracemalloc.stop()
    assert time.monotonic() - begin < 30  # seconds; about 3 without company


DUMPS = [pickle.dumps(KERAS | {"lr": [np.float32(0.5)], "n": np.arange(3.0)}, protocol) for protocol in PROTOCOLS]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(DUMPS), st.floats(0, 1), st.binary(max_size=12), st.integers(0, 20))
def test_damage_gives_less_or_an_error(tmp_path: Path, data: bytes, where: float, junk: bytes, cut: int) -> None:
    at = int(where * len(data))
    path = saved(tmp_path, data[:at] + junk + data[at + cut :])
    READER.recognise(look(path))
    with suppress(UnreadableError):
        assert all(run.series for run in read(path))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([bytes([code]) for code in range(256)] + [b"\x80\x04", NUMPY, b"U\x04loss"]), max_size=60)
)
def test_any_bytes_are_plain_data_or_an_error(parts: list[bytes]) -> None:
    with suppress(UnreadableError):
        load_plain(b"".join(parts))


# ---- real ones


@pytest.mark.parametrize(
    ("folder", "epochs", "first", "last", "lr"),
    [
        ("guillermo", 20, 0.08740190416574478, 0.01532353088259697, None),
        ("tairtahar", 10, 1.6937490701675415, 1.4708435535430908, 0.001),
    ],
)
def test_real_pickles(real_logs: Path, folder: str, epochs: int, first: float, last: float, lr: float | None) -> None:
    path = real_logs / "keras_history_pickle" / folder / "trainHistoryDict"
    assert READER.recognise(look(path))
    (run,) = read(path)
    loss = run.series["loss"]
    assert run.name == folder
    assert loss.step.tolist() == list(range(epochs))
    assert (loss.value[0], loss.value[-1]) == (first, last)
    assert len(run.series["val_loss"]) == epochs
    assert ("lr" in run.series) == (lr is not None)
    if lr is not None:
        # numpy scalars of 32 bits
        assert run.series["lr"].value.tolist() == [float(np.float32(lr))] * epochs


def test_no_other_real_log_is_taken(real_logs: Path) -> None:
    files = [path for path in real_logs.rglob("*") if path.is_file() and "keras_history_pickle" not in path.parts]
    assert [path for path in files if READER.recognise(look(path))] == []
