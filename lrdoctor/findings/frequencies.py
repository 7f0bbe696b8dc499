"""How often each finding is made on labelled runs, by their true verdict: how much it says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True)
class Rates:
    """Shares of the runs of each verdict that have a finding, by the finding's name; `runs` were looked at in all."""

    runs: int
    sweeps: int
    by_finding: Mapping[str, Mapping[str, float]]


@lru_cache(maxsize=1)
def load_rates() -> Rates:
    """The rates as `python -m benchmarks findings --write` left them."""
    data = json.loads(files("lrdoctor.findings").joinpath("frequencies.json").read_text(encoding="utf-8"))
    return Rates(data["runs"], data["sweeps"], data["rates"])
