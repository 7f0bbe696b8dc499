"""Every test of inference reads its tables afresh: what an earlier test left in a cache could hide a fault."""

import pytest

from lrdoctor.inference import outlook, sweep_members, tables


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Forget the tables that were parsed, and which settings matter."""
    for cached in (tables._load, tables._shipped, outlook.load_worth, sweep_members._matters):
        cached.cache_clear()
