"""Comet's offline experiments (the unpacked zip): `messages.json`, one message a line.

{"payload": {"local_timestamp": 1795575608557, "message_id": 2, "param": {"paramName": "lr", "paramValue": 0.1,
 "source": "manual", "step": null}}, "type": "parameter_msg"}
{"payload": {"local_timestamp": 1795575608557, "message_id": 6, "metric": {"epoch": 0, "metricName": "train_loss",
 "metricValue": "NaN", "step": 4}}, "type": "metric_msg"}
"""

import math

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.json_lines import JsonLines, JsonRow, first_rows, number
from lrdoctor.reading.parsing.points import Points
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import flatten
from lrdoctor.records.run import Run, Source

NAME = "comet"
METRIC, PARAMETER = "metric_msg", "parameter_msg"
SYSTEM = ("sys.", "process duration")  # of the machine, counted in seconds
COUNTERS = frozenset({"curr_step", "curr_epoch"})


def recognise(head: Head) -> str | None:
    """By messages with a type and a payload."""
    rows = first_rows(head)
    if not rows or not all(isinstance(row.get("payload"), dict) and isinstance(row.get("type"), str) for row in rows):
        return None
    telling = any(row["type"] in (METRIC, PARAMETER) for row in rows) or any(map(_is_offline, rows))
    return "Comet's messages with a type and a payload" if telling else None


def read(source: Source) -> list[Run]:
    """The one run; raises `UnreadableError` where no metric was logged."""
    points, params = Points(), {}
    rows = JsonLines(source.files[0])
    at = 0.0
    for row in rows:
        payload = row.get("payload")
        if not isinstance(payload, dict):
            continue
        if row.get("type") == METRIC and isinstance(payload.get("metric"), dict):
            at = _add(points, payload, payload["metric"], at)
        elif row.get("type") == PARAMETER and isinstance(payload.get("param"), dict):
            name, value = (payload["param"].get(key) for key in ("paramName", "paramValue"))
            if isinstance(name, str) and name not in COUNTERS:
                params[name] = value
    series, notes = points.joined()
    if not series:
        raise UnreadableError("a Comet experiment without metrics: log the loss with experiment.log_metric")
    # The file is called alike in every experiment.
    name = run_name(source.path.with_name("log.json"))
    return [Run(name, series, source, flatten(params), "step", [*rows.notes, *notes])]


def _add(points: Points, payload: JsonRow, metric: JsonRow, at: float) -> float:
    """Add a metric's point, at the step before where it has none, as Comet does; the step it has."""
    name, value, time = (
        metric.get("metricName"),
        number(metric.get("metricValue")),
        number(payload.get("local_timestamp")),
    )
    step = number(metric.get("step"))
    if isinstance(name, str) and not name.startswith(SYSTEM) and value is not None:
        points.add(name, at if step is None else step, value, math.nan if time is None else time / 1000)
    return at if step is None else step


def _is_offline(row: JsonRow) -> bool:
    payload = row.get("payload")
    return isinstance(payload, dict) and payload.get("key") == "offline_experiment"


READER = Reader(NAME, "Comet offline experiments (messages.json)", recognise, read)
