"""What scripts that train language models print: nanochat, LitGPT, MaxText, Composer."""

from collections.abc import Iterator
from pathlib import Path

from generation.formats.form import Form
from generation.formats.training import Training


def nanochat_console(folder: Path, training: Training) -> None:
    """`base_train.py`: a line a step, validation in bits per byte."""
    lines = ["Total batch size 524,288 => gradient accumulation steps: 1"]
    for step, loss, val in _steps(training):
        if val is not None:
            lines.append(f"Step {step:05d} | Validation bpb: {val / 3:.6f}")
        done = f"step {step:05d}/{training.steps:05d} ({100 * step / training.steps:.2f}%)"
        rest = "dt: 3212.45ms | tok/sec: 163,210 | mfu: 15.03 | epoch: 1 | total time: 0.84m"
        lines.append(f"{done} | loss: {loss:.6f} | lrm: 1.00 | {rest}")
    (folder / "train.log").write_text("\n".join(lines) + "\n")


def litgpt_console(folder: Path, training: Training) -> None:
    """`litgpt pretrain`: four iterations a step, of which the last is told."""
    inside = f"{{'lr': {training.peak_lr}}}"
    lines = [f"{{'optimizer': {{'class_path': 'torch.optim.{training.optimizer}', 'init_args': {inside}}},"]
    lines.append(f" 'train': TrainArgs(save_interval=1000, global_batch_size={training.batch_size}, max_norm=1.0)}}")
    for step, loss, val in _steps(training, first=1):
        row = f"Epoch 1 | iter {4 * step} step {step} | loss train: {loss:.4f}, val: n/a"
        lines.append(f"{row} | iter time: 512.43 ms (step) remaining time: 1:21:12")
        if val is not None:
            lines.append(f"iter {4 * step}: val loss {val:.4f}, val time: 1231.21 ms")
    (folder / "train.log").write_text("\n".join(lines) + "\n")


def maxtext_console(folder: Path, training: Training) -> None:
    """MaxText's metrics of each step, and its evaluations."""
    lines = [f"Config param learning_rate: {training.peak_lr}", f"Config param opt_type: {training.optimizer.lower()}"]
    speed = "seconds: 3.123, TFLOP/s/device: 62.111, Tokens/s/device: 1720.334, total_weights: 65536"
    for step, loss, val in _steps(training):
        lines.append(f"completed step: {step}, {speed}, loss: {loss:.4f}")
        if val is not None:
            lines.append(f"eval metrics after step: {step}, loss={val:.4f}, total_weights=75264.0")
    (folder / "train.log").write_text("\n".join(lines) + "\n")


def composer_console(folder: Path, training: Training) -> None:
    """The blocks of Composer's console logger, as LLM Foundry's trainings print them."""
    lines = []
    for step, loss, val in _steps(training):
        lines += [f"[batch={step + 1}/{training.steps}]:", f"\t Train time/batch: {step}"]
        lines += [f"\t Train loss/train/total: {loss:.4f}", f"\t Train lr-Adam/group0: {training.lr_at(step):.4f}"]
        if val is not None:
            lines += ["[Eval batch=16/16] Eval on eval data:", f"\t Eval metrics/eval/LanguageCrossEntropy: {val:.4f}"]
    (folder / "train.log").write_text("\n".join(lines) + "\n")


def _steps(training: Training, first: int = 0) -> Iterator[tuple[int, float, float | None]]:
    """Every step told: its number, its loss, and the validation loss where one was made."""
    val = training.val_loss
    checks = {} if val is None else dict(zip(val.step.tolist(), val.value.tolist(), strict=True))
    for step, loss in zip(training.loss.step.tolist(), training.loss.value.tolist(), strict=True):
        yield int(step) + first, loss, checks.get(step)


FORMS = (
    Form("nanochat-console", "well-tuned", "nanochat", "nanochat's base_train.py (its shape)", False, nanochat_console),
    Form("litgpt-console", "too-high", "litgpt", "LitGPT's pretrain (its shape)", False, litgpt_console),
    Form("maxtext-console", "too-slow", "maxtext", "MaxText's metric logger (its shape)", False, maxtext_console),
    Form("composer-console", "too-high", "composer", "Composer's console logger (its shape)", False, composer_console),
)
