"""What a report may pass on: the one place that decides.  Logs stay with their owner, reports are attached to tickets.

    names.py      what a setting's name says: `hfToken`, `db/password`, `secrets/0`
    tokens.py     what a value looks like: `hf_...`, `AKIA...`, a private key
    urls.py       passwords, signatures and webhooks in URLs
    phrases.py    secrets that a text names: `--api-key X`, `TOKEN=X`, `"password": "X"`
    places.py     homes, hosts and addresses: whose machine it was

Of the libraries that know such values detect-secrets was looked at (1.5.0): it scans files line by line, brings
requests with four more packages, and knows none of the keys that training scripts hold (Hugging Face, Anthropic,
W&B).  gitleaks is a program in Go.  The shapes here are written from what the issuers document about their tokens.

Every expression reads a text once: a hostile megabyte costs less than a second.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from lrdoctor.records.run import HParam
from lrdoctor.redaction import names, phrases, places, tokens, urls
from lrdoctor.redaction.marker import HIDDEN

__all__ = ["HIDDEN", "distinct", "is_argument", "path", "setting", "settings", "text"]

REMEMBERED = 4_096  # texts: a tag is in messages, tables and figures
SHORT = 300  # characters; longer texts are not remembered
_ITEM = re.compile(r"(.*[/.])(\d{1,6})", re.DOTALL)


def text(said: str) -> str:
    """A text without the secrets in it, home folders, hosts and e-mail addresses.

    >>> text("run --api-key abc on /home/ada/set"), text("mAP@0.5 of max_tokens=5")
    ('run --api-key (not shown) on ~/set', 'mAP@0.5 of max_tokens=5')
    """
    return _remembered(said) if len(said) <= SHORT else _text(said)


def _text(said: str) -> str:
    return places.without_places(tokens.without_tokens(phrases.without_named(urls.without_secrets(said))))


_remembered = lru_cache(maxsize=REMEMBERED)(_text)


def path(place: Path) -> Path:
    """A path in the same way: of an event file's name the host goes, of a home folder whose it is."""
    redacted = text(str(place))
    return place if redacted == str(place) else Path(redacted)


def setting(name: str, value: HParam) -> HParam:
    """A setting's value: hidden where the name says that it is a secret, else without the secrets in it.

    >>> setting("hfToken", "abc"), setting("otp", 123456), setting("max_tokens", 512), setting("hub_token", None)
    ('(not shown)', '(not shown)', 512, None)
    """
    if names.hides(name, value):
        return HIDDEN
    return text(value) if isinstance(value, str) else value


def settings(hparams: Mapping[str, HParam], some: Iterable[str] | None = None) -> dict[str, HParam]:
    """Every setting by name, or `some` of them, in order, names and values as a report may pass them on.

    >>> settings({"wandb/api_key": "abc", "data": "/home/ada/set", "max_tokens": 5})
    {'data': '~/set', 'max_tokens': 5, 'wandb/api_key': '(not shown)'}
    """
    names_ = sorted(hparams if some is None else some)
    redacted = distinct(names_)
    return {redacted[name]: HIDDEN if is_argument(name, hparams) else setting(name, hparams[name]) for name in names_}


def distinct(texts: Iterable[str]) -> dict[str, str]:
    """Each text with its redacted form; those that differ in their secrets alone are numbered.

    >>> distinct(["loss", "a/password=x", "a/password=y"])
    {'loss': 'loss', 'a/password=x': 'a/password=(not shown)', 'a/password=y': 'a/password=(not shown) #2'}
    """
    redacted: dict[str, str] = {}
    taken: set[str] = set()
    for one in texts:
        new, count = text(one), 1
        while new in taken:
            count += 1
            new = f"{text(one)} #{count}"
        taken.add(new)
        redacted[one] = new
    return redacted


def is_argument(name: str, hparams: Mapping[str, HParam]) -> bool:
    """Whether a setting is the item of a list of arguments that follows one such as `--api-key`.

    >>> is_argument("args/1", {"args/0": "--api-key", "args/1": "abc"})
    True
    """
    found = _ITEM.fullmatch(name)
    if found is None or not isinstance(hparams.get(name), str | int):
        return False
    return phrases.is_secret_option(hparams.get(f"{found[1]}{int(found[2]) - 1}"))
