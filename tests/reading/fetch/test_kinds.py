"""Addresses that are malformed or of a kind that is not read: one line, before anything is asked."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lrdoctor.cli.main import main
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.fetch.kinds import Address, parsed
from tests.reading.fetch.trees import Output

MALFORMED = [
    *(
        "http://[::1",
        "http://[::1/x",
        "http://[]/x",
        "http://[g::1]/x",
        "http://::1]/x",
        "http://[::1]x/",
        "HTTP://[::1",
    ),
    *("http://[v1.a]/", "http://[1.2.3.4]/", "http://[::1]:x/", "http://h:99999/x", "http://h:-1/", "http://h:0/"),
    *("http://h:1:2/x", "http://h:abc/x", "http:///x", "http:////x", "http://", "https://", "http://?x", "http://#x"),
    *("http://:80/x", "http://@/x", "http://a b/x", "http://a\nb/x", "http://a\x00b/", "http://a\tb/", "http://\x7f/"),
    *("http://\udcff/x", "http://h/\udcff", "http://h/\x1b[2J", "http://.../x", "http://a..b/", "http://.a/"),
    *(f"http://{'a' * 64}.test/", f"http://{'a.' * 150}b/", f"http://{'a' * 9000}"),
    *("http://ß\u200c.test/", "http://\xad/", "http://xn--ls8h.\u3002/", "http://h:８０/x", "http://１２７.1/"),
    *("http://127.1/", "http://2130706433/", "http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://256.1.1.1/"),
    *("http://%31/", "http://a%00b/", "http://a\\b/", "http://<x>/", "http://a|b/", "http://127.0.0.1:9\\@x/"),
    *("zip://a::http://[::1", "simplecache::http://[::1", "zip://a::", "zip::", "zip://::", "simplecache::runs"),
    *("http://x::zip://y", "file://", "local://", "s3://", "hf://", "memory://", "memory://\x00", "ftp://[::1/x"),
]
UNREAD = [
    *("reference://x", "reference::memory://x", "dir::memory://x", "dask::memory://x", "dask://x", "jupyter://h/x"),
    *(
        "data://x",
        "async_wrapper::memory://x",
        "generic::memory://x",
        "git://x",
        "github://a:b@c::memory://x",
        "x+y://z",
    ),
    *("arrow_hdfs://h/x", "webhdfs://h/x", "libarchive::memory://x", "pyscript://x", "cached::reference::memory://x"),
]


@pytest.mark.parametrize("url", [*MALFORMED, *UNREAD])
@pytest.mark.parametrize("command", [["diagnose"], ["inspect"], ["sweep"], ["replay", "x.py:y", "--log"]])
def test_each_is_one_line(url: str, command: list[str], capsys: Output) -> None:
    assert main([*command, url]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith("lrdoctor: error: ")
    assert "internal error" not in said.err
    assert "cannot be fetched" not in said.err  # what a library raised, in its own words


@pytest.mark.parametrize("url", ["http://ada:geheim@[::1/x", "http://ada:geheim@h:99999/x", "http://ada:geheim@h℀/x"])
def test_what_is_secret_in_a_malformed_address_is_not_said(url: str, capsys: Output) -> None:
    assert main(["diagnose", url]) == 2
    assert "geheim" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://[::1]:8000/a::b", Address("http", "http://[::1]:8000/a::b")),
        ("HTTPS://Ada:pass@host.test:1/x?y#z", Address("https", "https://Ada:pass@host.test:1/x?y#z")),
        ("http://localhost:8000/lr 3/", Address("http", "http://localhost:8000/lr 3/")),
        ("http://bücher.test/", Address("http", "http://bücher.test/")),
        ("filecache::hf://a/b", Address("hf", "hf://a/b")),
        ("zip://a/b::tar://x.zip::s3://b/x.tar", Address("s3", "s3://b/x.tar", (("zip", "a/b"), ("tar", "x.zip")))),
        ("zip::file:///x.zip", Address("file", "file:///x.zip", (("zip", ""),))),
    ],
)
def test_what_is_read_is_taken_apart(url: str, expected: Address) -> None:
    assert parsed(url) == expected


@given(st.text("ahtpzis:/[]@.1%\\ \n::", max_size=30).map("http://".__add__) | st.text(max_size=30))
@example("http://[")
def test_nothing_but_one_error_comes_of_any_text(url: str) -> None:
    try:
        parsed(url)
    except UnreadableError as error:
        assert str(error)  # noqa: PT017
