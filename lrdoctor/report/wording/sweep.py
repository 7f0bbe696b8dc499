"""The sentences about sweeps and about what advice is worth, shared by every format."""

import math
from collections.abc import Sequence

import numpy as np

from lrdoctor.display import LR_OPTION, clean
from lrdoctor.inference.sweep_members import count_different, differences
from lrdoctor.records.diagnosis import Diagnosis, Remedy
from lrdoctor.records.report import Report
from lrdoctor.records.run import Floats
from lrdoctor.records.sweep import SweepDiagnosis, SweepMember
from lrdoctor.redaction import setting
from lrdoctor.report.redacted import differing
from lrdoctor.report.wording.carried_over import carried_words
from lrdoctor.report.wording.numbers import count, estimate, learning_rate, number, percent, position
from lrdoctor.report.wording.run import Advice, few, shorten, stays

MEASURES = {"accuracy": "validation accuracy", "validation": "validation loss", "training": "training loss"}
# From here on a side is named as where the optimum lies.
LIKELY = 0.5
SURE = 0.8
MOST_VALUES = 4
LONGEST_NAME = 60
LENGTHS_ALIKE = 1.1  # longest over shortest


def sweep_name(sweep: SweepDiagnosis) -> str:
    """What the sweep is called: `Adam, batch size 64: 6 runs, LR 3e-4 to 0.5`."""
    title = sweep_title(sweep)
    return f"{title}: {span_of(sweep)}" if title else span_of(sweep)


def sweep_title(sweep: SweepDiagnosis) -> str:
    """What the runs share, and what tells them from other sweeps: `Adam, batch size 64, weight_decay 0.1`."""
    apart = [f"{clean(key)} {value}" for key, value in ((k, values_of(k, [v])[0]) for k, v in sweep.apart)]
    return ", ".join(part for part in (clean(sweep.title), *apart) if part)


def span_of(sweep: SweepDiagnosis) -> str:
    """How many runs over which LRs: `6 runs, LR 3e-4 to 0.5`."""
    runs = count(len(sweep.diagnoses), "run")
    lrs = [d.lr for d in sweep.diagnoses if d.lr is not None]
    ends = list(dict.fromkeys(learning_rate(lr) for lr in (min(lrs), max(lrs)))) if lrs else []
    return f"{runs}, LR {' to '.join(ends)}" if ends else runs


def sweep_advice(sweep: SweepDiagnosis) -> Advice:
    """What to do after the sweep: the LR to use, and whether it is one that was run."""
    if sweep.suggested_lr is None or sweep.interval is None:
        return Advice("No LR can be named: the logs name none", "", "", "")
    low, high = sweep.interval
    interval = f"the best LR is probably between {estimate(low)} and {estimate(high)}"
    if not sweep.placed:
        return Advice(
            "Use LR", estimate(sweep.suggested_lr), "next", f"from one run alone: no other has LR and loss; {interval}"
        )
    if sweep.next_is_new:
        likely = chance(sweep, sweep.suggested_lr)
        detail = f"not run yet; {percent(likely)} likely to be good; {interval}"
        return Advice("Run LR", estimate(sweep.suggested_lr), "next", detail)
    wanted = math.log10(sweep.suggested_lr)
    used = min(sweep.placed, key=lambda one: abs(math.log10(one.lr) - wanted))
    detail = f"run {run_name(sweep, used)}, {percent(used.inside)} likely to be good; {interval}"
    return Advice("Use LR", learning_rate(used.lr), "", detail)


def chance(sweep: SweepDiagnosis, lr: float) -> float:
    """Probability that an LR is in the band, from the belief of a sweep whose `placed` is not empty."""
    reference = max(sweep.placed, key=lambda one: one.run).lr
    return float(np.interp(math.log10(lr / reference), sweep.belief.decades, sweep.belief.in_band))


def run_name(sweep: SweepDiagnosis, one: SweepMember) -> str:
    """The name of a run of the sweep, short enough for a sentence."""
    return shorten(clean(sweep.diagnoses[one.run].run.name), LONGEST_NAME)


def result_words(sweep: SweepDiagnosis, one: SweepMember) -> str:
    """What a run reached, in the sweep's measure, and that it broke after it."""
    if not math.isfinite(one.cost):
        return "diverged"
    reached = number(1 - one.cost if sweep.measure == "accuracy" else one.cost)
    return f"{reached}, then diverged" if one.diverged else reached


def best_words(sweep: SweepDiagnosis) -> str:
    """Which run was best: `Best run: lr_0.02, validation loss 0.0123`."""
    best = sweep.best
    if best is None:
        return "No two runs could be compared."
    if best.diverged:
        return f"All {len(sweep.placed)} runs diverged: none is good, and the lowest LR is still too high."
    measure = MEASURES.get(sweep.measure, sweep.measure)
    text = f"Best run: {run_name(sweep, best)}, {measure} {result_words(sweep, best)} (LR {learning_rate(best.lr)})."
    lower = min((one for one in sweep.placed if one.cost < best.cost), key=lambda one: one.cost, default=None)
    if lower is None:
        return text
    reached = result_words(sweep, lower)
    return f"{text} {run_name(sweep, lower)} (LR {learning_rate(lower.lr)}) had reached more, {reached}."


def reach_words(sweep: SweepDiagnosis) -> str:
    """Whether the optimum lies among the LRs that were run or beyond its edge."""
    below, inside, above = sweep.reach
    if math.isnan(inside):
        return ""
    if inside >= SURE:
        return f"The best LR lies among the LRs that were run ({percent(inside)})."
    best = sweep.best
    if best is not None and max(below, above) >= LIKELY and sweep.placed[0] is not best is not sweep.placed[-1]:
        side = "below" if below > above else "above"
        return (
            "The best result lies among the LRs that were run, but the curves look as if still better LRs lay "
            f"{side} it ({percent(max(below, above))}): the next run tells."
        )
    if max(below, above) >= LIKELY:
        side = "below the lowest" if below > above else "above the highest"
        way = "downwards" if below > above else "upwards"
        return f"The best LR lies {side} LR that was run ({percent(max(below, above))}): extend the sweep {way}."
    sides = f"below it {percent(below)}, inside {percent(inside)}, above it {percent(above)}"
    return f"It is not sure that the best LR lies among the LRs that were run: {sides}."


def steps_words(sweep: SweepDiagnosis) -> str:
    """That the runs are of different lengths, and what they are compared by."""
    lengths = [float(np.ptp(steps)) for steps in map(_loss_steps, sweep.diagnoses) if len(steps)]
    if (
        not lengths
        or not math.isfinite(sweep.steps)
        or max(lengths) <= LENGTHS_ALIKE * sweep.steps
        or sweep.measure == "training"
    ):
        return ""
    axis = clean(sweep.diagnoses[0].run.step_axis)
    return f"The runs differ in length: they are compared by what each had reached at {axis} {position(sweep.steps)}."


def _loss_steps(diagnosis: Diagnosis) -> Floats:
    series = diagnosis.run.find(diagnosis.roles.loss)
    return np.empty(0) if series is None else series.step


def band_words(sweep: SweepDiagnosis) -> str:
    """Where the good band is thought to lie, and how much the LR matters."""
    if sweep.band is None:
        return ""
    low, high = sweep.band
    text = f"Good LRs: about {estimate(low)} to {estimate(high)}."
    if math.isfinite(sweep.sensitivity):
        text += f" On average a run gives away {percent(sweep.sensitivity)} of what the best one gained."
    return text


def differs_words(differs: Sequence[tuple[str, Sequence[str]]]) -> str:
    """What else differs among the runs of a sweep."""
    if not differs:
        return "As far as the logs say, nothing but the learning rate differs."
    parts = [f"{clean(key)} ({few(values_of(key, values), MOST_VALUES)})" for key, values in differs]
    return f"Beside the learning rate these differ: {few(parts, MOST_VALUES)}."


def scales_words(sweep: SweepDiagnosis) -> str:
    """A warning where the runs' optimizers differ: their LRs are not on one scale."""
    named = [value for key, values in sweep.differs if "optim" in key.lower() for value in values if value != "None"]
    used = list(dict.fromkeys(named))
    return f"Different optimizers ({few(used)}) have different good LRs: one LR fits none." if len(used) > 1 else ""


def values_of(key: str, values: Sequence[str]) -> list[str]:
    """A setting's values as a report may pass them on."""
    return [clean(str(setting(key, value))) for value in values]


def sweep_sentences(sweep: SweepDiagnosis) -> tuple[str, ...]:
    """Everything to say of a sweep below its advice, in order."""
    lost = [d.run.name for i, d in enumerate(sweep.diagnoses) if all(one.run != i for one in sweep.placed)]
    names = few([clean(name) for name in lost])
    left = f"Without a usable LR or loss, so not compared: {names}." if lost and sweep.placed else ""
    said = (
        carried_words(sweep.carried_over),
        best_words(sweep),
        reach_words(sweep),
        band_words(sweep),
        steps_words(sweep),
        differs_words(sweep.differs),
        scales_words(sweep),
        left,
    )
    return tuple(text for text in said if text)


def remedy_cause(remedy: Remedy) -> str:
    """Which finding calls for a remedy, and who says so."""
    return clean("; ".join(part for part in (f"{remedy.code} {remedy.finding}".strip(), remedy.source) if part))


def worth_words(diagnosis: Diagnosis) -> str:
    """What following the advice is expected to bring; empty where nothing is to be said."""
    worth = diagnosis.worth
    if worth is None:
        moves = diagnosis.factor is not None and not stays(diagnosis)
        return "What the change is worth is too uncertain to say." if moves else ""
    what = "validation loss" if worth.validation else "training loss"
    low, middle, high = (estimate(value) for value in worth.loss)
    text = f"Expect a {what} of about {middle} (80 %: {low} to {high}; this run {number(worth.now)})"
    if worth.steps is None:
        return text + "."
    fast, usual, slow = worth.steps
    reach = f"80 %: {share_words(fast)} to {share_words(slow)}"
    return f"{text}, and this run's training loss after {share_words(usual)} of its steps ({reach})."


def share_words(share: float) -> str:
    """A share of the steps; from all of them on it is said so."""
    return "all or more" if share >= 1 else percent(share)


def no_sweep(report: Report) -> str:
    """Why the runs of a report are no sweep, and what to do."""
    known = [d for d in report.diagnoses if d.lr is not None]
    found = f"{count(len(report.diagnoses), 'run')} found"
    if len(known) == len(report.diagnoses) == 1:
        return f"{found}: a sweep needs two that differ in learning rate; name more logs or their folder"
    if len(known) < 2:
        return f"{found}, {len(known)} with a known LR: a sweep needs two; name the series with {LR_OPTION}"
    if count_different([d.lr for d in known]) < 2:
        return f"{found}, all with the same LR: a sweep needs runs that differ in it"
    runs = [d.run for d in known]
    other = differs_words(differing(differences(runs), runs))
    return f"{found}, but no two differ in LR alone. {other} --together judges them as one sweep all the same"
