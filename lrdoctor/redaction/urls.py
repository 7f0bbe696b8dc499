"""What in a URL is secret: user and password, signatures and tokens of its query, and all of a webhook's path."""

import re

from lrdoctor.redaction.marker import HIDDEN
from lrdoctor.redaction.names import Secrecy, secrecy
from lrdoctor.redaction.tokens import looks_random

_SCHEME = r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{0,30}"
_CREDENTIALS = re.compile(rf"({_SCHEME}:/{{1,2}})[^/?#\s'\"<>]{{0,4000}}@")
# A password with a slash, `#` or `?` in it; what follows a host's colon is its port.
_ODD_CREDENTIALS = re.compile(rf"({_SCHEME}://)[^\s/'\"<>@:]{{0,200}}:(?!\d{{1,5}}(?:[/?#]|$))[^\s'\"<>@]{{1,300}}@")
# By the host's name, or by a part of the path; what stands behind lets anyone post.
_WEBHOOK = re.compile(
    rf"({_SCHEME}://(?:(?:hooks?\.[\w.-]{{1,200}}|[\w.-]{{1,200}}\.webhook\.office\.com)(?::\d{{1,5}})?/"
    r"|[^\s/'\"<>]{1,200}/(?:[\w.-]{1,80}/){0,8}?(?:(?:webhooks?|webhookb2|hooks?|robot)/|bot(?=\d))))"
    r"(?!\(not shown\))[^\s'\"<>]{6,}",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"([?&#;]|&amp;)([\w.%~-]{1,100})(=|%3[Dd])([^&\s'\"<>#]+)")
_SIGNED = re.compile(r"(?:^|(?<=[\s'\"]))(s[vprs]=[^&\s'\"<>]{1,60}(?:&[a-z]{2,5}=[^&\s'\"<>]{1,200}){1,12})")
# Short names that mean something else outside a query.
_IN_QUERIES = re.compile(
    r"sig|signature|s[eptvr]|spr|ss|srt|sk(?:oid|tid|[tesv])|token|key|code|auth|hmac|policy|hash|expires|awsaccesskeyid"
    r"|googleaccessid|key-pair-id|jwt|ticket|access|sas|state|nonce|session|sid"
)
_VENDORS = ("x-amz-", "x-goog-", "x-ms-", "x-oss-", "x-cos-", "q-sign", "q-ak")


def without_secrets(text: str) -> str:
    """A text whose URLs, and paths with a query, have lost what is secret in them.

    >>> without_secrets("s3://ada:pw@b/run?rev=main&X-Amz-Signature=0a1b"), without_secrets("m.csv?sig=abc%3D")
    ('s3://b/run?rev=main&X-Amz-Signature=(not shown)', 'm.csv?sig=(not shown)')
    """
    if "/" in text:
        text = without_credentials(text)
        if "ook" in text.lower() or "bot" in text:
            text = _WEBHOOK.sub(rf"\1{HIDDEN}", text)
    if "=" in text or "%3" in text:
        text = _PARAMETER.sub(_parameter, text)
        if "sig=" in text:
            text = _SIGNED.sub(lambda found: HIDDEN if "sig=" in found[1] else found[0], text)
    return text


def without_credentials(text: str) -> str:
    """A text whose URLs have lost user and password.

    >>> without_credentials("git+ssh://git:pw@host/x and postgres://ada:p/w@db:5432/runs")
    'git+ssh://host/x and postgres://db:5432/runs'
    """
    return _ODD_CREDENTIALS.sub(r"\1", _CREDENTIALS.sub(r"\1", text)) if "@" in text else text


def _parameter(found: re.Match[str]) -> str:
    before, name, sign, value = found.groups()
    lower = name.lower()
    if value == HIDDEN.partition(" ")[0]:
        return found[0]
    secret = lower.startswith(_VENDORS) or secrecy(name) > Secrecy.RANDOM or looks_random(value)
    if secret or (before in {"?", "&", "&amp;"} and _IN_QUERIES.fullmatch(lower)):
        return f"{before}{name}{sign}{HIDDEN}"
    return found[0]
