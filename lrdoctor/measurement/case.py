"""Everything measured on a run before anything is inferred."""

from dataclasses import dataclass

from lrdoctor.measurement.log_quality import Quality, assess
from lrdoctor.measurement.loss_curve import LossCurve, loss_curve
from lrdoctor.measurement.signs import measure, measure_setting
from lrdoctor.measurement.signs.setting import SIGNS as SETTING_SIGNS
from lrdoctor.measurement.signs.sign import Setting, Signs
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Run, Series
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import batch_size, learning_rate, optimizer

SETTING_SIGN_NAMES = frozenset(sign.name for sign in SETTING_SIGNS)


@dataclass(frozen=True, eq=False)
class Case:
    """Everything measured on one run; `trace` and `signs` are None where no loss could be analysed."""

    run: Run
    roles: Roles
    quality: Quality
    setting: Setting
    trace: LossCurve | None
    signs: Signs
    lr_source: str

    @property
    def loss(self) -> Series | None:
        """The series taken for the training loss."""
        return None if self.roles.loss is None else self.run.series[self.roles.loss]


def examine(
    run: Run, roles: Roles | None = None, *, loss: str | None = None, lr: str | None = None, val: str | None = None
) -> Case:
    """Everything that is measured on a run before anything is inferred; arguments as in `diagnose`.

    `roles`, where they are known already, stand for `loss`, `lr` and `val`.
    """
    roles = roles or assign_roles(run, loss=loss, lr=lr, val=val)
    peak, source = learning_rate(run, roles)
    setting = Setting(lr=peak, optimizer=optimizer(run), batch_size=batch_size(run))
    quality = assess(run, roles)
    curves = (
        None
        if roles.loss is None or quality.refusal or not quality.curve_is_real
        else loss_curve(
            run.series[roles.loss], run.find(roles.lr), run.find(roles.val_loss), run.find(roles.val_accuracy)
        )
    )
    signs: Signs = {}
    if curves is not None:
        signs = measure(curves, setting)
    elif not quality.refusal:
        signs = measure_setting(setting)
    return Case(run, roles, quality, setting, curves, signs, source)
