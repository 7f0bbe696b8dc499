"""Databases beside which lies what makes SQLite delete, write or create files: nothing of the user's changes."""

import http.server
import io
import os
import shutil
import sqlite3
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.load import Loaded, load
from lrdoctor.reading.parsing import sqlite_file
from lrdoctor.reading.parsing.sqlite_copy import BEING_WRITTEN
from tests.reading.formats.optuna import test_storage as optuna
from tests.reading.formats.trackers import test_mlflow_database as mlflow
from tests.sqlite_leftovers import journal, listing, page_size, super_name

VICTIM = b"three years of work\n"
LOSSES = [3.0 - i / 20 for i in range(40)]


def mlflow_database(folder: Path) -> Path:
    return mlflow.database(folder, [mlflow.run_row("a" * 32, "base")], mlflow.curve("a" * 32, values=LOSSES))


def optuna_database(folder: Path) -> Path:
    return optuna.sqlite(folder, [LOSSES])


DATABASES: Mapping[str, Callable[[Path], Path]] = {"mlflow": mlflow_database, "optuna": optuna_database}


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file that has nothing to do with the log."""
    path = tmp_path / "home" / "thesis.tex"
    path.parent.mkdir()
    path.write_bytes(VICTIM)
    return path


@pytest.fixture(params=sorted(DATABASES))
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A tracker's own database of one run, alone in its folder."""
    (tmp_path / "log").mkdir()
    return DATABASES[request.param](tmp_path / "log")


def beside(database: Path, suffix: str) -> Path:
    return database.with_name(database.name + suffix)


def as_file(database: Path, _tmp_path: Path) -> str:
    return str(database)


def as_folder(database: Path, _tmp_path: Path) -> str:
    return str(database.parent)


def as_zip(database: Path, tmp_path: Path) -> str:
    with zipfile.ZipFile(tmp_path / "log.zip", "w") as archive:
        for path in database.parent.iterdir():
            archive.write(path, f"run/{path.name}")
    return str(tmp_path / "log.zip")


def as_tar(database: Path, tmp_path: Path, mode: str = "w", name: str = "log.tar") -> str:
    with tarfile.open(tmp_path / name, mode) as archive:  # type: ignore[call-overload]
        for path in database.parent.iterdir():
            member = tarfile.TarInfo(f"run/{path.name}")
            member.size = path.stat().st_size
            archive.addfile(member, io.BytesIO(path.read_bytes()))
    return str(tmp_path / name)


def as_tar_gz(database: Path, tmp_path: Path) -> str:
    return as_tar(database, tmp_path, "w:gz", "log.tar.gz")


WAYS = (as_file, as_folder, as_zip, as_tar, as_tar_gz)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder on a web server of this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{serving.server_address[1]}/"
        finally:
            serving.shutdown()
            thread.join()


def names_a_file(database: Path, victim: Path | str | bytes, records: int = 0) -> None:
    """Leave a journal beside the database that SQLite would roll back, and then delete `victim`."""
    data = database.read_bytes()
    beside(database, "-journal").write_bytes(journal(data, records=records) + super_name(victim, page_size(data)))


def test_sqlite_itself_deletes_the_file_that_such_a_journal_names(database: Path, victim: Path) -> None:
    names_a_file(database, victim)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    assert not victim.exists(), "or else none of the tests below shows anything"


def test_sqlite_itself_rolls_back_what_the_journals_made_here_hold(database: Path) -> None:
    before = database.read_bytes()
    beside(database, "-journal").write_bytes(journal(before, records=2))
    database.write_bytes(before[:100] + bytes(2 * page_size(before) - 100) + before[2 * page_size(before) :])
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    assert database.read_bytes() == before


def refused_in_one_line(loaded: Loaded) -> None:
    assert loaded.runs == ()
    [refusal] = loaded.unreadable
    assert "super-journal" in refusal.reason
    assert "\n" not in refusal.reason


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("records", [0, 2])
def test_no_file_that_a_journal_names_is_deleted(
    database: Path, victim: Path, tmp_path: Path, way: Callable[[Path, Path], str], records: int
) -> None:
    names_a_file(database, victim, records)
    before = listing(tmp_path / "log")
    loaded = load([way(database, tmp_path)])
    assert victim.read_bytes() == VICTIM
    assert listing(tmp_path / "log") == before
    refused_in_one_line(loaded)


def test_nor_when_it_comes_from_a_web_server(database: Path, victim: Path, tmp_path: Path) -> None:
    names_a_file(database, victim)
    before = listing(tmp_path / "log")
    with served(tmp_path / "log") as url:
        loaded = load([url])
    assert victim.read_bytes() == VICTIM
    assert listing(tmp_path / "log") == before
    refused_in_one_line(loaded)


def in_wal_mode(database: Path) -> None:
    """Leave the database as a program does that was killed: its last rows in the `-wal` file alone."""
    keep = database.with_name("keep")
    keep.mkdir()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE later (a)")
        connection.commit()
        for suffix in ("", "-wal"):
            shutil.copyfile(beside(database, suffix), keep / f"x{suffix}")
    for suffix in ("", "-wal"):
        (keep / f"x{suffix}").replace(beside(database, suffix))
    keep.rmdir()


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_no_file_is_written_that_stands_in_for_the_shared_memory(
    database: Path, victim: Path, tmp_path: Path, link: Callable[[Path, Path], None]
) -> None:
    in_wal_mode(database)
    link(victim, beside(database, "-shm"))
    before = listing(tmp_path)
    [run] = load([str(database)]).runs
    assert len(next(iter(run.series.values()))) == len(LOSSES)
    assert listing(tmp_path) == before


def to_a_victim(path: Path, victim: Path) -> None:
    path.symlink_to(victim)


def hard_link(path: Path, victim: Path) -> None:
    path.hardlink_to(victim)


def pipe(path: Path, _victim: Path) -> None:
    os.mkfifo(path)


def folder(path: Path, _victim: Path) -> None:
    path.mkdir()


def device(path: Path, _victim: Path) -> None:
    path.symlink_to("/dev/zero")


def circle(path: Path, _victim: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("suffix", ["-wal", "-journal", "-shm", "-mj0DB1DC4E9", "-mj"])
@pytest.mark.parametrize("put", [to_a_victim, hard_link, pipe, folder, device, circle])
def test_what_is_no_leftover_is_neither_read_nor_changed(
    database: Path, victim: Path, tmp_path: Path, suffix: str, put: Callable[[Path, Path], None]
) -> None:
    put(beside(database, suffix), victim)
    before = listing(tmp_path)
    assert len(load([str(database)]).runs) == 1
    assert listing(tmp_path) == before
    assert beside(database, suffix).lstat().st_mode, "it is still there"


@pytest.mark.parametrize("wal", [False, True])
def test_a_folder_that_may_not_be_written_to(database: Path, tmp_path: Path, wal: bool) -> None:
    if wal:
        in_wal_mode(database)
    else:
        beside(database, "-journal").write_bytes(journal(database.read_bytes(), records=2))
    for path in database.parent.iterdir():
        path.chmod(0o444)
    database.parent.chmod(0o555)
    before = listing(tmp_path)
    try:
        assert len(load([str(database)]).runs) == 1
        assert listing(tmp_path) == before
    finally:
        database.parent.chmod(0o755)


def test_leftovers_beside_the_file_that_a_link_leads_to_are_read(database: Path, tmp_path: Path, victim: Path) -> None:
    link = tmp_path / "latest.db"
    link.symlink_to(database)
    names_a_file(database, victim)
    refused_in_one_line(load([str(link)]))
    assert victim.read_bytes() == VICTIM


def test_a_journal_of_a_finished_transaction_is_no_leftover(database: Path, victim: Path) -> None:
    names_a_file(database, victim)
    kept = beside(database, "-journal").read_bytes()
    beside(database, "-journal").write_bytes(bytes(28) + kept[28:])  # as `journal_mode = PERSIST` ends one
    assert len(load([str(database)]).runs) == 1
    assert victim.read_bytes() == VICTIM


def test_a_journal_that_would_fill_the_disk_is_refused(database: Path) -> None:
    beside(database, "-journal").write_bytes(journal(database.read_bytes(), pages=0xFFFFFFFF))
    [refusal] = load([str(database)]).unreadable
    assert "would make it one of 17592.2 GB" in refusal.reason


def hostile_journals(data: bytes, victim: Path) -> Iterator[bytes]:
    """Journals whose end names the victim in every way, and damaged ones of them."""
    size = page_size(data)
    whole = journal(data, records=2)
    names: tuple[Path | str | bytes, ...] = (
        *(victim, f"file:{victim}", os.path.relpath(victim), f"{victim.parent}/../home/{victim.name}"),
        *(f"{victim}\0", b"", str(victim).encode() + bytes(400), f"{victim}-mj0DB1DC4E9", f"//{victim}"),
    )
    for name in names:
        for start in (whole, whole[:512], whole + bytes(100), b"\1" + whole[1:], whole[:8] + b"\xff" * 4 + whole[12:]):
            yield start + super_name(name, size)
            yield start + super_name(name, size)[4:]
            yield start + super_name(name, size) + bytes(4)
            yield start + super_name(name, size) * 2
    rng = np.random.default_rng(0)
    good = whole + super_name(victim, size)
    for _ in range(150):
        bad = bytearray(good)
        for place in rng.integers(0, len(bad) - (20 if rng.random() < 0.7 else 0), int(rng.integers(1, 12))):
            bad[place] = int(rng.integers(256))
        yield bytes(bad)


def test_damaged_journals_change_nothing(database: Path, victim: Path, tmp_path: Path) -> None:
    data, kinds = database.read_bytes(), set[str]()
    for content in hostile_journals(data, victim):
        beside(database, "-journal").write_bytes(content)
        before = listing(tmp_path)
        loaded = load([str(database)])
        assert listing(tmp_path) == before
        assert len(loaded.runs) + len(loaded.unreadable) == 1
        assert not any("\n" in one.reason or "internal error" in one.reason for one in loaded.unreadable)
        kinds.add(loaded.unreadable[0].reason[:60] if loaded.unreadable else "read")
    assert {"read"} < kinds


def test_a_copy_beside_a_program_that_writes_holds_whole_transactions_only(tmp_path: Path) -> None:
    database, done, sums = tmp_path / "live.db", threading.Event(), list[int]()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (a INTEGER, b TEXT)")
        connection.execute("PRAGMA wal_autocheckpoint = 20")  # often: what it puts into the database is what may tear

    def write() -> None:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_autocheckpoint = 20")
            connection.execute("PRAGMA synchronous = OFF")
            for i in range(100_000):
                # A moment between transactions, as any training leaves: else every copy may be torn on a busy machine.
                if done.wait(0.001 * (i % 5)):
                    return
                with connection:
                    connection.executemany("INSERT INTO t VALUES (?, ?)", [(i, "x" * 300), (-i, "y" * 2000)])
                    connection.execute("DELETE FROM t WHERE abs(a) < ?", (i - 50,))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until = time.monotonic() + 60
        while len(sums) <= 20 and time.monotonic() < until:
            try:
                with sqlite_file.opened(database) as opened:
                    sums.append(sum(a for (a,) in opened.execute("SELECT a FROM t")))
            except UnreadableError as error:
                assert str(error) == BEING_WRITTEN  # noqa: PT017 - either is right
    finally:
        done.set()
        writer.join()
    assert set(sums) == {0}
    assert len(sums) > 20
