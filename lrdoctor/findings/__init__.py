"""The list of findings: to add one, write its file and add its rule here."""

from lrdoctor.findings import (
    diverged_non_finite,
    diverged_rising,
    early_blow_up,
    flat_after_decay,
    from_notes,
    no_learning_rate,
    non_finite_filtered,
    smoothed_curve,
    still_falling,
    too_few_points,
    transient_non_finite,
)
from lrdoctor.findings.rule import Case, Rule

FINDINGS: tuple[Rule, ...] = (
    diverged_non_finite.RULE,
    diverged_rising.RULE,
    transient_non_finite.RULE,
    early_blow_up.RULE,
    still_falling.RULE,
    flat_after_decay.RULE,
    too_few_points.RULE,
    no_learning_rate.RULE,
    non_finite_filtered.RULE,
    smoothed_curve.RULE,
    *from_notes.RULES,
)

__all__ = ["FINDINGS", "Case", "Rule"]
