"""A replay for machines: every ramp, arm and round with its losses, and what was concluded from them."""

from collections.abc import Sequence
from dataclasses import fields

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.replay import Arm, Cost, Curvature, Drift, RangeTest, Replay, Round
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.report.json.values import Json, belief_json, by_verdict, member_json, numbers, optional, rounded


def replay_json(replay: Replay, diagnoses: Sequence[Diagnosis]) -> dict[str, Json]:
    """A replay: the answer, what it rests on, what it took; its log is named by its position in `runs`."""
    place = {id(d): i for i, d in enumerate(diagnoses)}
    return {
        "name": replay.name,
        "reran": replay.reran,
        "suggested_lr": optional(replay.suggested_lr),
        "factor": optional(replay.factor),
        "interval": pair(replay.interval),
        "band": pair(replay.band),
        "reason": replay.reason,
        "lr": rounded(replay.lr),
        "verdict": replay.verdict.value,
        "probabilities": by_verdict(replay.probabilities),
        "remarks": list(replay.remarks),
        "optimizer": replay.optimizer,
        "optimizer_class": replay.optimizer_class,
        "steps": replay.steps,
        "device": replay.device,
        "mode": replay.mode,
        "prior": replay.prior,
        "log": None if replay.log is None else place.get(id(replay.log)),
        "range_test": None if replay.range_test is None else range_json(replay.range_test),
        "rounds": [round_json(one) for one in replay.rounds],
        "last_round": None if replay.sweep is None else judged_json(replay.sweep),
        "drift": None if replay.drift is None else plain_fields(replay.drift),
        "curvature": None if replay.curvature is None else plain_fields(replay.curvature),
        "cost": plain_fields(replay.cost),
        "belief": belief_json(replay.belief),
    }


def range_json(test: RangeTest) -> dict[str, Json]:
    """A range test: what it says, its ramps, and the statistics of each bin of LRs."""
    return {
        "interval": pair(test.interval),
        "reason": test.reason,
        "falls": optional(test.falls),
        "breaks": optional(test.breaks),
        "ramps": [
            {"seed": ramp.seed, "broke": optional(ramp.broke), "lr": numbers(ramp.lr), "loss": numbers(ramp.loss)}
            for ramp in test.ramps
        ],
        "bins": {
            "lr": numbers(10.0**test.log_lr),
            "level": numbers(test.level),
            "spread": numbers(test.spread),
        },
    }


def round_json(one: Round) -> dict[str, Json]:
    """A round with its arms, ascending in LR."""
    return {
        "horizon": one.horizon,
        "untrained": rounded(one.untrained),
        "best_lr": optional(one.best_lr),
        "arms": [arm_json(arm) for arm in one.arms],
    }


def arm_json(arm: Arm) -> dict[str, Json]:
    """An arm: `cost` is its loss at the end, on the next batches or on validation, `loss` that of each step."""
    return {"lr": rounded(arm.lr), "cost": rounded(arm.cost), "broke": arm.broke, "loss": numbers(arm.loss)}


def judged_json(sweep: SweepDiagnosis) -> dict[str, Json]:
    """The last round's arms, judged as a sweep is, at its horizon; as the `sweeps` have it."""
    return {
        "suggested_lr": optional(sweep.suggested_lr),
        "interval": pair(sweep.interval),
        "band": pair(sweep.band),
        "optimum": dict(zip(("below_the_grid", "inside", "above_the_grid"), map(rounded, sweep.reach), strict=True)),
        "measure": sweep.measure,
        "untrained": rounded(sweep.untrained),
        "tolerance": rounded(sweep.tolerance),
        "sensitivity": rounded(sweep.sensitivity),
        "curve": [member_json(one) for one in sweep.placed],
    }


def plain_fields(record: Drift | Curvature | Cost) -> dict[str, Json]:
    """A record of numbers, by its fields' names."""
    values = ((field.name, getattr(record, field.name)) for field in fields(record))
    return {name: rounded(value) if isinstance(value, float) else value for name, value in values}


def pair(edges: tuple[float, float] | None) -> list[Json] | None:
    """Two edges, or None."""
    return None if edges is None else [rounded(edge) for edge in edges]
