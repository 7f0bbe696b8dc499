"""Servers that drip, never end, redirect in circles or send bombs: bounded in time and memory, and one line."""

import gzip
import itertools
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from lrdoctor.cli.main import main
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.fetch import remote, watch, web
from lrdoctor.reading.load import load, read
from tests.reading.fetch.servers import Answer, Handler, Server, giving, links, redirecting, server
from tests.reading.fetch.trees import CSV, Output

__all__ = ["server"]

HEAD = b"HTTP/1.1 200 OK\r\n"
BODY = HEAD + b"Content-Length: 900000000\r\n\r\nstep,loss\n"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of time, a hundredth of what they are."""
    for name in ("STALL", "LISTING", "PATIENCE", "LONGEST", "ONE_FILE", "EACH"):
        monkeypatch.setattr(watch, name, getattr(watch, name) / 100)


def raw(handler: Handler, *parts: bytes) -> None:
    for part in parts:
        handler.wfile.write(part)


@pytest.mark.parametrize(
    ("start", "each", "pause", "says"),
    [
        (BODY, b"1", 0.1, "comes too slowly|not copied within"),
        (BODY, b"", 0.1, "no answer"),
        (b"", b"", 0.1, "no answer"),
        (HEAD, b"X", 0.1, "no answer"),
        (HEAD, b"X-A: 1\r\n", 0.1, "no answer|header is too large"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n1\r\n", 0.1, "comes too slowly|not copied within"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", 0.1, "no answer"),
        (HEAD, b"X-A: 1\r\n", 0.0, "header is too large|no answer"),
        (HEAD + b"X: ", b"x" * 9000, 0.0, "header is too large"),
    ],
)
@pytest.mark.parametrize("path", ["metrics.csv", "run/"])
@pytest.mark.usefixtures("impatient")
def test_a_server_that_drips_or_never_ends_its_header(
    start: bytes, each: bytes, pause: float, says: str, path: str, server: Server
) -> None:
    server.answers["/"] = server.slowly(start, each, pause)
    begun = time.monotonic()
    with pytest.raises(UnreadableError, match=says):
        read(f"http://{server.at}/{path}")
    assert server.asked
    assert time.monotonic() - begun < 10


@pytest.mark.usefixtures("impatient")
def test_one_file_that_drips_hides_no_other(server: Server) -> None:
    server.answers["/"] = giving(links("a.csv", "b.csv"))
    server.answers["/a.csv"] = server.slowly(BODY, b"1", 0.1)
    server.answers["/b.csv"] = giving(CSV)
    loaded = load([f"http://{server.at}/"])
    assert [str(run.source.path.name) for run in loaded.runs] == ["b.csv"]
    assert ["comes too slowly" in one.reason for one in loaded.unreadable] == [True]


@pytest.mark.usefixtures("impatient")
def test_many_that_drip(server: Server) -> None:
    server.answers["/"] = giving(links(*(f"{i}.csv" for i in range(500))))
    for i in range(500):
        server.answers[f"/{i}.csv"] = server.slowly(BODY, b"1", 0.1)
    begun = time.monotonic()
    with pytest.raises(UnreadableError, match="not copied within"):
        read(f"http://{server.at}/")
    assert time.monotonic() - begun < 10


def another(number: int) -> bytes:
    """A log like no other: one training told twice is one run."""
    rows = "".join(f"{i},{2 - i / 50 - number / 500}\n" for i in range(40))
    return f"step,train_loss\n{rows}".encode()


def endless(counter: Iterator[int], folders: int, files: int) -> Answer:
    def answer(handler: Handler) -> None:
        names = [f"{next(counter)}/" for _ in range(folders)] + [f"{next(counter)}.csv" for _ in range(files)]
        giving(links(*names) if handler.path.endswith("/") else another(next(counter)))(handler)

    return answer


@pytest.mark.usefixtures("impatient")
def test_an_index_whose_pages_link_to_ever_new_ones(server: Server) -> None:
    server.answers["/"] = endless(itertools.count(), 3, 0)
    begun = time.monotonic()
    with pytest.raises(UnreadableError, match="stopped looking after"):
        read(f"http://{server.at}/")
    assert time.monotonic() - begun < 10
    assert len(server.asked) > 3


def test_what_such_an_index_held_so_far_is_read(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MAX_FOLDERS", 5)
    server.answers["/"] = endless(itertools.count(), 3, 1)
    loaded = load([f"http://{server.at}/"])
    assert len(loaded.runs) == 5
    assert ["stopped looking after 5 folders" in one.reason for one in loaded.unreadable] == [True]


def test_an_index_that_holds_more_links_than_are_kept(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MAX_WAITING", 100)
    server.answers["/"] = endless(itertools.count(), 40, 0)
    with pytest.raises(UnreadableError, match="stopped looking after 3 folders"):
        read(f"http://{server.at}/")


def test_60_000_links(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MAX_FILES", 200)
    server.answers["/"] = giving(links(*(f"{i}.csv" for i in range(60_000))))
    for i in range(10):
        server.answers[f"/{i}.csv"] = giving(b"", code=404)
    begun = time.monotonic()
    loaded = load([f"http://{server.at}/"], 10**6)
    assert time.monotonic() - begun < 20
    assert loaded.runs == ()
    assert any("more than 200 files: stopped looking" in one.reason for one in loaded.unreadable)
    assert len(server.asked) == 201


def test_a_page_is_read_to_its_end_or_its_limit(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_parts(handler: Handler) -> None:
        page = links("a.csv") + b" " * 200_000 + links("b.csv") + b" " * 200_000 + links("c.csv")
        raw(handler, HEAD + f"Content-Length: {len(page)}\r\n\r\n".encode())
        for i in range(0, len(page), 50_000):
            raw(handler, page[i : i + 50_000])
            time.sleep(0.01)

    server.answers["/"] = in_parts
    for name in "abc":
        server.answers[f"/{name}.csv"] = giving(another(ord(name)))
    assert len(read(f"http://{server.at}/")) == 3
    monkeypatch.setattr(web, "MAX_INDEX", 300_000)
    loaded = load([f"http://{server.at}/"])
    assert len(loaded.runs) == 2
    assert ["only its first links were followed" in one.reason for one in loaded.unreadable] == [True]


@pytest.mark.parametrize("encoding", [(), (("Content-Encoding", "gzip"),)])
def test_a_body_without_end_is_cut_at_max_bytes(
    encoding: tuple[tuple[str, str], ...], server: Server, capsys: Output
) -> None:
    def answer(handler: Handler) -> None:
        raw(handler, HEAD + b"".join(f"{k}: {v}\r\n".encode() for k, v in encoding) + b"\r\n")
        chunk = gzip.compress(b"1,2\n" * 10_000) if encoding else b"1,2\n" * 10_000
        for _ in range(100_000):
            raw(handler, chunk)

    server.answers["/"] = answer
    tracemalloc.start()
    assert main(["diagnose", f"http://{server.at}/metrics.csv", "--max-bytes", "3MB"]) == 2
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    said = capsys.readouterr().err
    assert "larger than the 3.0 MB that --max-bytes (in Python max_bytes=) allows" in said
    assert said.count("\n") == 1
    assert peak < 60 * 2**20


def test_a_length_that_is_too_large_is_refused_at_once(server: Server) -> None:
    server.answers["/"] = server.slowly(HEAD + b"Content-Length: 9000000000\r\n\r\n", b"", 0.1)
    begun = time.monotonic()
    with pytest.raises(UnreadableError, match="--max-bytes"):
        read(f"http://{server.at}/metrics.csv")
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("path", ["metrics.csv", "run/", "x.csv.gz"])
def test_a_bomb_in_what_is_compressed_on_the_way(path: str, server: Server) -> None:
    start = b"<a href='a.csv'>" if path.endswith("/") else b"step,loss\n1,2\n"
    server.answers["/"] = giving(gzip.compress(start + b" " * 90_000_000), ("Content-Encoding", "gzip"))
    tracemalloc.start()
    begun = time.monotonic()
    loaded = load([f"http://{server.at}/{path}"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert loaded.runs == ()
    assert any("as no log does (a bomb?)" in one.reason for one in loaded.unreadable)
    assert peak < 40 * 2**20
    assert time.monotonic() - begun < 30


def test_what_is_compressed_on_the_way_is_read(server: Server) -> None:
    packed = ("Content-Encoding", "gzip")
    server.answers["/"] = giving(gzip.compress(links("a.csv", "b.csv.gz")), packed)
    server.answers["/a.csv"] = giving(gzip.compress(CSV), packed)
    server.answers["/b.csv.gz"] = giving(gzip.compress(CSV), packed)
    assert len(load([f"http://{server.at}/"]).runs) >= 1
    assert len(read(f"http://{server.at}/a.csv")) == 1
    assert len(read(f"http://{server.at}/b.csv.gz")) == 1


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (redirecting("/metrics.csv"), "redirects without end"),
        (giving(CSV, ("Content-Encoding", "br")), "sent in the encoding br"),
        (giving(b"no gzip", ("Content-Encoding", "gzip")), "cannot be fetched"),
        (giving(CSV, ("X-Large", "x" * 100_000)), "header is too large"),
        (lambda handler: raw(handler, b"\0\1nonsense\r\n\r\n"), "cannot be fetched|hung up|not HTTP"),
        (lambda handler: raw(handler, HEAD + b"Content-Length: 5000\r\n\r\nstep,loss\n"), "broke off"),
        (lambda handler: raw(handler, HEAD + b"Content-Length: -5\r\n\r\nx"), "cannot be fetched"),
        (lambda _handler: None, "hung up"),
    ],
)
@pytest.mark.parametrize("path", ["metrics.csv", "metrics.csv?x=/"])
def test_a_bad_answer_is_one_line(answer: Answer, says: str, path: str, server: Server, capsys: Output) -> None:
    server.answers["/"] = answer
    assert main(["diagnose", f"http://{server.at}/{path}"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "internal error" not in said
    assert any(text in said for text in says.split("|"))
    assert len(server.asked) < 15


def test_a_large_log_over_a_fast_line_is_no_matter_of_patience(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PATIENCE", 0.2)
    monkeypatch.setattr(watch, "ONE_FILE", 0.2)
    page = CSV + "".join(f"{i},{1 + 1 / i}\n" for i in range(40, 8000)).encode()

    def answer(handler: Handler) -> None:
        raw(handler, HEAD + f"Content-Length: {len(page)}\r\n\r\n".encode())
        for i in range(0, len(page), 20_000):
            raw(handler, page[i : i + 20_000])
            time.sleep(0.1)

    server.answers["/"] = answer
    assert len(read(f"http://{server.at}/metrics.csv")) == 1
