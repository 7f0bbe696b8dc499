"""What `lrdoctor inspect` shows: what was read, what was taken for what, and whether it can carry a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass

from lrdoctor.display import clean, inert
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Run, Series, path_as_named
from lrdoctor.records.unreadable import Unreadable
from lrdoctor.report.json.report import heading, run_json, unreadable_json
from lrdoctor.report.json.values import Json, dumps
from lrdoctor.report.redacted import redacted
from lrdoctor.report.text import table, unreadable_list, wrapped
from lrdoctor.report.wording.numbers import count, learning_rate, number, position
from lrdoctor.report.wording.run import shorten, source_files, taken
from lrdoctor.report.wording.settings_listed import MAX_LISTED, RELEVANT, listed

LABEL_WIDTH = 12
HPARAMS_SHOWN = 16
LONGEST_VALUE = 80
LONGEST_NAME = 60
PASSED_SHOWN, PASSED_LISTED = 20, 1_000  # files that were taken for no log: in the terminal, in JSON


@dataclass(frozen=True)
class Inspected:
    """One run as it was understood.

    Args:
        run: what was read.
        roles: which series was taken for what.
        lr, lr_source: its learning rate and where that came from, or None and why not.
        refusal: why the log can carry no verdict; empty where it can.
        doubts: what is wrong with the log without forbidding one.
    """

    run: Run
    roles: Roles
    lr: float | None
    lr_source: str
    refusal: str
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Passed:
    """Files that were taken for no log: the first of them with the reason, and how many there are."""

    told: tuple[Unreadable, ...] = ()
    count: int = 0


NONE = Passed()


def as_text(runs: Sequence[Inspected], unreadable: Sequence[Unreadable], passed: Passed = NONE) -> str:
    """Everything for the terminal, ending in one line break."""
    runs, unreadable, passed = redacted((runs, unreadable, passed))
    blocks = [block(inspected) for inspected in runs]
    if unreadable:
        blocks.append(unreadable_list(unreadable))
    if passed.count:
        blocks.append(passed_list(passed))
    return inert("\n\n".join(blocks or ["Nothing was read."])) + "\n"


def passed_list(passed: Passed) -> str:
    """The files that were taken for no log, each with its reason."""
    lines = [f"{count(passed.count, 'file')} taken for no log"]
    for one in passed.told:
        lines += wrapped(f"- {clean(one.path)}: {clean(one.reason)}", "  ", hang="  ")
    if passed.count > len(passed.told):
        lines.append(f"  and {passed.count - len(passed.told):,} more")
    return "\n".join(lines)


def as_json(runs: Sequence[Inspected], unreadable: Sequence[Unreadable], passed: Passed = NONE) -> str:
    """Everything for machines; the keys are those of the report's JSON where the two say the same."""
    runs, unreadable, passed = redacted((runs, unreadable, passed))
    return dumps(
        {
            **heading(),
            "runs": [inspected_json(inspected) for inspected in runs],
            "unreadable": unreadable_json(unreadable),
            "passed_over": {
                "count": passed.count,
                "files": [{"path": one.path, "reason": one.reason} for one in passed.told],
            },
        }
    )


def inspected_json(inspected: Inspected) -> dict[str, Json]:
    """One run."""
    return {
        "name": inspected.run.name,
        "lr": inspected.lr,
        "lr_source": inspected.lr_source,
        "refusal": inspected.refusal or None,
        "doubts": list(inspected.doubts),
        **run_json(inspected.run, inspected.roles),
    }


def block(inspected: Inspected) -> str:
    """One run: where it came from, what was taken for what, every series, the settings."""
    run, source = inspected.run, inspected.run.source
    lr = inspected.lr_source or "not in the log"
    facts = [
        ("path", clean(path_as_named(source.path))),
        ("format", f"{clean(source.format)}: {clean(source.why)}"),
        ("files", source_files(run)),
        ("step axis", clean(run.step_axis)),
        ("LR", clean(lr if inspected.lr is None else f"{learning_rate(inspected.lr)}, from {lr}")),
        ("quality", "; ".join(map(clean, inspected.doubts)) or "nothing wrong was seen"),
        ("verdict", f"not possible: {clean(inspected.refusal)}" if inspected.refusal else "possible"),
    ]
    lines = [clean(run.name)]
    for label, text in facts:
        lines += wrapped(text, f"  {label:<{LABEL_WIDTH}}", hang=" " * (LABEL_WIDTH + 2), hang_only=True)
    parts = [
        [part, shorten(tag, LONGEST_NAME) or "-", f"({why})" if why else ""]
        for part, tag, why in taken(inspected.roles)
    ]
    lines += ["", "  taken for", *indented(table(parts))]
    lines += ["", f"  {count(len(run.series), 'series', 'series')}", *indented(series_table(run))]
    if run.notes:
        lines += ["", "  notes"]
        for note in run.notes:
            lines += wrapped(f"- {clean(note.code)}: {clean(note.message)}", "    ", hang="  ")
    if run.hparams:
        lines += ["", f"  {count(len(run.hparams), 'setting')}", *indented(hparams_table(run))]
    return "\n".join(lines)


def indented(text: str) -> list[str]:
    """The lines of a table, moved in under their heading."""
    return [f"    {line}" for line in text.splitlines()]


def series_table(run: Run) -> str:
    """Every series: how many points, over which steps, between which values."""
    rows = [["name", "points", "from", "to", "lowest", "highest", "not finite"]]
    rows += [[shorten(clean(tag), LONGEST_NAME), *series_cells(series)] for tag, series in run.series.items()]
    if all(not row[6] for row in rows[1:]):
        rows = [row[:6] for row in rows]
    return table(rows, right=range(1, 7))


def series_cells(series: Series) -> list[str]:
    """A series' line, after its name."""
    import numpy as np

    if not len(series):
        return ["0", "", "", "", "", ""]
    good = series.value[np.isfinite(series.value)]
    ends = [number(float(good.min())), number(float(good.max()))] if len(good) else ["", ""]
    bad = len(series) - len(good)
    steps = [position(float(series.step[0])), position(float(series.step[-1]))]
    return [f"{len(series):,}", *steps, *ends, f"{bad:,}" if bad else ""]


def hparams_table(run: Run) -> str:
    """The settings that bear on the learning rate, then others as far as there is room; what was left out is said."""
    set_ = {name: value for name, value in listed(run.hparams).by_name.items() if value is not None}
    names = sorted(set_, key=lambda name: (RELEVANT.search(name) is None, name))
    rows = [[clean(name), cut(clean(str(set_[name])))] for name in names[:HPARAMS_SHOWN]]
    more = len(run.hparams) - len(rows)
    where = f"{MAX_LISTED} of them" if len(run.hparams) > MAX_LISTED else "all of them"
    return (table(rows) if rows else "") + (f"\n... and {more:,} more ({where} in --format json)" if more else "")


def cut(text: str) -> str:
    """A value on one short line."""
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."
