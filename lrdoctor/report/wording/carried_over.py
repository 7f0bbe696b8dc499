"""The sentence about an LR that was carried over to another length or batch."""

from lrdoctor.display import clean
from lrdoctor.records.carried_over import CarriedOver
from lrdoctor.report.wording.numbers import estimate


def carried_words(carried: CarriedOver | None) -> str:
    """`For 10,000 steps: LR 2.1e-3 (80 % interval 1e-3 to 5e-3; ...)`; empty where none was asked for."""
    if carried is None:
        return ""
    asked = ((carried.run.steps, "{:,} steps"), (carried.run.batch, "batch size {:,}"))
    goal = ", ".join(words.format(value) for value, words in asked if value is not None)
    if carried.lr is None or carried.interval is None:
        return f"For {goal}: {clean(carried.reason)}."
    low, high = (estimate(edge) for edge in carried.interval)
    same = "" if carried.run.steps is not None or carried.run.batch is None else " and as many steps as now"
    return f"For {goal}{same}: LR {estimate(carried.lr)} (good LRs probably {low} to {high}; {clean(carried.reason)})."
