"""The sentences about a replay, shared by every format."""

import math
from collections.abc import Sequence

import numpy as np

from lrdoctor import limits
from lrdoctor.display import clean, size
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.replay import Arm, Cost, Curvature, Drift, RangeTest, Replay, Round
from lrdoctor.records.sweep import SAME_LR, SweepMember
from lrdoctor.report.wording.numbers import count, duration, estimate, learning_rate, number, percent, position
from lrdoctor.report.wording.run import Advice, advice, factor_words, few, interval_words, shorten, verdict_words
from lrdoctor.report.wording.sweep import LIKELY, SURE

LONGEST_NAME = 60
RECIPE_VERDICTS = (Verdict.TOO_SLOW, Verdict.WELL_TUNED, Verdict.TOO_HIGH)
"""What a recipe's LR can be: it has not diverged, since it has not been run."""

# Batch size over noise scale, or the other way round.  With B the batch size and N the noise scale a run needs steps
# in proportion to 1 + N / B (McCandlish et al. 2018): at N = 4 B twice the batch saves 40 % of them, at B = 4 N half
# the batch costs 20 % more.
FAR = 4.0
BROKE = "broke"

ROUND_HEADINGS = ("steps", "LRs tried", "range", "untrained loss", "lowest loss", "best LR", "broke")
ARM_HEADINGS = ("LR", "loss at the end", "LR too low", "good", "too high")


def replay_name(replay: Replay) -> str:
    """What the replay is called, short enough for a sentence."""
    return shorten(clean(replay.name), LONGEST_NAME)


def replay_advice(replay: Replay, times: str = "x") -> Advice:
    """What to do after the replay: the LR to use, or that there is no answer; `detail` says why, and how sure."""
    lr, suggested, factor = replay.lr, replay.suggested_lr, replay.factor
    if suggested is None or factor is None:
        return Advice("No answer", "", "", clean(replay.reason) or "the reruns do not tell one LR from another")
    good, likely = replay.verdict is Verdict.WELL_TUNED, chance(replay, suggested)
    details = [
        f"{percent(likely)} likely to be good" if math.isfinite(likely) else "",
        span("good LRs probably", replay.interval),
    ]
    if factor > 0 and abs(math.log10(factor)) < limits.STAYS:
        if not good:
            details[0] = "no other LR is clearly likelier to be good"
        return Advice("Keep the LR", learning_rate(lr), "" if good else "for now", "; ".join(filter(None, details)))
    details.insert(0, f"the {replay.reran}'s {learning_rate(lr)} {factor_words(factor, times)}")
    if good:
        details.append(f"the {replay.reran}'s own is good as well")
    return Advice("Use LR", estimate(suggested), "", "; ".join(filter(None, details)))


def replay_order(replay: Replay) -> str:
    """The advice on one line: `Use LR 3.2e-3`, `Keep the LR 1e-3`, `No answer: the loss never falls`."""
    do = replay_advice(replay)
    return do.order if replay.suggested_lr is not None else f"{do.order}: {do.detail}"


def chance(replay: Replay, lr: float) -> float:
    """Probability that an LR is in the good band; NaN beyond what the belief covers."""
    if not lr > 0 or not replay.lr > 0:
        return math.nan
    belief = replay.belief
    return float(np.interp(math.log10(lr / replay.lr), belief.decades, belief.in_band, left=math.nan, right=math.nan))


def own_words(replay: Replay) -> str:
    """What the recipe's own LR is: `its LR 1e-3 is too slow (88 %)`."""
    words = {Verdict.INCONCLUSIVE: "not settled", Verdict.DIVERGENT: "divergent"}
    text = f"its LR {learning_rate(replay.lr)} is {words.get(replay.verdict, verdict_words(replay.verdict))}"
    value = replay.probabilities.get(replay.verdict)
    return text if value is None else f"{text} ({percent(value)})"


def span(what: str, edges: tuple[float, float] | None) -> str:
    """Two LRs behind a word; empty where there are none."""
    return "" if edges is None else f"{what} {estimate(edges[0])} to {estimate(edges[1])}"


def replay_sentences(replay: Replay, times: str = "x") -> tuple[str, ...]:
    """Everything to say of a replay below its advice, in order."""
    answered = replay.suggested_lr is not None
    said = (
        sentence(f"It ended early: {clean(replay.reason)}") if answered and replay.reason else "",
        sentence(span("Good LRs: about", replay.band)),
        reach_words(replay),
        "" if replay.drift is None else drift_words(replay, replay.drift, times),
        "" if replay.curvature is None else curvature_words(replay, replay.curvature),
        "" if replay.curvature is None else noise_words(replay.curvature),
        *(sentence(clean(remark)) for remark in replay.remarks),
    )
    return tuple(text for text in said if text)


def sentence(text: str) -> str:
    """`text` with a full stop, unless it ends with a mark of its own."""
    text = text.strip()
    return text if not text or text[-1] in ".!?" else f"{text}."


def reach_words(replay: Replay) -> str:
    """Whether the best LR of the last round lies among its arms."""
    sweep = replay.sweep
    if sweep is None or not replay.rounds or any(math.isnan(share) for share in sweep.reach):
        return ""
    below, inside, above = sweep.reach
    after = f"At {position(replay.rounds[-1].horizon)} steps the best LR"
    if inside >= SURE:
        return f"{after} lies among those tried ({percent(inside)})."
    if max(below, above) >= LIKELY:
        side = "below the lowest" if below > above else "above the highest"
        return f"{after} looks to lie {side} one tried ({percent(max(below, above))})."
    sides = f"below them {percent(below)}, among them {percent(inside)}, above them {percent(above)}"
    return f"{after} may lie beyond those tried: {sides}."


def drift_words(replay: Replay, drift: Drift, times: str = "x") -> str:
    """How the best LR moves with the length of a run, and what that makes of the short reruns."""
    if not all(math.isfinite(value) for value in (drift.slope, drift.error, drift.shift)):
        return ""
    ways = ("falls", "rises")
    text = f"The best LR {ways[drift.slope > 0]} as runs get longer"
    if abs(drift.slope) < drift.error:
        text = "The best LR hardly moves as runs get longer"
    text += f": {drift.slope:+.2f} ± {drift.error:.2f} decades for ten times the steps"
    if drift.measured is None:
        text += " (what is customary, since one round measures nothing)"
    elif math.isfinite(drift.measured):
        text += f" (these rounds alone: {drift.measured:+.2f})"
    start = f"{position(replay.rounds[-1].horizon)} steps" if replay.rounds else "the reruns"
    way = f"{text}. From {start} to the real run's {position(replay.steps)}"
    if abs(drift.shift) < limits.STAYS:
        return f"{way} that changes nothing."
    return f"{way} that is {factor_words(10.0**drift.shift, times)}, which the answer allows for."


def curvature_words(replay: Replay, curvature: Curvature) -> str:
    """The sharpest direction of the loss, the LR it allows, and how the suggested one compares."""
    scaled = ", as the optimizer scales it," if curvature.preconditioned else ""
    known = f" (to within {percent(curvature.residual)})" if math.isfinite(curvature.residual) else ""
    text = (
        f"After {count(curvature.step, 'step')} the sharpest curvature of the loss{scaled} is "
        f"{number(curvature.sharpness)}{known}"
    )
    optimizer = shorten(clean(replay.optimizer or replay.optimizer_class), LONGEST_NAME)
    limit = curvature.limit
    if limit is None or not 0 < limit < math.inf:
        why = "it sets no limit" if not curvature.sharpness > 0 else f"no limit for {optimizer} is known from it"
        return f"{text}: {why}."
    text = f"{text}: on a quadratic that sharp {optimizer} is stable up to LR {estimate(limit)}."
    if replay.suggested_lr is None or not replay.suggested_lr > 0:
        return text
    ratio = replay.suggested_lr / limit
    if abs(math.log10(ratio)) < limits.STAYS:
        return f"{text} The suggested LR stands at that limit."
    if ratio < 1:
        return f"{text} The suggested LR is {estimate(1 / ratio)} times below that."
    return (
        f"{text} The suggested LR is {estimate(ratio)} times above that: a run can still train there, since the "
        "curvature falls to what the LR allows, but a warm-up makes it safer."
    )


def noise_words(curvature: Curvature) -> str:
    """The gradient noise scale against the batch size; empty where it was not measured."""
    scale, batch = curvature.noise_scale, curvature.batch_size
    if scale is None or not 0 < scale < math.inf:
        return ""
    text = f"The gradient noise scale is about {examples(scale)}"
    if not batch:
        return f"{text}: beyond batches of that size, more examples a step save few steps."
    if batch * FAR <= scale:
        return (
            f"{text}, {estimate(scale / batch)} times the batch of {position(batch)}: noise limits the LR, and a "
            "larger batch with a larger LR would train as well in fewer steps."
        )
    if batch >= FAR * scale:
        return (
            f"{text}, {estimate(batch / scale)} times below the batch of {position(batch)}: a smaller batch would cost "
            "few more steps. The noise scale grows as a run goes on."
        )
    return f"{text}, near the batch of {position(batch)}: the batch size is about right."


def examples(scale: float) -> str:
    """A noise scale in examples, two digits."""
    return f"{float(estimate(scale)):,.0f} examples" if scale >= 1 else "less than one example"


def history(replay: Replay, times: str = "x") -> tuple[tuple[str, str], ...]:
    """How the replay came to its answer, and what that took: (part, words)."""
    test, log = replay.range_test, replay.log
    named = shorten(clean(replay.optimizer_class), LONGEST_NAME)
    taken = shorten(clean(replay.optimizer or ""), LONGEST_NAME)
    # `SGD+momentum` says more than the class's `SGD`; `Adam` does not say that it is AdamW.
    used = taken if taken.startswith(named) else f"{named}, taken as {taken}" if taken else named
    said = "" if log is None else f"{shorten(clean(log.run.name), LONGEST_NAME)}: {advice(log, times).order}"
    facts = (
        (
            replay.reran,
            f"{position(replay.steps)} steps with {used}, LR {learning_rate(replay.lr)} at the peak of its schedule",
        ),
        ("began from", clean(replay.prior)),
        ("log alone", f"{said} ({interval_words(log, times)})" if log is not None else ""),
        ("range test", unranged_words(replay) if test is None else range_words(test)),
        ("rounds", "" if replay.rounds else "none"),
        ("cost", cost_words(replay.cost, replay.steps)),
        ("wall time", place_words(replay)),
    )
    return tuple((part, words) for part, words in facts if words)


def unranged_words(replay: Replay) -> str:
    """Why there was no range test; only a recipe's LR can be raised as it trains."""
    return "not run: it was known well enough where to begin" if replay.reran == "recipe" else ""


def range_words(test: RangeTest) -> str:
    """What the range test showed."""
    ramps = test.ramps
    parts = [count(len(ramps), "ramp") + (f" of {ramp_steps(test)}" if ramps else "")]
    ends = [float(edge) for ramp in ramps if len(ramp.lr) for edge in (ramp.lr[0], ramp.lr[-1])]
    if ends:
        parts[0] += f", LR {learning_rate(min(ends))} to {learning_rate(max(ends))}"
    parts.append(
        "the loss never falls beyond its noise"
        if test.falls is None
        else f"the loss falls from LR {estimate(test.falls)}"
    )
    broke = sum(ramp.broke is not None for ramp in ramps)
    if test.breaks is not None:
        parts.append(f"it breaks at {estimate(test.breaks)} (in {broke} of {count(len(ramps), 'ramp')})")
    else:
        parts.append("no ramp broke" if not broke else "where it breaks is not settled")
    if test.interval is not None:
        low, high = map(estimate, test.interval)
        parts.append(f"a good LR is expected between {low} and {high} (80 %, from this alone)")
    else:
        parts.append(f"no answer: {clean(test.reason) or 'it shows no LR to be good'}")
    return "; ".join(parts)


def ramp_steps(test: RangeTest) -> str:
    """The lengths of the ramps: `60 steps`, `100, 60 and 58 steps`."""
    lengths = [position(len(ramp.lr)) for ramp in test.ramps]
    if len(set(lengths)) == 1:
        return f"{lengths[0]} steps"
    return f"{few(lengths[:-1])} and {lengths[-1]} steps"


def cost_words(cost: Cost, steps: int) -> str:
    """What a replay spent, in its own units and in the real run's."""
    parts = [count(cost.steps, "step")]
    if cost.evaluations:
        parts.append(f"{count(cost.evaluations, 'batch', 'batches')} evaluated")
    if cost.products:
        parts.append(count(cost.products, "curvature product"))
    if not math.isfinite(cost.total):
        return ", ".join(parts)
    share = f", {percent(cost.total / steps)} of the real run" if steps > 0 else ""
    return f"{', '.join(parts)}: as much work as {count(round(cost.total), 'training step')}{share}"


def place_words(replay: Replay) -> str:
    """How long it took, where, and with how much memory."""
    memory = replay.cost.memory
    parts = [f"{duration(replay.cost.seconds)} on {clean(replay.device)}", f"reruns {clean(replay.mode)}"]
    return ", ".join([*parts, f"{size(memory)} of memory"] if memory is not None else parts)


def round_cells(one: Round) -> tuple[str, ...]:
    """A round as a row of its table, see `ROUND_HEADINGS`."""
    lrs, costs = [arm.lr for arm in one.arms], [arm.cost for arm in one.arms if is_finished(arm)]
    ends = list(dict.fromkeys(learning_rate(lr) for lr in (min(lrs), max(lrs)))) if lrs else []
    broke = sum(not is_finished(arm) for arm in one.arms)
    return (
        position(one.horizon),
        position(len(lrs)),
        " to ".join(ends),
        number(one.untrained),
        number(min(costs)) if costs else "",
        "none" if one.best_lr is None else estimate(one.best_lr),
        position(broke) if broke else "",
    )


def is_finished(arm: Arm) -> bool:
    """Whether an arm came to its end with a loss that is a number."""
    return not arm.broke and math.isfinite(arm.cost)


def best_arm(one: Round) -> Arm | None:
    """The arm with the lowest loss at its end; None where all broke."""
    return min(filter(is_finished, one.arms), key=lambda arm: arm.cost, default=None)


def arm_cells(arm: Arm, member: SweepMember | None, *, best: bool) -> tuple[str, ...]:
    """An arm as a row of its table, see `ARM_HEADINGS`; without the band where it is no member of a sweep."""
    cost = number(arm.cost) if math.isfinite(arm.cost) else ""
    if not is_finished(arm):
        cost = f"{BROKE} at step {position(len(arm.loss))}" if arm.broke and len(arm.loss) else BROKE
    chances = ("", "", "") if member is None else tuple(map(percent, (member.below, member.inside, member.above)))
    return (learning_rate(arm.lr), cost + (" (best)" if best else ""), *chances)


def sweep_member_of(replay: Replay, arm: Arm) -> SweepMember | None:
    """An arm as a member of the last round's sweep; None where it takes no part in it."""
    members: Sequence[SweepMember] = () if replay.sweep is None else replay.sweep.placed
    near = (one for one in members if one.lr > 0 and arm.lr > 0 and abs(math.log10(one.lr / arm.lr)) < SAME_LR)
    return next(near, None)


def arm_rows(replay: Replay, one: Round) -> tuple[tuple[str, ...], ...]:
    """The arms of a round as rows; the columns of the band only for the last round, where it was judged."""
    judged = replay.sweep is not None and one is replay.rounds[-1]
    best = best_arm(one)
    rows = [arm_cells(arm, sweep_member_of(replay, arm) if judged else None, best=arm is best) for arm in one.arms]
    return tuple(row if judged else row[:2] for row in rows)
