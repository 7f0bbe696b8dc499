"""The samples that stand alone, and all of them together."""

from functools import partial

from generation import exports, imitations, lightning_runs, recipes, scripts, writers
from generation.sample import CSV, GONE, HIGH, SLOW, TENSORBOARD, WANDB, WELL, Sample
from generation.sample_sweeps import SWEEPS

HF = "Hugging Face Trainer's TensorBoard layout"
SINGLE = {
    "too-slow": Sample(
        recipes.MLP, 0.0015, (SLOW,), partial(writers.summary_writer, hparams=True), f"{TENSORBOARD} with add_hparams"
    ),
    "well-tuned": Sample(
        recipes.SPIRALS,
        0.03,
        (WELL,),
        partial(lightning_runs.lightning_tensorboard, every=10),
        "Lightning TensorBoardLogger",
    ),
    "too-high": Sample(
        recipes.REGRESSION_ADAM, 0.2, (HIGH,), lightning_runs.lightning_csv, CSV, note="stalls on a noise floor"
    ),
    "diverged-to-nan": Sample(
        recipes.REGRESSION_SGD,
        2.5,
        (GONE,),
        writers.add_scalars,
        f"{TENSORBOARD}, add_scalars",
        ("diverged-non-finite",),
    ),
    "diverged-rising": Sample(
        recipes.CHARACTERS,
        1.0,
        (GONE,),
        partial(writers.wandb_offline, name="diverged-rising", every=3),
        WANDB,
        ("diverged-rising",),
        "finite throughout",
    ),
    "early-blow-up-then-recovery": Sample(
        recipes.WIDE,
        0.04,
        (WELL,),
        writers.summary_writer,
        TENSORBOARD,
        ("early-blow-up",),
        "a catapult in the first steps",
    ),
    "transient-non-finite": Sample(
        recipes.REGRESSION_GAPS,
        0.01,
        (WELL,),
        partial(writers.summary_writer, new_style=True, every=1),
        f"{TENSORBOARD}, new_style tensors",
        ("transient-non-finite",),
    ),
    "lr-decayed": Sample(
        recipes.CNN,
        0.02,
        (WELL,),
        partial(lightning_runs.lightning_csv, every=3),
        CSV,
        ("flat-after-decay",),
        "flat once the LR fell",
    ),
    "restart-with-overlapping-steps": Sample(
        recipes.MLP,
        0.05,
        (WELL,),
        partial(writers.restarted, saved=294, killed=400),
        f"{TENSORBOARD}, two event files",
        ("restart-overlap",),
        "killed at step 400, resumed from the checkpoint of step 294",
    ),
    "torn-file": Sample(
        recipes.CNN_NORM,
        5e-5,
        (SLOW,),
        partial(writers.torn, share=0.85),
        f"{TENSORBOARD}, cut mid-record",
        ("torn-tail",),
        "the last 15 % of the file are gone",
    ),
    "three-points-only": Sample(
        recipes.MLP,
        0.05,
        ("inconclusive",),
        partial(lightning_runs.lightning_csv, every=210, val_every=10, monitor=False),
        CSV,
        ("too-few-points",),
        "logged every 210 steps",
    ),
    "no-lr-in-the-log": Sample(
        recipes.KERAS_MLP, 0.15, (WELL,), imitations.keras_csv, "Keras CSVLogger's shape", ("no-learning-rate",)
    ),
    "well-tuned-wandb": Sample(
        recipes.CNN_NORM, 0.01, (WELL,), partial(writers.wandb_offline, name="well-tuned-wandb", every=4), WANDB
    ),
    "too-slow-keras-tensorboard": Sample(
        recipes.SPIRALS, 7e-4, (SLOW,), imitations.keras_tensorboard, "Keras TensorBoard callback's shape"
    ),
    "too-high-hf-trainer": Sample(
        recipes.TRANSFORMER, 0.2, (HIGH,), partial(imitations.hf_trainer, every=3), f"{HF}, shape"
    ),
    "nan-filtered-hf-trainer": Sample(
        recipes.REGRESSION_SGD,
        2.5,
        (GONE, "inconclusive"),
        partial(imitations.hf_trainer, every=4),
        f"{HF}, shape",
        ("non-finite-filtered",),
        "went to NaN; `logging_nan_inf_filter` logs 0.0 instead, only eval/loss says nan",
    ),
    "clipping-saturated": Sample(
        recipes.CNN_CLIPPED,
        0.16,
        (WELL, "inconclusive"),
        partial(writers.wandb_offline, name="clipping-saturated", every=4),
        WANDB,
        ("gradient-clipping-saturated",),
        "`train/grad_norm` is the norm before clipping",
        clipped=(0.7, 1.0),
    ),
    "clipping-rare": Sample(
        recipes.CNN_RARELY_CLIPPED,
        0.03,
        (WELL,),
        partial(writers.wandb_offline, name="clipping-rare", every=4),
        WANDB,
        note="`train/grad_norm` is the norm before clipping",
        clipped=(0.001, 0.2),
    ),
    "turned-sign": Sample(
        recipes.MLP,
        0.05,
        ("inconclusive",),
        partial(writers.summary_writer, turned=True),
        TENSORBOARD,
        ("wrong-sign",),
        "the losses logged are minus the loss, a log-likelihood",
    ),
    "sampled-export": Sample(
        recipes.REGRESSION_LONG,
        0.0063,
        (WELL,),
        partial(exports.tensorboard_downloads, name="friedman_adam"),
        "TensorBoard's page, CSV downloads of two tags",
        ("sampled-export",),
        "1,000 of 4,500 points a tag are left",
    ),
    "steps-invented": Sample(
        recipes.CHARACTERS,
        0.06,
        (HIGH, "inconclusive"),
        partial(scripts.without_steps, every=2),
        "a script's CSV, `loss,lr`",
        ("steps-invented",),
        "a row every other step",
    ),
    "aggregated-chart": Sample(
        recipes.REGRESSION_LONG,
        0.2,
        (HIGH,),
        partial(exports.wandb_chart, name="wobbly-lake-7", buckets=750),
        "W&B chart's CSV export, shape",
        ("aggregated-values",),
        "a row is a bucket of six steps: its last value, its least and its largest",
    ),
    "rounded-values": Sample(
        recipes.AUTOENCODER,
        4e-4,
        (SLOW,),
        partial(scripts.rounded, every=2),
        "a script's CSV, `step,train_loss,lr`",
        ("rounded-values",),
        "the loss to two decimals, in which its noise and its late progress vanish",
    ),
}

SAMPLES = SINGLE | SWEEPS
