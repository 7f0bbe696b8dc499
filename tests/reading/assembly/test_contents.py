"""What the files of a log held when they were read."""

import hashlib
import os
from pathlib import Path

import numpy as np

import lrdoctor
from lrdoctor.reading.assembly.contents import with_contents
from lrdoctor.records.run import Content, Run, Series, Source

LOSS = {"loss": Series(np.array([1.0]), np.array([2.0]))}
CSV = "step,loss\n" + "".join(f"{i},{1 / (i + 1):.4f}\n" for i in range(40))


def test_a_run_tells_size_and_digest_of_its_file(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(CSV)
    (run,) = lrdoctor.read(log)
    assert run.source.contents == (Content(len(CSV), hashlib.sha256(CSV.encode()).hexdigest()),)


def test_several_files_are_told_in_their_order(tmp_path: Path) -> None:
    files = tuple(tmp_path / name for name in "ba")
    for file in files:
        file.write_text(file.name * 3)
    (run,) = with_contents([Run("a", LOSS, Source(tmp_path, files, "table", ""))])
    assert [one.sha256 for one in run.source.contents] == [hashlib.sha256(c * 3).hexdigest() for c in (b"b", b"a")]


def test_nothing_is_told_where_a_file_is_gone_or_is_no_file(tmp_path: Path) -> None:
    there = tmp_path / "a"
    there.write_text("a")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for other in (tmp_path / "gone", pipe):
        (run,) = with_contents([Run("a", LOSS, Source(tmp_path, (there, other), "table", ""))])
        assert run.source.contents == ()
