"""The finding loss-scale-collapse: its page, its test and its rule."""

import numpy as np

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.other_causes import scale_collapse
from lrdoctor.records.diagnosis import Finding, Severity
from lrdoctor.vocabulary.tags import is_loss_scale

PAGE = """\
Loss scale collapse: the scale of mixed precision was halved again and again.

What it says: the logged loss scale ends more than ten halvings below its highest.
Why it matters: each halving is a step that was skipped for gradients that were not finite; at a small scale gradients
underflow to zero.
What it is not: a few halvings, which are how the scale is found.
Known false alarms: a scaler that began absurdly high.
Evidence shown: the number of halvings.
Limits used: SCALE_HALVINGS.
References: Micikevicius et al. 2018 (arXiv:1710.03740); torch.amp.GradScaler; bf16 needs no scale.
"""


def check(case: Case) -> Finding | None:
    """The finding, if the scale came down to nothing."""
    for tag, series in case.run.series.items():
        if not is_loss_scale(tag):
            continue
        halvings = scale_collapse(series.value)
        if halvings is not None:
            good = np.isfinite(series.value)
            return RULE.found(
                f"{tag} was halved {halvings:.0f} times: gradients overflow again and again; train in bf16, clip, or "
                "look for the layer that overflows",
                value=halvings,
                limit=limits.SCALE_HALVINGS,
                unit=limits.SCALE_HALVINGS.unit,
                steps=(float(series.step[good][0]), float(series.step[good][-1])),
                series=tag,
            )
    return None


RULE = Rule("LR403", "loss-scale-collapse", Severity.WARNING, PAGE, check)
