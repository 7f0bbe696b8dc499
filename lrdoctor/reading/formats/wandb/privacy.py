"""W&B logs say who trained, where and on which machine: none of it may reach a report."""

import re
from collections.abc import Mapping

from lrdoctor.records.run import HParam

_KEY = re.compile(r"(^|[/_])entity$")
_EMAIL = re.compile(r"[\w.+\-]+@[\w\-]+\.\w")
_HOME = re.compile(r"(^|[\s=:'\"])(~|/home|/Users|/root|[A-Za-z]:[\\/]+Users)([\\/]|$)")


def impersonal(settings: Mapping[str, HParam]) -> dict[str, HParam]:
    """Without settings that name a person, a team or a home directory."""
    return {
        key: value
        for key, value in settings.items()
        if not _KEY.search(key) and not (isinstance(value, str) and (_EMAIL.search(value) or _HOME.search(value)))
    }


def impersonal_name(name: str) -> str:
    """A run's name without an e-mail address; of a path in a home directory the last part.

    >>> impersonal_name("/home/ada/out/bert-lr3"), impersonal_name("ada@example.org lr 3"), impersonal_name("a/b - c")
    ('bert-lr3', '... lr 3', 'a/b - c')
    """
    if _HOME.search(name):
        parts = [part for part in re.split(r"[\\/]+", name) if part]
        name = parts[-1] if len(parts) > 2 else "run"
    return re.sub(_EMAIL.pattern + r"[\w.]*", "...", name)
