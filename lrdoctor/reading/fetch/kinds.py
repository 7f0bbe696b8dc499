"""Which kinds of address are read, and the check that one is well-formed, before anything is asked of the network.

An allow-list: fsspec knows kinds that read local files (`local://`, `dir::`), whatever a file from elsewhere names
(`reference://`), or another machine's memory (`dask://`), and packages may add any.
"""

import re
import unicodedata
from ipaddress import IPv6Address
from typing import NamedTuple
from urllib.parse import urlsplit

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.fetch import wandb_names
from lrdoctor.reading.fetch.addresses import literal

WEB = frozenset({"http", "https"})
LOCAL = frozenset({"file", "local"})
# Each asks only its vendor's servers, or the host that the user named.  `memory` is this process's own.
STORES = frozenset(
    {
        *("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "oci"),
        *("hf", "github", "sftp", "ssh", "ftp", "smb", "hdfs", "memory"),
    }
)
# Servers that keep runs, asked through their own API.
TRACKERS = frozenset({"mlflow"})
ARCHIVES = frozenset({"zip", "tar"})
CACHES = frozenset({"simplecache", "filecache", "blockcache", "cached"})

MAX_LENGTH = 8192  # characters of an address: web servers refuse longer ones
ADVICE = "copy the logs and name the copy"
MAX_HOST, MAX_LABEL = 253, 63  # characters, by the DNS
_LAYER = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)(?:://((?:(?!::).)*))?::", re.DOTALL)


class Address(NamedTuple):
    """An address taken apart.

    Args:
        scheme: of what is fetched, in lower case.
        base: the URL of what is fetched.
        inside: for each archive, outermost first, its kind and the path in it.
    """

    scheme: str
    base: str
    inside: tuple[tuple[str, str], ...] = ()


def parsed(url: str) -> Address:
    """An address taken apart and checked.  Caches are left out: everything is copied, and forgotten, in any case.

    >>> parsed("simplecache::zip://a/b.csv::S3://bucket/x.zip")
    Address(scheme='s3', base='s3://bucket/x.zip', inside=(('zip', 'a/b.csv'),))

    Raises:
        UnreadableError: it is malformed, or of a kind that is not read.
    """
    if len(url) > MAX_LENGTH:
        raise UnreadableError(f"an address of more than {MAX_LENGTH:,} characters: name a shorter one")
    if any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in url):
        raise UnreadableError("an address with control characters in it: check the spelling")
    on_wandb = url if wandb_names.is_wandb(url) else wandb_names.of_page(url)
    if on_wandb:
        return Address(wandb_names.SCHEME, str(wandb_names.wanted(on_wandb)))
    layers: list[tuple[str, str]] = []
    rest = url
    while (layer := _LAYER.match(rest)) and not (layer[1].lower() in WEB and layer[2] is not None):
        kind = layer[1].lower()
        if kind in ARCHIVES:
            layers.append((kind, layer[2] or ""))
        elif kind not in CACHES:
            raise UnreadableError(
                f"{kind}:: is no chain that is read here ({', '.join(sorted(ARCHIVES))} are): {ADVICE}"
            )
        rest = rest[layer.end() :]
    scheme, found, path = rest.partition("://")
    scheme = scheme.lower()
    if not found:
        raise UnreadableError("an address that names nothing to fetch: check the spelling")
    if scheme in WEB | TRACKERS:
        _check_host(rest)
    elif scheme not in STORES | LOCAL:
        known = ", ".join(sorted(WEB | TRACKERS | {wandb_names.SCHEME} | STORES - {"memory"}))
        raise UnreadableError(
            f"no such kind of address: {scheme}://: check the spelling (known are {known}), or {ADVICE}"
        )
    elif not path:
        raise UnreadableError(f"an address that names nothing after {scheme}://: check the spelling")
    return Address(scheme, f"{scheme}://{path}", tuple(layers))


def _check_host(url: str) -> None:
    """Raise `UnreadableError` where a web address names no host and port that could be asked."""
    # What the standard library says of it may hold a password.
    try:
        parts = urlsplit(url)
        beside, host, port = parts.netloc.rpartition("@")[2], parts.hostname or "", parts.port
    except ValueError:
        raise _malformed("host or port") from None
    if not host:
        raise UnreadableError("a web address without a host: check the spelling")
    if "[" in beside or "]" in beside:
        bracketed = re.fullmatch(r"\[([^\[\]%]+)(%[\w.-]+)?\](:\d*)?", beside, re.ASCII)
        if bracketed is None or not _is_ipv6(bracketed[1]):
            raise _malformed("IPv6 address")
    elif beside.count(":") > 1 or not _is_host(host):
        raise _malformed("host")
    else:
        literal(host)
    if port == 0:
        raise _malformed("port")


def _malformed(part: str) -> UnreadableError:
    return UnreadableError(f"no proper web address (its {part} cannot be): check the spelling")


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def _is_host(host: str) -> bool:
    """Whether a name could be one in the DNS; one in other letters is looked at by who translates it."""
    labels = host.removesuffix(".").split(".")
    proper = (
        re.fullmatch(r"[\w.-]+", host, re.ASCII)
        if host.isascii()
        else not re.search(r"[\x00-,/:-@\[-^`{-\x7f\s]", host)
    )
    return bool(proper) and all(labels) and max(map(len, labels)) <= MAX_LABEL and len(host) <= MAX_HOST
