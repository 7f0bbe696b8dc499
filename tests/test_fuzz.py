"""A slice of `make fuzz`: mutated logs of every format give runs or one line; and what goes wrong is noticed."""

import contextlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lrdoctor.reading.load as loading
from benchmarks.fuzz import campaign, one
from benchmarks.fuzz.mutate import MUTATIONS, mutated
from benchmarks.fuzz.seeds import PACKED, SETTINGS, Seed, digest, seeds
from lrdoctor.errors import LrdoctorError
from lrdoctor.reading.discovery.discover import discover
from lrdoctor.reading.formats import READERS
from lrdoctor.records.run import Run, Series, Source
from tests.test_sample_formats import WITHOUT_SAMPLE

all_seeds = cache(seeds)
CSV = Seed("table", "run/metrics.csv", b"step,train_loss\n" + b"".join(b"%d,1.%d\n" % (k, k) for k in range(20)))


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(number=st.integers(0, 10**9))
def test_mutated_logs_give_runs_or_one_line(number: int) -> None:
    with TemporaryDirectory() as folder:
        found = one.outcome(all_seeds(), number, 1, Path(folder, "log"))
        assert found.kind in campaign.FINE, found


def test_every_reader_has_a_seed() -> None:
    names = {reader.name for reader in READERS if not reader.refuses}
    assert {seed.reader for seed in all_seeds()} - {PACKED, SETTINGS} == names - WITHOUT_SAMPLE


def test_seeds_unmutated_are_read() -> None:
    for seed in all_seeds():
        with TemporaryDirectory() as folder:
            assert loading.load([one.put(seed, seed.data, Path(folder))]).runs, seed.place


@pytest.mark.parametrize("left", [None, 0, 0.5])
def test_logs_that_vanish_or_shrink_between_search_and_reading(left: float | None, tmp_path: Path) -> None:
    readers = {reader.name: reader for reader in READERS}
    seen = set()
    for number, seed in enumerate(all_seeds()):
        if seed.reader in {PACKED, SETTINGS} or seed.reader in seen:
            continue
        seen.add(seed.reader)
        folder = tmp_path / str(number)
        one.put(seed, seed.data, folder)
        sources = discover(folder).sources
        if left is None:
            (folder / seed.place).unlink()
        else:
            os.truncate(folder / seed.place, int(left * len(seed.data)))
        for source in sources:
            with contextlib.suppress(LrdoctorError, OSError):  # `load` makes a line of either
                readers[source.format].read(source)


def test_a_number_gives_the_same_input_again() -> None:
    for number in range(50):
        assert one.chosen(all_seeds(), number, 3) == one.chosen(all_seeds(), number, 3)
    assert one.chosen(all_seeds(), 1, 3) != one.chosen(all_seeds(), 1, 4)


def test_every_mutation_takes_any_bytes() -> None:
    for mutation in MUTATIONS:
        for seed in range(40):
            data = bytearray(rng(seed).randbytes(seed // 2))
            mutation(data, b"other", rng(seed))
    assert sum(mutated(CSV.data, b"", rng(k))[0] != CSV.data for k in range(100)) > 80


def rng(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - reproducible, no secret


def raising(error: BaseException) -> Callable[[Source], list[Run]]:
    def read(_source: Source) -> list[Run]:
        raise error

    return read


def hanging(_source: Source) -> list[Run]:
    end = time.process_time() + 20
    while time.process_time() < end:
        pass
    return []


def told_otherwise(source: Source) -> list[Run]:
    """A reader that believes bytes whose checksum is wrong."""
    total = float(sum(source.files[0].read_bytes()))
    return [Run("a", {"loss": Series(np.array([0.0, 1.0]), np.array([total, total]))}, source)]


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (raising(ZeroDivisionError("x")), "traceback"),
        (raising(RecursionError("x")), "traceback"),
        (raising(MemoryError()), "memory"),
        (hanging, "hang"),
    ],
)
def test_what_is_wrong_is_noticed(
    read: Callable[[Source], list[Run]], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one, "SECONDS", 0.3)
    monkeypatch.setattr(one, "mutated", lambda data, _other, _rng, **_options: (data, ["flip"]))
    monkeypatch.setattr(loading, "READERS", tuple(replace(reader, read=read) for reader in READERS))
    assert one.outcome([CSV], 1, 0, tmp_path / "log").kind == kind


def test_values_that_no_record_holds_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one, "READERS", tuple(replace(reader, read=told_otherwise) for reader in READERS))
    events = [seed for seed in all_seeds() if seed.reader == "tensorboard"]
    kinds = Counter(one.outcome(events, number, 0, tmp_path / "log").kind for number in range(60))
    assert kinds["changed"] > 10


def test_a_campaign_counts_saves_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "PIECE", 5)
    pieces = campaign.run([CSV], 10, 0, 1, tmp_path, fresh=False)
    assert [piece["counts"] for piece in pieces] == [{"table read": 4, "table refused": 1}, {"table read": 5}]
    [results] = tmp_path.glob("pieces-*.jsonl")
    assert results.name == f"pieces-{digest([CSV])}-0.jsonl"
    assert [json.loads(line)["first"] for line in results.read_text().splitlines()] == [0, 5]
    before = results.read_bytes()
    assert len(campaign.run([CSV], 10, 0, 1, tmp_path, fresh=False)) == 2
    assert results.read_bytes() == before
