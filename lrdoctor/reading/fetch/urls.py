"""What the user named, as it may be shown: URLs without whatever in them is secret."""

import re

from lrdoctor import redaction
from lrdoctor.reading.fetch.wandb_names import is_wandb
from lrdoctor.records.run import URL
from lrdoctor.redaction import urls

# On the web all that follows; elsewhere `#` and `?` are characters like others, and `?token=` a query all the same.
_QUERY = re.compile(
    r"(?<![a-z0-9+.-])(https?:/{1,2}[^\s?#'\"<>]*)[?#][^\s'\"<>)]*"
    r"|(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{0,30}:/{1,2}[^\s?'\"<>]*)\?[^\s'\"<>)]*=[^\s'\"<>)]*",
    re.IGNORECASE,
)
# `zip://x::`, `simplecache::` and so on.  A web address ends a chain: `::` in it is a part of its IPv6 address or path.
_CHAIN = re.compile(r"(?:(?!https?://)[A-Za-z][A-Za-z0-9+.-]*(?:://(?:(?!::).)*)?::)*", re.IGNORECASE | re.DOTALL)
_GLOB = re.compile(r"[*\[]")


def is_url(name: str) -> bool:
    """Whether this names something that must be fetched: `s3://bucket/run`, `zip://x::s3://bucket/x.zip`, `wandb:a/b`.

    >>> is_url("s3://bucket/run"), is_url("simplecache::s3://bucket"), is_url("C:/runs"), is_url("runs/a")
    (True, True, False, False)
    """
    return bool(re.match(rf"{URL}:(//|:)", name)) or is_wandb(name)


def protocol(url: str) -> str:
    """The scheme of a URL, in a chain the first that is fetched from.

    >>> protocol("S3://bucket/run"), protocol("zip://a::https://host/x"), protocol("http://[::1]/x")
    ('s3', 'https', 'http')
    """
    chain = _CHAIN.match(url)
    return url[chain.end() if chain else 0 :].partition("://")[0].lower()


def is_glob(url: str) -> bool:
    """Whether a URL stands for several.  Web servers have no listing that could be matched."""
    return bool(_GLOB.search(url)) and protocol(url) not in {"http", "https"}


def redact_url(name: str) -> str:
    """A path as it is; a URL without user, password, and the query string that a signature or token stands in.

    >>> redact_url("https://ada:secret@host/runs/m.csv?token=abc#x"), redact_url("runs/a?.csv"), redact_url("s3://k:s@b/run#1")
    ('https://host/runs/m.csv', 'runs/a?.csv', 's3://b/run#1')
    """
    return without_secrets(name) if is_url(name) else name


def without_secrets(text: str) -> str:
    """A sentence whose URLs have lost user, password and query string, and what `redaction` hides anywhere.

    >>> without_secrets("404, message='Not Found', url='http://a:b@host/x?sig=1'")
    "404, message='Not Found', url='http://host/x'"
    """
    return redaction.text(_QUERY.sub(r"\1\2", urls.without_credentials(text)))
