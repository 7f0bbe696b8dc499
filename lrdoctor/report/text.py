"""The report for the terminal: a table when there are several runs, then one compact block a run."""

import textwrap
from collections.abc import Sequence

from lrdoctor.display import clean, inert
from lrdoctor.records.diagnosis import VERDICTS, Diagnosis, Finding, Verdict
from lrdoctor.records.replay import Replay
from lrdoctor.records.report import Report
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.records.unreadable import Unreadable
from lrdoctor.report.places import Place, in_order, places
from lrdoctor.report.redacted import redacted
from lrdoctor.report.renderer import Options
from lrdoctor.report.wording.carried_over import carried_words
from lrdoctor.report.wording.certainty import certainty
from lrdoctor.report.wording.numbers import count, learning_rate, percent, position
from lrdoctor.report.wording.reasons import reasons
from lrdoctor.report.wording.replay import (
    ARM_HEADINGS,
    RECIPE_VERDICTS,
    ROUND_HEADINGS,
    arm_rows,
    history,
    own_words,
    replay_advice,
    replay_name,
    replay_order,
    replay_sentences,
    round_cells,
)
from lrdoctor.report.wording.run import (
    advice,
    evidence_words,
    lr_cells,
    measured_words,
    moves,
    probability,
    shorten,
    source_files,
    tally,
    verdict_percent,
    verdict_words,
)
from lrdoctor.report.wording.short_reason import short_reason
from lrdoctor.report.wording.sweep import (
    MEASURES,
    remedy_cause,
    result_words,
    run_name,
    sweep_advice,
    sweep_name,
    sweep_sentences,
    worth_words,
)
from lrdoctor.report.wording.timeline import cause_words

WIDTH = 96
LONGEST_NAME, LEAST_NAME = 40, 20
EVIDENCE_SHOWN = 3
LOUDNESS = (Verdict.DIVERGENT, Verdict.TOO_HIGH, Verdict.TOO_SLOW, Verdict.INCONCLUSIVE, Verdict.WELL_TUNED)


# More runs than so many are a table first, and the rest on demand.
CARDS = 3


def render(report: Report, options: Options = Options()) -> str:  # noqa: B008 - frozen
    """The report as text, ending in one line break: plain, or for the terminal that `options` describe.

    More than `CARDS` runs are a table; each in full where `options.verbose`.
    """
    report = in_order(redacted(report))
    shown = inert(written(report, options))
    if options.width:
        from lrdoctor.report import terminal

        return terminal.coloured(shown, options)
    return shown


def written(report: Report, options: Options) -> str:
    """The same without colour, of a report that may be shown."""
    placed, width = places(report), min(options.width or WIDTH, WIDTH)
    settled: dict[int, list[tuple[str, str]]] = {}
    for replay in report.replays:
        settled.setdefault(id(replay.log), []).append((replay_name(replay), replay_order(replay)))
    in_full = options.verbose or len(report.diagnoses) <= CARDS
    shown = report.diagnoses if in_full else ()
    blocks = [block(d, placed.get(i), settled.get(id(d), ()), width) for i, d in enumerate(shown)]
    alone = [d for i, d in enumerate(report.diagnoses) if i not in placed]
    if len(alone) > 1 or (alone and not in_full):
        blocks.insert(0, overview(alone, "other " if placed else "", options.width or WIDTH))
    if not in_full:
        blocks.append("-v shows each run in full, -o report.html its curves")
    blocks = [
        *(replay_block(replay, width) for replay in report.replays),
        *(sweep_block(sweep, width) for sweep in report.sweeps),
        *blocks,
    ]
    if report.unreadable:
        blocks.append(unreadable_list(report.unreadable, width))
    return "\n\n".join(blocks or ["Nothing was read."]) + "\n"


def overview(diagnoses: Sequence[Diagnosis], which: str = "", width: int = WIDTH) -> str:
    """One line a run, what broke first; `which` says which runs they are, `width` how long a line may be."""
    rows = [("run", "verdict", "sure", "LR", "next LR", "why")]
    ordered = sorted(diagnoses, key=lambda d: LOUDNESS.index(d.verdict))
    rows += [
        (
            shorten(clean(d.run.name), LONGEST_NAME),
            verdict_words(d.verdict),
            verdict_percent(d),
            lr_cells(d)[0],
            lr_cells(d)[1] or lr_cells(d)[2],
            short_reason(d),
        )
        for d in ordered
    ]
    title = f"{count(len(diagnoses), f'{which}run')}: {tally(diagnoses)}"

    # A narrow terminal shows less of the names, and then less of why, before it breaks a line.
    def over() -> int:
        return max(map(len, table(rows, right=(2, 3, 4)).splitlines())) - width

    for least in (LEAST_NAME, 8):
        if (beyond := over()) > 0:
            longest = max(max(len(row[0]) for row in rows) - beyond, least)
            rows = [(shorten(row[0], longest), *row[1:]) for row in rows]
        if (beyond := over()) > 0:
            longest = max(max(len(row[5]) for row in rows) - beyond, 0)
            rows = [(*row[:5], row[5][:longest].rstrip()) for row in rows]
    return f"{title}\n\n{table(rows, right=(2, 3, 4))}"


def sweep_block(sweep: SweepDiagnosis, width: int = WIDTH) -> str:
    """A sweep: what to do, why, and its runs in a table, ascending in LR."""
    do = sweep_advice(sweep)
    lines = [
        f"sweep {sweep_name(sweep)}",
        *wrapped(f"{do.order} ({do.detail})" if do.detail else do.order, "  ", width=width),
    ]
    lines += [line for text in sweep_sentences(sweep) for line in wrapped(text, "  ", width=width)]
    rows = [("LR", "run", MEASURES.get(sweep.measure, "result"), "LR too low", "good", "too high")]
    rows += [
        (
            learning_rate(one.lr),
            shorten(run_name(sweep, one), LONGEST_NAME),
            result_words(sweep, one) + (" *" if one is sweep.best else ""),
            percent(one.below),
            percent(one.inside),
            percent(one.above),
        )
        for one in sweep.placed
    ]
    if sweep.placed:
        lines += ["", *(f"  {line}" for line in table(rows, right=(0, 3, 4, 5)).splitlines())]
    return "\n".join(lines)


def replay_block(replay: Replay, width: int = WIDTH) -> str:
    """A replay: what to do, why, how it came to that, its rounds, and the last one's arms."""
    do = replay_advice(replay)
    order = f"{do.order} ({do.detail})" if replay.suggested_lr is not None and do.detail else replay_order(replay)
    lines = [f"replay {replay_name(replay)}: {own_words(replay)}", *wrapped(order, "  ", width=width)]
    lines += [line for text in replay_sentences(replay) for line in wrapped(text, "  ", width=width)]
    chances = ", ".join(f"{v.value} {percent(replay.probabilities.get(v, 0.0))}" for v in RECIPE_VERDICTS)
    lines += wrapped(chances, f"  {'P':<12}", hang=" " * 14, hang_only=True, width=width)
    lines += [
        line
        for part, words in history(replay)
        for line in wrapped(words, f"  {part:<12}", hang=" " * 14, hang_only=True, width=width)
    ]
    if replay.rounds:
        last = replay.rounds[-1]
        rows = [ROUND_HEADINGS, *map(round_cells, replay.rounds)]
        arms = arm_rows(replay, last)
        lines += ["", *(f"  {line}" for line in table(rows, right=(0, 1, 3, 4, 5, 6, 7)).splitlines())]
        if arms:
            rows = [ARM_HEADINGS[: len(arms[0])], *arms]
            lines += ["", f"  reruns of {position(last.horizon)} steps", ""]
            lines += [f"  {line}" for line in table(rows, right=(0, 2, 3, 4)).splitlines()]
    return "\n".join(lines)


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Columns padded to their widest cell; those in `right` aligned to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def block(
    diagnosis: Diagnosis,
    place: Place | None = None,
    replays: Sequence[tuple[str, str]] = (),
    width: int = WIDTH,
) -> str:
    """One run: verdict, what to do, why, evidence, findings; `replays` name those that began from it.

    A run that a sweep answers for has its `place` there and no LR of its own.
    """
    run = diagnosis.run
    lines = [
        *(_answer(diagnosis, width) if place is None else _placed(diagnosis, place, width)),
        *(
            line
            for name, order in replays
            for line in wrapped(f"After its replay ({name}): {order}", "  ", width=width)
        ),
        *labelled("P", _chances(diagnosis, place), width=width),
        *labelled("read", f"{source_files(run)} ({clean(run.source.format)})", width=width),
        *labelled("LR", lr_words(diagnosis), width=width),
    ]
    # The evidence is odds of what this log says alone, which is not what is said here.
    telling = [sign for sign in diagnosis.evidence if moves(sign)] if place is None else []
    if telling:
        lines.append("  strongest evidence")
        for sign in telling[:EVIDENCE_SHOWN]:
            lines += wrapped(f"- {evidence_words(sign)}", "    ", hang="  ", width=width)
        weaker = len(telling) - EVIDENCE_SHOWN
        if weaker > 0:
            lines.append(f"    and {count(weaker, 'weaker one')}: the JSON report has them all")
    if diagnosis.findings:
        lines.append("  findings")
        for finding in diagnosis.findings:
            lines += wrapped(f"- {finding_words(finding, run.step_axis)}", "    ", hang="  ", width=width)
    return "\n".join(lines)


def _answer(diagnosis: Diagnosis, width: int) -> list[str]:
    """What a run's log alone comes to: verdict, LR, why, what it is worth."""
    do = advice(diagnosis)
    value = probability(diagnosis)
    sure = verdict_percent(diagnosis)
    if value is not None and diagnosis.verdict is not Verdict.DIVERGENT:
        sure = f"{certainty(value)}, {sure}"
    said = ", ".join(part for part in (verdict_words(diagnosis.verdict).upper(), sure) if part)
    return [
        f"{clean(diagnosis.run.name)}: {said}",
        *wrapped(f"{do.order} ({do.detail})" if do.detail else do.order, "  ", width=width),
        *(line for one in reasons(diagnosis) for line in wrapped(f"- {one.text}", "  ", hang="  ", width=width)),
        *wrapped(cause_words(diagnosis), "  ", width=width),
        *(wrapped(worth_words(diagnosis), "  ", width=width) if worth_words(diagnosis) else ()),
        *wrapped(carried_words(diagnosis.carried_over), "  ", width=width),
        *(
            line
            for one in diagnosis.remedies
            for line in wrapped(f"Also: {clean(one.words)} ({remedy_cause(one)})", "  ", hang="  ", width=width)
        ),
    ]


def _placed(diagnosis: Diagnosis, place: Place, width: int) -> list[str]:
    """What a run is in its sweep, whose answer is the only one."""
    said = f"{place.words.upper()} {place.percent}"
    order = f"{sweep_advice(place.sweep).order}, says its sweep ({sweep_name(place.sweep)})"
    return [
        f"{clean(diagnosis.run.name)}: {said}{', diverged' if place.member.diverged else ''}",
        *wrapped(order, "  ", width=width),
    ]


def _chances(diagnosis: Diagnosis, place: Place | None) -> str:
    """The probabilities behind a run's headline."""
    if place is not None:
        return place.detail
    return ", ".join(f"{v.value} {percent(diagnosis.probabilities.get(v, 0.0))}" for v in VERDICTS)


def lr_words(diagnosis: Diagnosis) -> str:
    """This run's learning rate and where it came from."""
    source = clean(diagnosis.lr_source)
    if diagnosis.lr is None:
        return source or "not in the log"
    return learning_rate(diagnosis.lr) + (f", from {source}" if source else "")


def finding_words(finding: Finding, axis: str) -> str:
    """A finding with its code, measure and place, on one line."""
    measured = measured_words(finding, axis)
    text = f"{clean(finding.code)} {clean(finding.name)} ({finding.severity.value}): {clean(finding.message)}"
    text = f"{text} [{measured}]" if measured else text
    return f"{text} Note: {clean(finding.caveat)}" if finding.caveat else text


def unreadable_list(unreadable: Sequence[Unreadable], width: int = WIDTH) -> str:
    """The paths that could not be analysed, each with its reason."""
    lines = [f"{count(len(unreadable), 'path')} could not be analysed"]
    for entry in unreadable:
        lines += wrapped(f"- {clean(entry.path)}: {clean(entry.reason)}", "  ", hang="  ", width=width)
    return "\n".join(lines)


def labelled(label: str, text: str, width: int) -> list[str]:
    """`text` behind a short label, in one column."""
    return wrapped(text, f"  {label:<6}", hang="        ", hang_only=True, width=width)


def wrapped(text: str, indent: str, hang: str = "", *, hang_only: bool = False, width: int = WIDTH) -> list[str]:
    """`text` in lines of `width`; long words, such as paths, are never broken."""
    rest = hang if hang_only else indent + hang
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
