"""Settings as a report may pass them on: reports are attached to tickets and post-mortems, logs are not."""

import re
from collections.abc import Mapping
from itertools import pairwise

from lrdoctor.run import HParam

SECRET_WORDS = frozenset({"token", "secret", "password", "passwd", "apikey", "credential", "credentials", "email"})
SECRET_PAIRS = frozenset({("api", "key"), ("access", "key"), ("private", "key"), ("secret", "key"), ("user", "name")})
HIDDEN = "(not shown)"

HOME = re.compile(r"(?:/home|/Users|[A-Za-z]:\\Users)[/\\][^/\\\s'\"]+")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def settings(hparams: Mapping[str, HParam]) -> dict[str, HParam]:
    """Every setting by name, in order; values that are nobody's business are hidden.

    >>> settings({"wandb/api_key": "abc", "data": "/home/ada/set", "max_tokens": 5})
    {'data': '~/set', 'max_tokens': 5, 'wandb/api_key': '(not shown)'}
    """
    return {name: shown(name, hparams[name]) for name in sorted(hparams)}


def shown(name: str, value: HParam) -> HParam:
    """One value: hidden where its name speaks of a secret, without home folders and addresses elsewhere."""
    if not isinstance(value, str):
        return value
    words = [word for word in re.split(r"[\W_]+", name.lower()) if word]
    if SECRET_WORDS.intersection(words) or SECRET_PAIRS.intersection(pairwise(words)):
        return HIDDEN
    return EMAIL.sub(HIDDEN, HOME.sub("~", value))
