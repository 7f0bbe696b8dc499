"""What is fetched under two names is one where both name one thing."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lrdoctor.reading.fetch.identity import of_url
from lrdoctor.reading.load import load
from tests.reading.discovery.test_named_once import a_log


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://host/a/b.csv", "HTTPS://Host:443/x/../a/b.csv#top", True),
        ("https://host/a", "https://host/a/", True),
        ("https://host/get?run=1", "https://host/get?run=2", False),
        ("https://host/a.csv", "http://host/a.csv", False),
        ("s3://bucket/A", "s3://bucket/a", False),
        ("S3://bucket/a/", "s3://bucket/a", True),
        ("http://[::1", "http://[::1", True),
    ],
)
def test_urls_are_one_where_they_name_one_thing(one: str, other: str, *, same: bool) -> None:
    assert (of_url(one) == of_url(other)) is same


@pytest.mark.parametrize("again", ["memory://bucket/lr_0.1/metrics.csv", "memory://bucket/lr_0.1", "memory://bucket/*"])
def test_a_store_and_a_part_of_it_are_read_once(
    again: str, memory: Callable[[Mapping[str, bytes]], None], tmp_path: Path
) -> None:
    memory({f"bucket/lr_{lr}/metrics.csv": a_log(tmp_path / "m.csv", k).read_bytes() for k, lr in enumerate((0.1, 1))})
    for paths in (["memory://bucket/", again], [again, "memory://bucket"]):
        assert len(load(paths).runs) == 2
