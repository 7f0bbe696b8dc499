r"""DVCLive: one table a metric, below `dvclive/plots/metrics/`, in older versions below `dvclive/`.

    step\tloss               timestamp\tstep\tloss
    0\t6.2201                1634000000000\t0\t6.2201

The column is called after the last part of the metric's name, the file after all of it: `train/loss.tsv`.  All tables
of one `dvclive` folder are one run; `params.yaml` beside them holds its settings, `metrics.json` the last values only.
"""

from pathlib import Path

import numpy as np

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.grouping import by_home
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.points import MAX_TAGS, Points
from lrdoctor.reading.parsing.row_curves import UNIX_TIMES
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.table_columns import read_table
from lrdoctor.reading.parsing.table_layout import sniff
from lrdoctor.records.run import Note, Run, Source, Traits

NAME = "dvclive"
STEP = "step"
BELOW = (("plots", "metrics"), ("plots", "scalars"), ("scalars",))  # the folders that metrics stood in, newest first
HEADERS = ((STEP,), ("timestamp", STEP))


def recognise(head: Head) -> str | None:
    """By a header of the step and the file's own name."""
    layout = sniff(head)
    if layout is None or head.path.suffix != ".tsv" or layout.separator not in "\t," or not layout.names:
        return None
    *clock, metric = layout.names
    if metric != head.path.stem or tuple(clock) not in HEADERS or "\t" not in head.text.split("\n", 1)[0]:
        return None
    if len(clock) == 1 and home(head.path) == head.path:
        return None  # any two columns of anybody's
    return f"the columns {', '.join(layout.names)} in {head.path.name}"


def home(path: Path) -> Path:
    """The `dvclive` folder of a metric's table; the table itself where no folder is one."""
    parts = path.parts
    for below in BELOW:
        for at in range(len(parts) - len(below) - 1, 0, -1):
            if parts[at : at + len(below)] == below:
                return Path(*parts[:at])
    for folder in path.parents:
        if folder.name.lower().startswith("dvclive"):
            return folder
    return path


def read(source: Source) -> list[Run]:
    """One run of all tables; one that cannot be read is left out, unless there is no other."""
    points = Points()
    notes: list[Note] = []
    reasons: list[str] = []
    for path in source.files[:MAX_TAGS]:
        try:
            torn = _collect(path, points)
        except (UnreadableError, OSError) as error:
            reason = str(error) if isinstance(error, UnreadableError) else f"{error.strerror or 'cannot be read'}"
            reasons.append(f"{path.name}: {reason}")
            continue
        if torn:
            text = "the last line ends inside a row: it was left out"
            notes.append(Note("torn-tail", text, metric_name(path)))
    if not len(points):
        raise UnreadableError(reasons[0] if reasons else "DVCLive tables without a row: give a longer run's")
    if len(source.files) > MAX_TAGS:
        reasons.append(f"more than {MAX_TAGS:,} metrics: only the first were read")
    series, found = points.joined()
    place = home(source.files[0])
    beside = place / "params.yaml"  # some levels above a table, or a folder of tables, that is named itself
    settings, unread = companion_settings(source.companions or ([beside] if beside.is_file() else []))
    skipped = [Note("skipped", reason) for reason in reasons]
    return [Run(run_name(place), series, source, settings, STEP, [*unread, *skipped, *notes, *found])]


def _collect(path: Path, points: Points) -> bool:
    """Add the points of one table; whether its last line is torn."""
    found = read_table(path)
    columns = {column.name: column for column in found.columns}
    step, value, clock = columns.get(STEP), columns.get(path.stem), columns.get("timestamp")
    if step is None or value is None:
        raise UnreadableError(f"a table without the columns {STEP} and {path.stem}: give one that DVCLive wrote")
    tag = metric_name(path)
    for row in np.flatnonzero(step.present & value.present):
        wall_time = clock.value[row] if clock is not None and clock.present[row] else np.nan
        points.add(tag, step.value[row], value.value[row], wall_time / 1000 if wall_time > UNIX_TIMES[1] else wall_time)
    return found.torn


def metric_name(path: Path) -> str:
    """The metric that a table holds: its path below the metrics' folder, without the suffix.

    >>> metric_name(Path("a/dvclive/plots/metrics/train/loss.tsv")), metric_name(Path("dvclive/loss.tsv"))
    ('train/loss', 'loss')
    """
    folder = home(path)
    if folder == path:
        return path.stem
    parts = path.relative_to(folder).with_suffix("").parts
    for below in BELOW:
        if parts[: len(below)] == below:
            return "/".join(parts[len(below) :])
    return "/".join(parts)


READER = Reader(NAME, "DVCLive", recognise, read, group=by_home(home), traits=Traits(counts_calls=True))
