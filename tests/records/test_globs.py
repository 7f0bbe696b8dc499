"""Which runs a glob means."""

import pytest

from lrdoctor.records.globs import Glob


@pytest.mark.parametrize(
    ("pattern", "path", "name", "fits"),
    [
        ("runs/*", "runs/a/metrics.csv", "x", True),
        ("runs/*", "./runs//a", "x", True),
        ("runs/*", "old/runs/a", "x", False),
        ("Runs/*", "runs/a", "x", False),  # upper and lower case are two
        ("gan-*", "runs/a", "gan-3", True),
        ("s3://b/*", "s3://b//a", "x", True),
        ("s3:/b/*", "s3://b/a", "x", False),  # an address is never respelled
        ("", "runs/a", "x", False),
    ],
)
def test_paths_and_names(pattern: str, path: str, name: str, fits: bool) -> None:
    assert Glob(pattern).fits(path, name) is fits


def test_other_spellings_mean_the_same() -> None:
    glob = Glob("runs/*", ("../runs/*",))
    assert glob.fits("../runs/a", "x")
    assert not glob.fits("../../runs/a", "x")
