"""Everything measured on a run before anything is inferred."""

from dataclasses import dataclass

import numpy as np

from lrdoctor import limits
from lrdoctor.measurement.assumed_schedule import assumed_schedule
from lrdoctor.measurement.fine_tuning import FineTuning, fine_tuning
from lrdoctor.measurement.kind import Kind, kind_of
from lrdoctor.measurement.log_quality import Quality, assess
from lrdoctor.measurement.loss_curve import LossCurve, loss_curve
from lrdoctor.measurement.signs import measure, measure_setting
from lrdoctor.measurement.signs.setting import SIGNS as SETTING_SIGNS
from lrdoctor.measurement.signs.sign import Setting, Signs
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Floats, Run, Series
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import batch_size, learning_rate, names_optimizer, optimizer
from lrdoctor.vocabulary.untrained import untrained_loss

SETTING_SIGN_NAMES = frozenset(sign.name for sign in SETTING_SIGNS)


@dataclass(frozen=True, eq=False)
class Case:
    """Everything measured on one run.

    Args:
        run: what was read.
        roles: which series was taken for what.
        quality: what the log can carry, and whether the run diverged.
        setting: LR, optimizer and batch size, as far as they are known.
        curve: the training loss on the run's clock; None where it could not be analysed.
        signs: sign name -> value, NaN where the log cannot show it; without a curve those of the setting, or none.
        lr_source: where the LR came from, or why there is none.
        kind: of training.
    """

    run: Run
    roles: Roles
    quality: Quality
    setting: Setting
    curve: LossCurve | None
    signs: Signs
    lr_source: str
    kind: Kind = Kind.OTHER

    @property
    def loss(self) -> Series | None:
        """The series taken for the training loss."""
        return None if self.roles.loss is None else self.run.series[self.roles.loss]


def examine(
    run: Run, roles: Roles | None = None, *, loss: str | None = None, lr: str | None = None, val: str | None = None
) -> Case:
    """Everything that is measured on a run before anything is inferred; arguments as in `diagnose`.

    `roles`, where they are known already, take the place of `loss`, `lr` and `val`.

    Raises:
        UsageError: the run has no series of a name given.
    """
    roles = roles or assign_roles(run, loss=loss, lr=lr, val=val)
    peak, source = learning_rate(run, roles)
    setting = Setting(peak, optimizer(run), batch_size(run), names_optimizer=names_optimizer(run))
    quality = assess(run, roles, _tuned(run, roles, setting))
    curve = None if quality.refusal or not quality.curve_is_real else _curve(run, roles, quality)
    signs: Signs = {}
    if curve is not None:
        signs = measure(curve, setting)
    elif not quality.refusal:
        signs = measure_setting(setting)
    kind = Kind.OTHER if roles.loss is None else kind_of(run, run.series[roles.loss])
    return Case(run, roles, quality, setting, curve, signs, source, kind)


def _curve(run: Run, roles: Roles, quality: Quality) -> LossCurve | None:
    """The training loss on the run's clock, with what the settings say of the schedule and of the start."""
    if roles.loss is None:
        return None
    begins, values = not quality.no_beginning, run.series[roles.loss].value
    untrained = _untrained(run, values[np.isfinite(values)]) if begins and not quality.pretrained else None
    return run_curve(run, roles, begins=begins, untrained=untrained)


def run_curve(run: Run, roles: Roles, *, begins: bool, untrained: float | None = None) -> LossCurve | None:
    """A run's losses on its clock; None where it has no training loss, or none that is finite.

    Args:
        run: as read.
        roles: which series is taken for what.
        begins: whether the log holds the beginning of the training.
        untrained: the untrained model's loss, where the settings say it.
    """
    loss, lr = run.find(roles.loss), run.find(roles.lr)
    if loss is None:
        return None
    if lr is None and begins:
        lr = assumed_schedule(run.hparams, loss.step)
    counted = any(note.code == "steps-invented" for note in run.notes)
    val, accuracy = run.find(roles.val_loss), run.find(roles.val_accuracy)
    return loss_curve(loss, lr, val, accuracy, begins=begins, counted=counted, untrained=untrained)


def _untrained(run: Run, finite: Floats) -> float | None:
    """The untrained model's loss, where the settings say it and the log's first loss lies below, as a late one does."""
    level = untrained_loss(run.hparams)
    return level if level is not None and len(finite) and limits.FAR_BELOW * level < finite[0] < level else None


def _tuned(run: Run, roles: Roles, setting: Setting) -> FineTuning:
    """How likely the run is a fine-tuning."""
    values = np.empty(0) if roles.loss is None else run.series[roles.loss].value
    return fine_tuning(run, setting, values[np.isfinite(values)])
