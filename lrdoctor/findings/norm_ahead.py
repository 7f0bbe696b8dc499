"""The finding norm-ahead: its page, its test and its rule."""

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.other_causes import norm_ahead
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Gradient norm ahead: the gradient norm grew tenfold before the loss rose.

What it says: the norm stood ten times above its early level, for at least three of five logged steps, before the loss
rose or was not finite.
Why it matters: what broke grew over many steps and can be seen coming: clipping, a lower LR or an earlier checkpoint
help; a bad batch gives no such warning.
What it is not: a norm that grows while the loss falls, which is usual late in training.
Known false alarms: norms that are logged after clipping, which cannot grow.
Evidence shown: the step at which it had grown.
Limits used: NORM_GROWTH, BLOW_UP.
References: Tuning Playbook: gradient norms before instability; Wortsman et al. 2023 (arXiv:2309.14322).
"""


def check(case: Case) -> Finding | None:
    """The finding, if the norm gave warning."""
    norm, loss = case.run.find(case.roles.grad_norm), case.loss
    since = None if norm is None or loss is None else norm_ahead(norm, loss)
    if norm is None or since is None:
        return None
    return RULE.found(
        f"the gradient norm had grown tenfold by step {since:g}, before the loss rose: clip it, or go back to before",
        value=limits.NORM_GROWTH,
        limit=limits.NORM_GROWTH,
        unit=limits.NORM_GROWTH.unit,
        steps=(since, float(norm.step[-1])),
        series=case.roles.grad_norm,
    )


RULE = Rule("LR404", "norm-ahead", Severity.WARNING, PAGE, check)
