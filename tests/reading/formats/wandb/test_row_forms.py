"""Rows read at once are the rows that are read field by field."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdoctor.reading.formats.wandb import offline
from lrdoctor.reading.formats.wandb.columns import Column
from lrdoctor.reading.formats.wandb.row_forms import OFTEN, RowForms
from lrdoctor.reading.parsing.protobuf_wire import WireError
from tests.wandb_files import message, varint

NUMBERS = st.one_of(st.floats(), st.integers(-(2**70), 2**70))
VALUES = st.one_of(NUMBERS, NUMBERS, st.text(max_size=9), st.none(), st.booleans(), st.just({"a": 1.5}))
KEYS = st.lists(st.sampled_from(["train/loss", "val/loss", "lr", "_step", "é", "a.b", "x" * 120]), max_size=6)


def row_of(keys: list[str], values: list[object]) -> bytes:
    items = (
        message(1, message(2, key) + message(16, json.dumps(value))) for key, value in zip(keys, values, strict=True)
    )
    return b"".join(items)


class NothingLearned(RowForms):
    """Reads every row field by field."""

    def take(self, *_: object) -> bool:
        return False


def columns(rows: list[bytes], forms: RowForms) -> tuple[dict[str, Column], int]:
    log = offline._Log(forms=forms)
    broken = 0
    for row in rows:
        try:
            offline._take_row(row, log)
        except (WireError, ValueError):
            broken += 1
    return log.rows.columns(), broken


def hold_alike(rows: list[bytes]) -> None:
    (fast, broken), (slow, broken_too) = columns(rows, RowForms()), columns(rows, NothingLearned())
    assert broken == broken_too
    assert list(fast) == list(slow)
    for key, column in fast.items():
        assert column.row.tolist() == slow[key].row.tolist()
        assert np.array_equal(column.value, slow[key].value, equal_nan=True)


@settings(deadline=None)
@given(st.lists(KEYS, min_size=1, max_size=3), st.data())
def test_as_field_by_field(forms: list[list[str]], data: st.DataObject) -> None:
    rows = []
    for i in range(3 * OFTEN * len(forms)):
        keys = forms[i % len(forms)]
        rows.append(row_of(keys, [float(i)] * len(keys)))
    for _ in range(12):
        keys = data.draw(st.sampled_from(forms))
        step = data.draw(st.sampled_from([b"", message(2, b"\x08" + varint(data.draw(st.integers(0, 2**40))))]))
        rows.append(row_of(keys, [data.draw(VALUES) for _ in keys]) + step)
    hold_alike(rows)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=3))
def test_as_field_by_field_where_bytes_are_changed(changes: list[tuple[int, int]]) -> None:
    keys = ["train/loss", "lr", "_step"]
    rows = [row_of(keys, [1 / (i + 1), 0.01, i]) + message(2, b"\x08" + varint(i)) for i in range(4 * OFTEN)]
    for place, byte in changes:
        row = bytearray(rows[-1 - place % 8])
        row[place % len(row)] = byte
        rows[-1 - place % 8] = bytes(row)
    hold_alike(rows)


def test_nearly_all_rows_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    slowly = []
    one = offline._scalar

    def counted(item: bytes, keys: dict[bytes, str]) -> tuple[str, object]:
        slowly.append(item)
        return one(item, keys)

    monkeypatch.setattr(offline, "_scalar", counted)
    found, _ = columns([row_of(["loss", "_step"], [1 / (i + 1), i]) for i in range(500)], RowForms())
    assert len(slowly) == 2 * OFTEN
    assert found["loss"].value.tolist() == [1 / (i + 1) for i in range(500)]
