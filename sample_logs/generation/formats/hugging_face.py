"""What Hugging Face's trainer and those built on it save: `trainer_state.json`, LLaMA-Factory's `trainer_log.jsonl`."""

import json
from datetime import timedelta
from pathlib import Path

import numpy as np

from generation.formats.form import Form, Own
from generation.formats.training import Training


def trainer_state(folder: Path, training: Training) -> None:
    """The state of a checkpoint half-way and the final one, by transformers' own `TrainerState`."""
    from transformers import TrainerState

    every = round(float(training.loss.step[1] - training.loss.step[0]))
    state = TrainerState(
        max_steps=training.steps,
        num_train_epochs=training.epochs,
        train_batch_size=training.batch_size,
        logging_steps=every,
        eval_steps=training.steps_per_epoch,
        save_steps=training.steps // 2,
    )
    checked = False
    for at, loss in zip(training.loss.step, training.loss.value, strict=True):
        step = int(at) + every
        # As `Trainer.log` adds an entry.
        entry = {"loss": float(loss), "learning_rate": training.lr_at(at), "epoch": training.epoch(step), "step": step}
        state.log_history.append(entry)
        state.global_step, state.epoch = step, entry["epoch"]
        if training.val_loss is not None and step % training.steps_per_epoch < every:
            seen = training.val_loss.value[training.val_loss.step <= step]
            if len(seen):
                state.log_history.append({"eval_loss": float(seen[-1]), "epoch": entry["epoch"], "step": step})
        if not checked and step >= training.steps // 2:
            checked = True
            checkpoint = folder / f"checkpoint-{step}"
            checkpoint.mkdir()
            state.save_to_json(str(checkpoint / "trainer_state.json"))
    mean = float(training.loss.value.mean())
    summary = {"train_loss": mean, "train_runtime": 6.5, "train_samples_per_second": 4230.8, "total_flos": 0.0}
    state.log_history.append({**summary, "epoch": float(state.epoch or 0), "step": state.global_step})
    state.save_to_json(str(folder / "trainer_state.json"))


def group_relative(folder: Path) -> None:
    """Sampled answers scored by a reward, as TRL's `GRPOTrainer` logs them: the loss stays near 0, the reward rises."""
    from transformers import TrainerState

    chance = np.random.default_rng(0)
    state = TrainerState(max_steps=120, num_train_epochs=1, train_batch_size=8, logging_steps=1)
    for step in range(1, 121):
        reward = 0.2 + 0.5 * step / 120 + chance.normal(0, 0.05)
        kl = 0.0004 * step * chance.uniform(0.7, 1.3)
        state.log_history.append(
            {
                "loss": round(0.04 * kl, 4),
                "grad_norm": chance.uniform(0.2, 0.6),
                "learning_rate": 1e-06 * (1 - step / 121),
                "num_tokens": 9500.0 * step,
                "completions/mean_length": 200 + chance.normal(0, 9),
                "reward": reward,
                "reward_std": chance.uniform(0.2, 0.3),
                "kl": kl,
                "epoch": step / 120,
                "step": step,
            }
        )
        state.global_step, state.epoch = step, step / 120
    state.save_to_json(str(folder / "trainer_state.json"))


def llamafactory(folder: Path, training: Training) -> None:
    """One line each time the trainer logs, and a last one without a loss."""
    every = round(float(training.loss.step[1] - training.loss.step[0]))

    def line(step: int, logged: dict[str, float]) -> str:
        elapsed = timedelta(seconds=step // 10)
        return json.dumps(
            {
                "current_steps": step,
                "total_steps": training.steps,
                **logged,
                "epoch": training.epoch(step),
                "percentage": round(step / training.steps * 100, 2),
                "elapsed_time": str(elapsed),
                "remaining_time": str(timedelta(seconds=(training.steps - step) // 10)),
            }
        )

    lines = [
        line(int(at) + every, {"loss": round(float(loss), 4), "lr": training.lr_at(at)})
        for at, loss in zip(training.loss.step, training.loss.value, strict=True)
    ]
    lines.append(line(training.steps, {}))
    (folder / "trainer_log.jsonl").write_text("".join(f"{one}\n" for one in lines))


FORMS = (
    Form("hf-trainer-state", "well-tuned-wandb", "hf-trainer", "transformers 5.24 TrainerState", True, trainer_state),
    Own(
        "trl-grpo",
        "hf-trainer",
        "transformers 5.24 TrainerState, with the keys of TRL's GRPO",
        "inconclusive",
        group_relative,
    ),
    Form("llamafactory-log", "diverged-rising", "llamafactory", "shape of LLaMA-Factory", False, llamafactory),
)
