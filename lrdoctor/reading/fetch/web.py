"""Web servers, through fsspec and aiohttp: no request goes where the policy on addresses forbids.

Nothing is unpacked by the client, whose sense of how much is too much is not ours.  Needs aiohttp: imported where a web
address is read.
"""

import asyncio
import io
import re
import socket
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin

import aiohttp
import yarl
from aiohttp.abc import AbstractResolver

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.fetch import watch as watching
from lrdoctor.reading.fetch.addresses import Policy, literal
from lrdoctor.reading.fetch.decompression import gunzipped
from lrdoctor.reading.fetch.failures import MALFORMED, NOT_WEB
from lrdoctor.reading.fetch.kinds import WEB
from lrdoctor.reading.fetch.quota import Meter
from lrdoctor.reading.fetch.watch import Readable, Watch, Watched

if TYPE_CHECKING:
    from aiohttp.abc import ResolveResult
    from fsspec import AbstractFileSystem

MAX_INDEX = 4 * 2**20  # bytes of a server's page that lists a folder: 40,000 links
CONNECT = 30.0  # seconds for a connection, TLS included
CHUNK = 1 << 16
GZIP = frozenset({"gzip", "x-gzip"})


class _Resolver(AbstractResolver):
    """Names -> addresses, without those that the policy forbids: what is checked is what is connected to."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> "list[ResolveResult]":
        found = await aiohttp.ThreadedResolver().resolve(host, port, family)
        admitted = self._policy.admitted(host, port, [one["host"] for one in found])
        return [one for one in found if one["host"] in admitted]

    async def close(self) -> None:
        pass


class Connector(aiohttp.TCPConnector):
    """Connects where the policy allows it, redirects included; IP addresses pass no resolver."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(resolver=_Resolver(policy))
        self._policy = policy

    async def connect(self, req: Any, *rest: Any, **options: Any) -> Any:
        """As ever, or raise `UnreadableError`."""
        url = req.url
        if url.scheme not in WEB:
            raise UnreadableError(NOT_WEB)
        if req.proxy is not None and req.proxy.raw_host:
            self._policy.proxies.add(req.proxy.raw_host)
        host = url.raw_host or ""
        if (address := literal(host)) is not None:
            self._policy.admitted(host, url.port or 0, [address])
        return await super().connect(req, *rest, **options)


def file_system(url: str) -> "AbstractFileSystem":
    """The file system of one web address that the user named.

    Raises:
        UnreadableError: it is malformed.
    """
    from fsspec import filesystem

    try:
        named = yarl.URL(url)
        host, port = named.raw_host or "", named.port or 0
    except (ValueError, TypeError):  # an internationalised name that cannot be, too
        raise UnreadableError(MALFORMED) from None
    literal(host)
    policy = Policy(host.removesuffix(".").lower(), port)

    async def client(loop: asyncio.AbstractEventLoop | None = None, **options: Any) -> aiohttp.ClientSession:  # noqa: ARG001
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT, sock_read=watching.STALL)
        headers = {**options.pop("headers", {}), "Accept-Encoding": "identity"}
        ours = {"connector": Connector(policy), "auto_decompress": False, "timeout": timeout, "headers": headers}
        return aiohttp.ClientSession(**{**options, **ours})

    return filesystem(named.scheme, get_client=client, skip_instance_cache=True)


def opened(system: "AbstractFileSystem", url: str) -> Any:
    """A stream of what is there: not every server knows ranges."""
    return system.open(url, "rb", block_size=0, size=1)  # nothing is made of that size, but two requests are saved


def plain(file: Any, watch: Watch, meter: Meter, *, packed: bool = False) -> Readable:
    """What the server means to send: it may be compressed on the way, though it was asked not to.

    Args:
        file: an opened stream.
        watch: told of every read.
        meter: counts the bytes that came over the network.
        packed: whether a compressed file is what is wanted: some servers call `x.csv.gz` a compressed `x.csv`.

    Raises:
        UnreadableError: it is compressed in a way not known here.
    """
    source = _Raw(Watched(file, watch), meter)
    encoding = _header(file, "Content-Encoding").strip().lower()
    if encoding in {"", "identity"} or (packed and encoding in GZIP):
        return source
    if encoding not in GZIP:
        raise UnreadableError(f"sent in the encoding {encoding[:20]}, which was not asked for: copy it by hand")
    return cast("Readable", gunzipped(cast("io.BufferedReader", source)))


def length(file: Any) -> int | None:
    """How many bytes the server says that it sends."""
    said = _header(file, "Content-Length").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 20 else None


def _header(file: Any, name: str) -> str:
    headers = getattr(getattr(file, "r", None), "headers", {})
    return str(headers.get(name, ""))


class _Raw:
    """Bytes as they came, counted."""

    def __init__(self, file: Watched, meter: Meter) -> None:
        self._file, self._meter = file, meter

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""
        data = self._file.read(size)
        self._meter.packed += len(data)
        return data


def index(system: "AbstractFileSystem", url: str, watch: Watch) -> tuple[list[dict[str, Any]], bool]:
    """The files and folders that a server's page links to, below its own address alone; and whether it has more.

    Links elsewhere, to other servers and to `file:` among them, are not followed.
    """
    above = url.split("?")[0]
    data = bytearray()
    with opened(system, url) as file:
        page = plain(file, watch, Meter(0))
        while len(data) <= MAX_INDEX and (chunk := page.read(CHUNK)):
            data += chunk
    text = data[:MAX_INDEX].decode("utf-8", errors="replace")
    links = {
        _joined(above, link)
        for link in re.findall(r"<a\s[^<>]{0,200}?href\s*=\s*[\"']([^\"'<>?#]{1,1000})", text, re.IGNORECASE)
    }
    entries = [
        {"name": link, "size": None, "type": "directory" if link.endswith("/") else "file"}
        for link in sorted(filter(None, links))
        if link.startswith(above) and link != above
    ]
    return entries, len(data) > MAX_INDEX


def _joined(above: str, link: str) -> str | None:
    """The address that a link leads to; None where it is malformed."""
    try:
        return urljoin(above, link)
    except ValueError:
        return None
