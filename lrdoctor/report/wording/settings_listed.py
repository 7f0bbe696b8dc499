"""The settings of a run that a report lists: all of them, or those nearest to the LR where there are very many."""

import re
from dataclasses import dataclass
from functools import lru_cache
from heapq import nsmallest

from lrdoctor.records.run import HParam, Layered
from lrdoctor.vocabulary.once import Settings, cached_by_mapping
from lrdoctor.vocabulary.setting_keys import CACHED_KEYS

# A report repeats them for each run: a thousand runs beside 400 kB of settings would make 400 MB.
MAX_LISTED = 500
RELEVANT = re.compile(
    r"(^|[^a-z])(lr|learning_?rate|optim|optimizer|(\w+_)?batch_size|warm_?up|schedul|momentum|\w*epochs?$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False)
class ListedSettings:
    """Settings by name, in order, and how many more there are."""

    by_name: dict[str, HParam]
    left_out: int


@cached_by_mapping
def listed(hparams: Settings) -> ListedSettings:
    """The redacted settings that a report lists: of more than `MAX_LISTED` those about the LR, then the outer."""
    if len(hparams) <= MAX_LISTED:
        return ListedSettings(dict(sorted(hparams.items())), 0)
    if isinstance(hparams, Layered):
        beneath = listed(hparams.base).by_name
        settings = {**beneath, **hparams.own}
    else:
        settings = {name: hparams[name] for name in nsmallest(MAX_LISTED, hparams, key=_rank)}
        return ListedSettings(dict(sorted(settings.items())), len(hparams) - MAX_LISTED)
    first = sorted(nsmallest(MAX_LISTED, settings, key=_rank))
    return ListedSettings({name: settings[name] for name in first}, len(hparams) - len(first))


@lru_cache(maxsize=CACHED_KEYS)
def _rank(name: str) -> tuple[bool, int, str]:
    return not RELEVANT.search(name), name.count("/"), name
