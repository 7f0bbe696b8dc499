"""What the HTML page says, as data: every string is plain text, still to be escaped.

Data first, markup second: the page is tested here, without parsing HTML.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lrdoctor.display import clean
from lrdoctor.records.diagnosis import VERDICTS, Diagnosis
from lrdoctor.records.report import Report
from lrdoctor.records.unreadable import Unreadable
from lrdoctor.report.html.glossary import Entry, glossary
from lrdoctor.report.html.index import URGENT, Index, index
from lrdoctor.report.html.replay_page import DrawReplay, ReplaySection, replay_section, undrawn
from lrdoctor.report.html.run_section import Draw, Section, section
from lrdoctor.report.html.sweep_page import DrawSweep, SweepSection, sweep_section
from lrdoctor.report.places import Place, in_order, places
from lrdoctor.report.redacted import redacted
from lrdoctor.report.renderer import Watch
from lrdoctor.report.wording.gate import no_pass
from lrdoctor.report.wording.numbers import count
from lrdoctor.report.wording.provenance import making
from lrdoctor.report.wording.replay import replay_name, replay_order
from lrdoctor.report.wording.run import tally, verdict_words
from lrdoctor.version import __version__

# More figures make a page that no browser opens at once; the rest is told in words.
MOST_DRAWN = 100
# Of more runs, settings and series that play no part are left to the JSON.
MOST_DETAILED = 20


@dataclass(frozen=True)
class Page:
    """The whole page; `heading` is the section whose name is the page's own, if one is."""

    title: str
    heading: str
    summary: str
    version: str
    making: tuple[tuple[str, str], ...]
    gate: tuple[str, tuple[str, ...]] | None
    replays: tuple[ReplaySection, ...]
    sweeps: tuple[SweepSection, ...]
    index: Index | None
    sections: tuple[Section, ...]
    unreadable: tuple[Unreadable, ...]
    glossary: tuple[Entry, ...]
    verdicts: tuple[str, ...] = tuple(verdict_words(verdict) for verdict in VERDICTS)

    @property
    def folded(self) -> bool:
        """Whether runs are folded away: where there are several."""
        return len(self.sections) > 1


def page(
    report: Report, draw: Draw, draw_sweep: DrawSweep, watch: Watch = iter, draw_replay: DrawReplay = undrawn
) -> Page:
    """The page for a report; `draw` makes a run's figures, the others a sweep's and a replay's."""
    report = in_order(redacted(report))
    runs = report.diagnoses
    title, heading = titled(report)
    placed = places(report)
    place = {id(d): i for i, d in enumerate(runs)}
    anchors = [anchor(i) for i in range(len(runs))]
    logs = [None if replay.log is None else place.get(id(replay.log)) for replay in report.replays]
    settled: dict[int, list[tuple[str, str, str]]] = {}
    for k, (replay, i) in enumerate(zip(report.replays, logs, strict=True)):
        if i is not None:
            settled.setdefault(i, []).append((f"replay{k + 1}", replay_name(replay), replay_order(replay)))
    drawn, many = figured(runs, placed), len(runs) > MOST_DETAILED
    sections = tuple(
        section(d, anchor(i), draw if i in drawn else None, placed.get(i), tuple(settled.get(i, ())), brief=many)
        for i, d in enumerate(watch(runs))
    )
    sweeps = tuple(
        sweep_section(s, f"sweep{k + 1}", [anchor(place[id(d)]) for d in s.diagnoses], draw_sweep)
        for k, s in enumerate(report.sweeps)
    )
    one_sweep = len(sweeps) == 1 and len(placed) == len(runs)
    return Page(
        title=title,
        heading=heading,
        summary=summary(report, placed, heading),
        version=__version__,
        making=making(report.provenance),
        gate=None if report.gate is None else gate_words(report),
        replays=tuple(
            replay_section(replay, f"replay{k + 1}", "" if i is None else anchor(i), draw_replay)
            for k, (replay, i) in enumerate(zip(report.replays, logs, strict=True))
        ),
        sweeps=sweeps,
        index=index(runs, sweeps, placed, anchors) if len(runs) > 1 and not one_sweep else None,
        sections=sections,
        unreadable=tuple(Unreadable(clean(entry.path), clean(entry.reason)) for entry in report.unreadable),
        glossary=glossary(runs),
    )


def figured(runs: Sequence[Diagnosis], placed: Mapping[int, Place]) -> frozenset[int]:
    """The positions of the runs whose figures are drawn: all, or of very many the most urgent."""
    order = sorted(range(len(runs)), key=lambda i: (i in placed, URGENT.index(runs[i].verdict)))
    return frozenset(order[:MOST_DRAWN])


def gate_words(report: Report) -> tuple[str, tuple[str, ...]]:
    """What was asked to fail, and what did, one line each."""
    gate = report.gate
    if gate is None:
        return "", ()
    return clean(gate.asked) + no_pass(report), tuple(clean(one.message) for one in gate.failures)


def summary(report: Report, placed: Mapping[int, Place], heading: str) -> str:
    """How much there is of what: `1 sweep of 6 runs; other runs: 2 too high, 1 divergent`."""
    runs = report.diagnoses
    alone = [d for i, d in enumerate(runs) if i not in placed]
    parts = [f"{count(len(report.sweeps), 'sweep')} of {count(len(placed), 'run')}"] if placed else []
    parts += [f"{'other runs: ' if placed else ''}{tally(alone)}"] if alone and len(runs) > 1 else []
    parts += [count(len(report.replays), "replay")] if runs and report.replays and not heading else []
    return "; ".join(parts)


def titled(report: Report) -> tuple[str, str]:
    """The page's title, and the section whose name that is: the only run, or the only replay with its log."""
    runs, replays = report.diagnoses, report.replays
    if len(replays) == 1 and all(d is replays[0].log for d in runs):
        return replay_name(replays[0]), "replay1"
    if not runs and replays:
        return count(len(replays), "replay"), ""
    if len(runs) == 1:
        return clean(runs[0].run.name), anchor(0) if not replays else ""
    return clean(report.provenance.title) or count(len(runs), "run"), ""


def anchor(position: int) -> str:
    """The id of a run's section, and the start of its figures' ids: by position, since names may repeat."""
    return f"run{position + 1}"
