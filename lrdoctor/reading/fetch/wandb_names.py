"""What a run on W&B is called: `wandb:ENTITY/PROJECT/RUN`, as W&B's own library and pages call it.

    wandb:ada/digits/1a2b3c4d                       one run, by its id, or by the name that the page shows
    wandb:ada/digits                                the project's runs
    https://wandb.ai/ada/digits/runs/1a2b3c4d       the page of a run, or of a project

Which server is asked is W&B's own setting (`WANDB_BASE_URL`), also where a page was named.
"""

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from lrdoctor.errors import UnreadableError

SCHEME = "wandb"
PAGES = frozenset({"wandb.ai", "www.wandb.ai"})
MAX_NAME = 128  # characters: W&B's own limit for projects and ids
_NAMED = re.compile(rf"{SCHEME}:(?://)?(?!:)", re.IGNORECASE)
# What W&B allows in no name, and what stands for several in a shell: a pattern is not looked up.
_FORBIDDEN = re.compile(r"[\\#?%:*\[\]]")
# The tabs of a project's page; behind anything else (`reports`, `sweeps`) there is more, or less, than its runs.
_TABS = frozenset({"", "workspace", "table", "runs", "overview"})


class Wanted(NamedTuple):
    """Whose runs are asked for; `run` is None where a project's are."""

    entity: str
    project: str
    run: str | None = None

    def __str__(self) -> str:
        """As the user may name it."""
        return f"{SCHEME}:{'/'.join(part for part in self if part is not None)}"


def is_wandb(name: str) -> bool:
    """Whether a name is of that kind, well-formed or not.

    >>> is_wandb("wandb:ada/digits"), is_wandb("wandb://ada/digits"), is_wandb("wandb/run-1"), is_wandb("wandb::x")
    (True, True, False, False)
    """
    return bool(_NAMED.match(name))


def wanted(name: str) -> Wanted:
    """A name taken apart.

    >>> wanted("wandb:ada/digits/1a2b3c4d"), str(wanted("wandb://ada/digits/"))
    (Wanted(entity='ada', project='digits', run='1a2b3c4d'), 'wandb:ada/digits')

    Raises:
        UnreadableError: it cannot be one.
    """
    parts = _NAMED.sub("", name, count=1).rstrip("/").split("/")
    if len(parts) == 4 and parts[2] == "runs":  # as pages and the library's own messages have it
        del parts[2]
    if not 2 <= len(parts) <= 3 or not all(map(_is_name, parts)):
        raise UnreadableError(f"a run on W&B is named {SCHEME}:ENTITY/PROJECT/RUN, all of a project's without /RUN")
    return Wanted(*parts)


def of_page(url: str) -> str | None:
    """The name of the run or project that a page of W&B's shows; None for any other address.

    >>> of_page("https://wandb.ai/ada/digits/runs/1a2b3c4d/overview?nw=x"), of_page("https://wandb.ai/ada/digits/table")
    ('wandb:ada/digits/1a2b3c4d', 'wandb:ada/digits')
    >>> of_page("https://wandb.ai/ada/digits/reports/r--1") is of_page("https://example.org/ada/digits") is None
    True
    """
    try:
        at = urlsplit(url)
        host, port = at.hostname, at.port
    except ValueError:
        return None
    if at.scheme.lower() != "https" or host not in PAGES or port not in {None, 443}:
        return None
    entity, project, tab, run, *_ = [*(unquote(part) for part in at.path.split("/") if part), *[""] * 4]
    if not (_is_name(entity) and _is_name(project) and tab in _TABS):
        return None
    if tab != "runs" or not run:
        return str(Wanted(entity, project))
    return str(Wanted(entity, project, run)) if _is_name(run) else None


def _is_name(part: str) -> bool:
    return (
        0 < len(part.strip()) <= len(part) <= MAX_NAME
        and part not in {".", ".."}
        and "/" not in part
        and not _FORBIDDEN.search(part)
        and not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in part)
    )
