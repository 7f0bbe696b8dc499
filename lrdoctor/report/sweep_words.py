"""The sentences about sweeps and about what advice is worth, shared by every format."""

import math
from collections.abc import Sequence

from lrdoctor.diagnosis import Diagnosis, Placed, SweepDiagnosis
from lrdoctor.report.discreet import shown
from lrdoctor.report.numbers import count, estimate, learning_rate, number, percent
from lrdoctor.report.words import Advice, few
from lrdoctor.safe import clean

MEASURES = {"accuracy": "validation accuracy", "validation": "validation loss", "training": "training loss"}
# From here on a side is named as where the optimum lies.
LIKELY = 0.5
SURE = 0.8
MOST_VALUES = 4


def sweep_name(sweep: SweepDiagnosis) -> str:
    """What the sweep is called: `Adam, batch size 64: 6 runs, LR 3e-4 to 0.5`."""
    title = clean(sweep.title)
    return f"{title}: {span_of(sweep)}" if title else span_of(sweep)


def span_of(sweep: SweepDiagnosis) -> str:
    """How many runs over which LRs: `6 runs, LR 3e-4 to 0.5`."""
    runs = count(len(sweep.diagnoses), "run")
    lrs = [d.lr for d in sweep.diagnoses if d.lr is not None]
    return f"{runs}, LR {learning_rate(min(lrs))} to {learning_rate(max(lrs))}" if lrs else runs


def sweep_advice(sweep: SweepDiagnosis) -> Advice:
    """What to do after the sweep: the LR to use, and whether it is one that was run."""
    if sweep.suggested_lr is None or sweep.interval is None:
        return Advice("No LR can be named: the logs name none", "", "", "")
    low, high = sweep.interval
    interval = f"80 % interval of the good band's middle {estimate(low)} to {estimate(high)}"
    if sweep.next_is_new:
        likely = chance(sweep, sweep.suggested_lr)
        detail = f"not run yet; {percent(likely)} likely to be in the good band; {interval}"
        return Advice("Run LR", estimate(sweep.suggested_lr), "next", detail)
    used = min(sweep.placed, key=lambda one: abs(math.log10(one.lr / (sweep.suggested_lr or one.lr))), default=None)
    if used is None:
        return Advice("Use LR", learning_rate(sweep.suggested_lr), "", interval)
    detail = f"run {run_name(sweep, used)}, {percent(used.inside)} likely to be in the good band; {interval}"
    return Advice("Use LR", learning_rate(used.lr), "", detail)


def chance(sweep: SweepDiagnosis, lr: float) -> float:
    """Probability that an LR is in the band, from the sweep's belief."""
    import numpy as np

    reference = [one.lr for one in sorted(sweep.placed, key=lambda one: one.run)]
    if not reference:
        return math.nan
    return float(np.interp(math.log10(lr / reference[-1]), sweep.belief.decades, sweep.belief.in_band))


def run_name(sweep: SweepDiagnosis, one: Placed) -> str:
    """The name of a run of the sweep."""
    return clean(sweep.diagnoses[one.run].run.name)


def result_words(sweep: SweepDiagnosis, one: Placed) -> str:
    """What a run reached, in the sweep's measure."""
    return number(1 - one.cost if sweep.measure == "accuracy" else one.cost)


def best_words(sweep: SweepDiagnosis) -> str:
    """Which run was best: `Best run: lr_0.02, validation loss 0.0123`."""
    best = sweep.best
    if best is None:
        return "No two runs could be compared."
    measure = MEASURES.get(sweep.measure, sweep.measure)
    return f"Best run: {run_name(sweep, best)}, {measure} {result_words(sweep, best)} (LR {learning_rate(best.lr)})."


def reach_words(sweep: SweepDiagnosis) -> str:
    """Whether the optimum lies inside the grid or beyond its edge."""
    below, inside, above = sweep.reach
    if math.isnan(inside):
        return ""
    if inside >= SURE:
        return f"The optimum lies inside the grid ({percent(inside)})."
    if max(below, above) >= LIKELY:
        side = "below the lowest" if below > above else "above the highest"
        way = "downwards" if below > above else "upwards"
        return f"The optimum lies {side} LR that was run ({percent(max(below, above))}): extend the sweep {way}."
    sides = f"below it {percent(below)}, inside {percent(inside)}, above it {percent(above)}"
    return f"It is not sure that the optimum lies inside the grid: {sides}."


def band_words(sweep: SweepDiagnosis) -> str:
    """Where the good band is thought to lie, and how much the LR matters."""
    if sweep.band is None:
        return ""
    low, high = sweep.band
    text = f"Good LRs: about {estimate(low)} to {estimate(high)}."
    if math.isfinite(sweep.sensitivity):
        text += f" Over this grid a wrong LR costs {percent(sweep.sensitivity)} of the possible gain on average."
    return text


def differs_words(differs: Sequence[tuple[str, Sequence[str]]]) -> str:
    """What else differs among the runs of a sweep."""
    if not differs:
        return "As far as the logs say, nothing but the learning rate differs."
    parts = [f"{clean(key)} ({few(values_of(key, values), MOST_VALUES)})" for key, values in differs]
    return f"Beside the learning rate these differ: {few(parts, MOST_VALUES)}."


def values_of(key: str, values: Sequence[str]) -> list[str]:
    """A setting's values as a report may pass them on."""
    return [clean(str(shown(key, value))) for value in values]


def sweep_sentences(sweep: SweepDiagnosis) -> tuple[str, ...]:
    """Everything to say of a sweep below its advice, in order."""
    lost = [d.run.name for i, d in enumerate(sweep.diagnoses) if all(one.run != i for one in sweep.placed)]
    left = f"Without a usable LR or loss, so not compared: {few([clean(name) for name in lost])}." if lost else ""
    said = (best_words(sweep), reach_words(sweep), band_words(sweep), differs_words(sweep.differs), left)
    return tuple(text for text in said if text)


def worth_words(diagnosis: Diagnosis) -> str:
    """What following the advice is expected to bring; empty where nothing is to be said."""
    worth = diagnosis.worth
    if worth is None:
        return ""
    what = "validation loss" if worth.validation else "training loss"
    low, middle, high = (estimate(value) for value in worth.loss)
    text = f"Expect a {what} of about {middle} (80 %: {low} to {high}) after {number(worth.now)} in this run"
    if worth.steps is None:
        return text + "."
    fast, usual, slow = worth.steps
    reach = f"{share_words(fast)} to {share_words(slow)}"
    return f"{text}, whose training loss is reached after about {share_words(usual)} of its steps (80 %: {reach})."


def share_words(share: float) -> str:
    """A share of the steps; from all of them on it is said so."""
    return "all" if share >= 1 else percent(share)
