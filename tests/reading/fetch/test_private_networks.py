"""No public server leads into a private network; what the user names himself works, wherever it is.

`public.test` is a server on 127.0.0.2, which the policy is told to be on the public internet.
"""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lrdoctor.cli.main import main
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.fetch import addresses
from lrdoctor.reading.load import load, read
from tests.reading.fetch.servers import Server, giving, links, name_resolution, redirecting, server
from tests.reading.fetch.trees import CSV, Output, places

__all__ = ["server"]

OUTSIDE = "127.0.0.2"


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    real = addresses.reach
    monkeypatch.setattr(addresses, "reach", lambda address: "public" if address == OUTSIDE else real(address))
    name_resolution(monkeypatch, {"public.test": OUTSIDE, "other.test": OUTSIDE, "inner.test": "127.0.0.1"})
    try:
        serving = Server(OUTSIDE)
    except OSError:
        pytest.skip("this machine has no second loopback address")
    yield serving
    serving.close()


WHERE_TO = [
    "http://127.0.0.1:{}/metrics.csv",
    "http://localhost:{}/metrics.csv",
    "http://inner.test:{}/metrics.csv",
    "//127.0.0.1:{}/metrics.csv",
    "http://[::ffff:127.0.0.1]:{}/metrics.csv",
    "http://[::ffff:7f00:1]:{}/metrics.csv",
    "http://127.1:{}/metrics.csv",
    "http://2130706433:{}/metrics.csv",
    "http://0x7f.0.0.1:{}/metrics.csv",
    "http://0.0.0.0:{}/metrics.csv",
    "http://localhost.:{}/metrics.csv",
    "http://１２７.0.0.1:{}/metrics.csv",
]


@pytest.mark.parametrize("to", WHERE_TO)
@pytest.mark.parametrize("place", ["/metrics.csv", "/run/", "/logs.zip"])
def test_a_redirect(to: str, place: str, public: Server, server: Server, capsys: Output) -> None:
    server.answers["/"] = giving(CSV)
    public.answers["/"] = redirecting(to.format(server.port).encode().decode("latin-1"))
    chain = "zip://metrics.csv::" if place.endswith(".zip") else ""
    assert main(["diagnose", f"{chain}http://public.test:{public.port}{place}"]) == 2
    said = capsys.readouterr().err
    assert public.asked
    assert server.asked == []
    assert said.count("\n") == 1
    assert "internal error" not in said


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "javascript:x", "http://[::1"])
def test_a_redirect_to_what_is_not_the_web(to: str, public: Server) -> None:
    public.answers["/"] = redirecting(to)
    with pytest.raises(UnreadableError, match=r"leads to (something that is not on the web|an address that cannot be)"):
        read(f"http://public.test:{public.port}/metrics.csv")


def test_the_second_of_two_redirects(public: Server, server: Server) -> None:
    server.answers["/"] = giving(CSV)
    public.answers["/metrics.csv"] = redirecting("/on")
    public.answers["/on"] = redirecting(f"http://127.0.0.1:{server.port}/metrics.csv")
    with pytest.raises(UnreadableError, match=f"127.0.0.1:{server.port} is on this machine or in a private network"):
        read(f"http://public.test:{public.port}/metrics.csv")
    assert server.asked == []


def test_dns_rebinding(public: Server, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"public.test": OUTSIDE}
    name_resolution(monkeypatch, names)
    server.answers["/"] = giving(CSV)

    def turning(handler: object) -> None:
        names["public.test"] = "127.0.0.1"
        redirecting(f"http://public.test:{server.port}/metrics.csv")(handler)  # type: ignore[arg-type]

    public.answers["/"] = turning
    with pytest.raises(UnreadableError, match="private network"):
        read(f"http://public.test:{public.port}/metrics.csv")
    assert (len(public.asked), server.asked) == (1, [])


def test_links_elsewhere_are_not_followed(public: Server, server: Server) -> None:
    server.answers["/"] = giving(CSV)
    inner = f"//127.0.0.1:{server.port}/metrics.csv"
    elsewhere = (inner, f"http:{inner}", "file:///etc/metrics.csv", "../metrics.csv", "http://[::1", "javascript:1.csv")
    public.answers["/run/"] = giving(links("metrics.csv", *elsewhere))
    public.answers["/run/metrics.csv"] = giving(CSV)
    assert len(read(f"http://public.test:{public.port}/run/")) == 1
    assert (public.asked, server.asked) == (["/run/", "/run/metrics.csv"], [])


def test_a_log_of_a_listed_folder_that_redirects(public: Server, server: Server) -> None:
    server.answers["/"] = giving(CSV)
    public.answers["/run/"] = giving(links("a.csv", "b.csv", "c/"))
    public.answers["/run/a.csv"] = giving(CSV)
    public.answers["/run/b.csv"] = redirecting(f"http://127.0.0.1:{server.port}/b.csv")
    public.answers["/run/c/"] = redirecting(f"http://127.0.0.1:{server.port}/c/")
    loaded = load([f"http://public.test:{public.port}/run/"])
    assert (len(loaded.runs), server.asked) == (1, [])
    assert ["private network" in one.reason for one in loaded.unreadable] == [True, True]


def test_public_redirects_are_followed(public: Server) -> None:
    public.answers["/"] = redirecting(f"http://other.test:{public.port}/to/metrics.csv")
    public.answers["/to/"] = giving(CSV)
    assert len(read(f"http://public.test:{public.port}/metrics.csv")) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "inner.test"])
def test_a_private_address_that_the_user_names(host: str, public: Server, server: Server) -> None:
    server.answers["/"] = giving(links("lr_1/"))
    server.answers["/lr_1/"] = giving(links("metrics.csv"))
    server.answers["/lr_1/metrics.csv"] = redirecting("/moved.csv")
    server.answers["/moved.csv"] = redirecting(f"http://{host}:{server.port}/there.csv")
    server.answers["/there.csv"] = giving(CSV)
    named = f"http://{host}:{server.port}/"
    assert places(named) == [("lr_1", f"{named}lr_1/metrics.csv")]


def test_a_server_named_without_a_slash(server: Server) -> None:
    server.answers["/"] = giving(links("lr_1/metrics.csv", f"http://{server.at}1/metrics.csv"))
    server.answers["/lr_1/metrics.csv"] = giving(CSV)
    assert places(f"http://{server.at}") == [("lr_1", f"http://{server.at}/lr_1/metrics.csv")]


def test_it_may_lead_to_the_public_internet(public: Server, server: Server) -> None:
    server.answers["/"] = redirecting(f"http://public.test:{public.port}/metrics.csv")
    public.answers["/"] = giving(CSV)
    assert len(read(f"http://localhost:{server.port}/metrics.csv")) == 1


def test_but_not_to_another_private_one(server: Server) -> None:
    other = Server()
    try:
        other.answers["/"] = giving(CSV)
        for to in (f"http://127.0.0.1:{other.port}/metrics.csv", f"http://localhost:{other.port}/metrics.csv"):
            server.answers["/"] = redirecting(to)
            with pytest.raises(UnreadableError, match="name it yourself"):
                read(f"http://127.0.0.1:{server.port}/metrics.csv")
        assert other.asked == []
    finally:
        other.close()


def test_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    import http.server
    import socket

    class Six(http.server.ThreadingHTTPServer):
        address_family = socket.AF_INET6

    monkeypatch.setattr(http.server, "ThreadingHTTPServer", Six)
    try:
        six = Server("::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    six.answers["/"] = giving(links("lr=1/a::b.csv"))
    six.answers["/lr=1/a::b.csv"] = giving(CSV)
    try:
        named = f"http://[::1]:{six.port}/"
        assert [path for _, path in places(named)] == [f"{named}lr=1/a::b.csv"]
    finally:
        six.close()


@pytest.mark.parametrize(
    "chain", ["simplecache::", "filecache::", "blockcache::", "cached::", "zip://lr_1/metrics.csv::"]
)
def test_a_chain_leaves_nothing_behind(
    chain: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("lr_1/metrics.csv", CSV)
        archive.writestr("lr_1/hparams.yaml", "lr: 0.5\n")
    server.answers["/"] = giving(packed.getvalue() if chain.startswith("zip") else CSV)
    [run] = read(f"{chain}http://{server.at}/{'logs' if chain.startswith('zip') else 'metrics.csv'}")
    assert list(tmp_path.iterdir()) == []
    if chain.startswith("zip"):
        assert dict(run.hparams) == {"lr": 0.5}
        assert [str(path).replace("http:/1", "http://1") for path in run.source.companions] == [
            f"http://{server.at}/logs/lr_1/hparams.yaml"
        ]
