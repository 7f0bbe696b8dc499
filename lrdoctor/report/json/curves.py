"""A JSON report without the points of its curves: most of its size, and of no use to a gate."""

from collections.abc import Mapping
from typing import Any

from lrdoctor.report.json.values import Json


def without_curves(report: Mapping[str, Json]) -> dict[str, Json]:
    """The report with null in place of distributions, of the reruns' losses and of the ramps."""
    found: Any = report
    return {
        **found,
        "runs": [{**run, "belief": None} for run in found["runs"]],
        "sweeps": [{**sweep, "belief": None} for sweep in found["sweeps"]],
        "replays": [_replay(replay) for replay in found["replays"]],
    }


def _replay(replay: Any) -> dict[str, Json]:
    test = replay["range_test"]
    rounds = [{**one, "arms": [{**arm, "loss": None} for arm in one["arms"]]} for one in replay["rounds"]]
    without = None if test is None else {**test, "ramps": None, "bins": None}
    return {**replay, "belief": None, "rounds": rounds, "range_test": without}
