"""The advice as lines that can be copied into a setting: in the log's own name, and in those of frameworks."""

from lrdoctor.display import clean
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.run import Run
from lrdoctor.report.wording.run import stays
from lrdoctor.vocabulary.optimizers import MOMENTUM_KEYS
from lrdoctor.vocabulary.settings import stated_values

# Optimizers whose name is a class's in torch, and those of Keras.
BOTH = frozenset({"SGD", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax", "RMSprop"})
TORCH = BOTH | {"NAdam", "RAdam", "Rprop", "ASGD"}
KERAS = BOTH | {"Lion", "Adafactor"}
# From here on as a plain decimal: YAML takes `1e-4` for a text.
PLAIN_FROM = 1e-6


def copyable(diagnosis: Diagnosis) -> tuple[tuple[str, str], ...]:
    """Where and what to write for the next run, the log's own setting first; empty where none is to change.

    Returns:
        pairs of who reads it (`this log's setting`, `PyTorch`, ...) and the line.
    """
    lr = diagnosis.next_lr
    return () if lr is None or stays(diagnosis) else lines(diagnosis.run, lr, diagnosis.roles.lr)


def lines(run: Run, lr: float, tag: str | None = None, digits: int = 2) -> tuple[tuple[str, str], ...]:
    """The same for a given LR; where no setting names it the series' `tag` says what the log calls it.

    An LR that was run has three digits, one that is estimated two.
    """
    stated, value = stated_values(run.hparams), literal(lr, digits)
    base, _, has_momentum = (stated.optimizer or "").partition("+")
    momentum = next((v for k, v in run.hparams.items() if k.rpartition("/")[2] in MOMENTUM_KEYS and v), None)
    given = f"{momentum:g}" if isinstance(momentum, int | float) else "..." if has_momentum else ""
    more = f", momentum={given}" if given and base == "SGD" else ""
    torch = f"torch.optim.{base}" if base in TORCH else "optimizer"
    keras = f"keras.optimizers.{base}" if base in KERAS else "optimizer"
    key = stated.lr[1] if stated.lr is not None else (tag or "").rpartition("/")[2]
    own = [("this log's setting", f"{setting_name(key)}: {value}")] if key and " " not in key else []
    return (
        *own,
        ("PyTorch", f"{torch}(model.parameters(), lr={value}{more})"),
        ("Lightning", f"{torch}(self.parameters(), lr={value}{more})  # in configure_optimizers"),
        ("Hugging Face", f"TrainingArguments(..., learning_rate={value})"),
        ("Keras", f"{keras}(learning_rate={value}{more})"),
    )


def setting_name(key: str) -> str:
    """A setting's key as its file would have it: nested ones with dots, on one line.

    >>> setting_name("optimizer/lr"), setting_name("learning_rate")
    ('optimizer.lr', 'learning_rate')
    """
    return clean(key).replace("/", ".")


def literal(lr: float, digits: int = 2) -> str:
    """A number to so many digits that Python, YAML and JSON read as one.

    >>> literal(0.00032), literal(1e-4), literal(3e-8), literal(12.4)
    ('0.00032', '0.0001', '3.0e-8', '12')
    """
    rounded = float(f"{lr:.{digits - 1}e}")
    if rounded < PLAIN_FROM or rounded >= 1e6:
        mantissa, power = f"{rounded:.{digits - 1}e}".split("e")
        return f"{mantissa}e{int(power):+d}"
    return f"{rounded:.10f}".rstrip("0").rstrip(".")
