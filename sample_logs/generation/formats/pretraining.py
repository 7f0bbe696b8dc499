"""Text logs of language-model training: Megatron, nanoGPT and its kin, llm.c, torchtune, OLMo-core."""

import contextlib
import math
import sys
import textwrap
import time
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from generation.formats.form import Form
from generation.formats.training import Training
from lrdoctor.records.run import Series

LOG_INTERVAL = 5  # iterations that a Megatron line is the mean of


def megatron_text(folder: Path, training: Training) -> None:
    """Arguments, then a line every few iterations: a loss that is NaN is not printed (`training_log`: `avg > 0`)."""
    batch = training.batch_size
    arguments: dict[str, object] = {
        "adam_beta1": 0.9,
        "adam_beta2": 0.999,
        "clip_grad": 0.0,
        "data_path": ["data/my-corpus_text_document"],
        "eval_interval": 100,
        "fp16": False,
        "global_batch_size": batch,
        "log_interval": LOG_INTERVAL,
        "lr": training.peak_lr,
        "lr_decay_iters": training.steps,
        "lr_decay_style": "constant",
        "lr_warmup_iters": 150,
        "micro_batch_size": batch,
        "min_lr": 0.0,
        "optimizer": training.optimizer.lower(),
        "seq_length": 128,
        "sgd_momentum": 0.0,
        "tensorboard_dir": None,
        "train_iters": training.steps,
        "weight_decay": 0.0,
    }
    lines = [
        "using world size: 1, data-parallel-size: 1, tensor-model-parallel size: 1, pipeline-model-parallel size: 1 ",
        "------------------------ arguments ------------------------",
        *(f"  {name} {'.' * (48 - len(name))} {value}" for name, value in arguments.items()),
        "-------------------- end of arguments ---------------------",
        "setting number of micro-batches to constant 1",
        "training ...",
    ]
    validation = iter(_points(training.val_loss))
    waiting = next(validation, None)
    for begin in range(0, len(training.loss) - LOG_INTERVAL + 1, LOG_INTERVAL):
        window = training.loss.value[begin : begin + LOG_INTERVAL]
        done = begin + LOG_INTERVAL
        mean = float(np.sum(window)) / LOG_INTERVAL
        fields = [
            f"iteration {done:8d}/{training.steps:8d}",
            f"consumed samples: {done * batch:12d}",
            f"elapsed time per iteration (ms): {12.5:.1f}",
            f"learning rate: {training.lr_at(done - 1):.3E}",
            f"global batch size: {batch:5d}",
            *([f"lm loss: {mean:.6E}"] if mean > 0 else []),
            "loss scale: 1.0",
            f"number of skipped iterations: {0:3d}",
            f"number of nan iterations: {0:3d}",
        ]
        lines.append(f" {' | '.join(fields)} |")
        while waiting is not None and waiting[0] < done:
            text = f" validation loss at iteration {done} | lm loss value: {waiting[1]:.6E} | "
            lines += ["-" * (len(text) - 1), text, "-" * (len(text) - 1)] if waiting[1] > 0 else []
            waiting = next(validation, None)
    _write(folder / "slurm-4711.out", lines)


def nanogpt_stdout(folder: Path, training: Training) -> None:
    """What `train.py` prints: its configuration file and what overrides it, then a line every few iterations."""
    steps = training.steps
    lines = [
        "Overriding config with config/train_digits.py:",
        "# noisy digits, told as if they were text",
        "",
        "out_dir = 'out-digits'",
        "eval_interval = 43 # once an epoch",
        "log_interval = 4",
        "gradient_accumulation_steps = 1",
        f"batch_size = {training.batch_size}",
        "",
        "learning_rate = 1e-3 # with baby networks can afford to go a bit higher",
        f"max_iters = {steps}",
        f"lr_decay_iters = {steps} # make equal to max_iters usually",
        "min_lr = 0.0",
        "decay_lr = True",
        "warmup_iters = 80 # not super necessary potentially",
        "",
        f"Overriding: learning_rate = {training.peak_lr}",
        "Overriding: device = cpu",
        "tokens per iteration will be: 2,048",
        "found vocab_size = 65 (inside data/digits/meta.pkl)",
        "Initializing a new model from scratch",
        "number of parameters: 0.02M",
        "num decayed parameter tensors: 6, with 19,744 parameters",
        "using fused AdamW: False",
    ]
    validation = iter(_points(training.val_loss))
    waiting = next(validation, None)
    for step, loss in _points(training.loss):
        while waiting is not None and waiting[0] <= step:
            lines.append(f"step {waiting[0]:.0f}: train loss {loss:.4f}, val loss {waiting[1]:.4f}")
            lines.append("saving checkpoint to out-digits")
            waiting = next(validation, None)
        lines.append(f"iter {step:.0f}: loss {loss:.4f}, time {21.7:.2f}ms, mfu {0.31:.2f}%")
    _write(folder / "train.log", lines)


def build_nanogpt_log(folder: Path, training: Training) -> None:
    """`log.txt`: a step, what it is about, a number; the validation loss comes before the step's own."""
    lines = []
    validation = iter(_points(training.val_loss))
    waiting = next(validation, None)
    for step, loss in _points(training.loss):
        while waiting is not None and waiting[0] <= step:
            lines.append(f"{step:.0f} val {waiting[1]:.4f}")
            lines.append(f"{step:.0f} hella {0.25:.4f}")
            waiting = next(validation, None)
        lines.append(f"{step:.0f} train {loss:.6f}")
    (folder / "log").mkdir()
    _write(folder / "log" / "log.txt", lines)


def llmc_main_log(folder: Path, training: Training) -> None:
    """`main.log`: six decimals of the LR, two of the gradient norm (which the training did not log: its loss)."""
    lines = []
    validation = iter(_points(training.val_loss))
    waiting = next(validation, None)
    for step, loss in _points(training.loss):
        while waiting is not None and waiting[0] <= step:
            lines.append(f"s:{step:.0f} tel:{waiting[1]:.4f}")
            waiting = next(validation, None)
        lines.append(f"s:{step:.0f} trl:{loss:.4f} lr:{training.lr_at(step):.6f} norm:{loss:.2f}")
    _write(folder / "main.log", lines)


def llmc_stdout(folder: Path, training: Training) -> None:
    """The table of flags, then a line a step with z-scores of loss and norm, which are NaN for the first 128 steps."""
    flags = {
        "Parameter": "Value",
        "train data pattern": "dev/data/digits/digits_train.bin",
        "output log dir": "log",
        "micro batch size B": training.batch_size,
        "sequence length T": 8,
        "total batch size": training.batch_size * 8,
        "LR scheduler": "cosine",
        "learning rate (LR)": f"{training.peak_lr:.6e}",
        "warmup iterations": 80,
        "final LR fraction": f"{0:.6e}",
        "weight decay": f"{0.05:.6e}",
        "device": "NVIDIA H100 80GB HBM3",
        "precision": "BF16",
        "num_processes": 1,
    }
    bar = f"+-{'-' * 21}-+-{'-' * 50}-+"
    rows = [f"| {name:<21} | {value!s:<50} |" for name, value in flags.items()]
    lines = ["Multi-GPU support is disabled. Using a single GPU.", bar, rows[0], bar, *rows[1:], bar]
    lines += [
        "num_parameters: 4608 => bytes: 9216",
        "allocating 0 MiB for AdamW optimizer state m",
        "allocating 0 MiB for AdamW optimizer state v",
    ]
    validation = iter(_points(training.val_loss))
    waiting = next(validation, None)
    for count, (step, loss) in enumerate(_points(training.loss)):
        while waiting is not None and waiting[0] <= step:
            lines.append(f"val loss {waiting[1]:.6f}")
            waiting = next(validation, None)
        score = "+nanz" if count < 128 else f"{math.sin(count):+.2f}z"
        lines.append(
            f"step {step + 1:4.0f}/{training.steps} | loss {loss:.6f} ({score})| norm {loss:.4f} ({score})| "
            f"lr {training.lr_at(step):.2e} | {4.21:.2f} ms | {0.4:.1f}% bf16 MFU | {121594:.0f} tok/s"
        )
    _write(folder / "train.out", lines)


def modded_nanogpt(folder: Path, training: Training) -> None:
    """The script's source, what the machine is, then a line a step; what stands here is a pretended script."""
    source = f"""
        import os, sys
        with open(sys.argv[0]) as f:
            code = f.read() # read the code of this file ASAP, for logging
        import torch
        from dataclasses import dataclass
        # every step is logged as step:<step>/<steps> train_loss:<loss>

        class Net(torch.nn.Module):
            width = 64
            learning_rate = 123.0 # no hyper-parameter: the class is another one

        @dataclass
        class Hyperparameters:
            # data hyperparams
            input_bin : str = 'data/characters_train_*.bin' # input .bin to train on
            # optimization hyperparams
            batch_size : int = 8*8 # batch size, in sequences, across all devices
            device_batch_size : int = {training.batch_size} # batch size, in sequences, per device
            num_iterations : int = {training.steps} # number of iterations to run
            learning_rate : float = {training.peak_lr}
            warmup_iters : int = 0
            warmdown_iters : int = 0 # number of iterations of linear warmup/warmdown for trapezoidal schedule
            weight_decay : float = 0
        args = Hyperparameters()

        def get_lr(it):
            learning_rate = 456.0
            return learning_rate

        for step in range(args.num_iterations + 1):
            print0(f"step:{{step}}/{{args.num_iterations}} val_loss:{{val_loss:.4f}} step_avg:{{avg:.2f}}ms")
            print0(f"step:{{step+1}}/{{args.num_iterations}} train_loss:{{train_loss.item():.4f}}")
        """
    lines = [
        *textwrap.dedent(source).strip().splitlines(),
        "",
        "=" * 100,
        "Running pytorch 2.6.0+cu124 compiled for CUDA 12.4",
        "nvidia-smi:",
        "| NVIDIA-SMI 550.127.05             Driver Version: 550.127.05     CUDA Version: 12.6     |",
        "| N/A   32C    P0            117W /  700W |    7746MiB /  81559MiB |      0%      Default |",
        "=" * 100,
    ]
    validation = iter(_points(training.val_loss))
    waiting = next(validation, None)
    for step, loss in _points(training.loss):
        while waiting is not None and waiting[0] <= step:
            lines.append(f"step:{step:.0f}/{training.steps} val_loss:{waiting[1]:.4f} train_time:285ms step_avg:4.20ms")
            waiting = next(validation, None)
        average = "nan" if step < 10 else "4.20"
        lines.append(
            f"step:{step + 1:.0f}/{training.steps} train_loss:{loss:.4f} train_time:{4.2 * step:.0f}ms "
            f"step_avg:{average}ms"
        )
    _write(folder / "8f0a3c52-1f0e-4c5b-9d0a-3e1b6f7c2d41.txt", lines)


def torchtune_log(folder: Path, training: Training) -> None:
    """What a recipe prints through the real StdoutLogger, with the configuration that it logs first."""
    from torchtune.training.metric_logging import StdoutLogger

    config = f"""
        INFO:torchtune.utils._logging:Running FullFinetuneRecipeSingleDevice with resolved config:

        batch_size: {training.batch_size}
        clip_grad_norm: null
        compile: false
        dataset:
          _component_: torchtune.datasets.alpaca_dataset
          packed: false
        epochs: {training.epochs}
        gradient_accumulation_steps: 1
        log_every_n_steps: 10
        loss:
          _component_: torchtune.modules.loss.CEWithChunkedOutputLoss
        lr_scheduler:
          _component_: torchtune.training.lr_schedulers.get_cosine_schedule_with_warmup
          num_warmup_steps: 0
        metric_logger:
          _component_: torchtune.training.metric_logging.StdoutLogger
          log_dir: ./logs
        optimizer:
          _component_: torch.optim.{training.optimizer}
          fused: true
          lr: {training.peak_lr}
          weight_decay: 0
        seed: null

        INFO:torchtune.utils._logging:Learning rate scheduler is initialized."""
    with (folder / "train.log").open("w") as file, contextlib.redirect_stdout(file):
        sys.stdout.write(textwrap.dedent(config).lstrip() + "\n")
        logger = StdoutLogger()
        for step, loss in _points(training.loss):
            lr = training.lr_at(step)
            logger.log_dict({"loss": loss, "lr": lr, "tokens_per_second_per_gpu": 405.25}, step=int(step))


def olmo_console(folder: Path, training: Training) -> None:
    """What OLMo-core's real ConsoleLoggerCallback logs, in the format of its `setup_logging`."""
    import logging

    from olmo_core.train.callbacks.console_logger import ConsoleLoggerCallback

    # The name of the machine stands where `localhost` does.
    layout = "%(asctime)s\tlocalhost:0\t%(name)s:%(lineno)s\t%(levelname)s\t%(message)s"
    handler = logging.FileHandler(folder / "train.log")
    formatter = logging.Formatter(layout, datefmt="%Y-%m-%d %H:%M:%S.000")
    formatter.converter = lambda _: time.gmtime(1.75e9)  # the same each time it is made
    handler.setFormatter(formatter)
    logger = logging.getLogger("olmo_core.train.callbacks.console_logger")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    callback = ConsoleLoggerCallback(log_interval=1)
    callback.trainer = SimpleNamespace(
        max_steps=training.steps,
        epoch=1,
        hard_stop=None,
        training_progress=SimpleNamespace(time_remaining=None),
    )
    for step, loss in _points(training.loss):
        metrics = {"train/CE loss": loss, "optim/LR (group 0)": training.lr_at(step)}
        callback.log_metrics(int(step) + 1, metrics)
    logger.removeHandler(handler)
    handler.close()


def _points(series: Series | None) -> Iterable[tuple[float, float]]:
    """The steps and values of a series; none where it was not logged."""
    return [] if series is None else list(zip(series.step.tolist(), series.value.tolist(), strict=True))


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("\n".join(lines) + "\n")


FORMS = (
    Form("megatron-text", "diverged-to-nan", "megatron", "Megatron-LM's shape", False, megatron_text),
    Form("nanogpt-stdout", "well-tuned-wandb", "nanogpt", "nanoGPT's shape", False, nanogpt_stdout),
    Form("build-nanogpt-log", "well-tuned", "build-nanogpt", "build-nanogpt's shape", False, build_nanogpt_log),
    Form("llmc-main-log", "too-slow", "llmc", "llm.c's shape", False, llmc_main_log),
    Form("llmc-stdout", "well-tuned-wandb", "llmc", "llm.c's shape", False, llmc_stdout),
    Form("modded-nanogpt", "diverged-rising", "modded-nanogpt", "modded-nanogpt's shape", False, modded_nanogpt),
    Form("torchtune-log", "well-tuned", "torchtune", "torchtune 0.6 StdoutLogger", True, torchtune_log),
    Form("olmo-console", "too-high-hf-trainer", "olmo", "OLMo-core 3.0 ConsoleLoggerCallback", True, olmo_console),
)
