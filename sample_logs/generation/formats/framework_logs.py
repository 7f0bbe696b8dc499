"""Logs of one framework each, in its writer's own layout."""

import shutil
from pathlib import Path

from generation.formats.form import Form
from generation.formats.training import Training


def flair_folder(folder: Path, training: Training) -> None:
    """`training.log` and `loss.tsv` of one training, as flair's `ModelTrainer` writes them."""
    per, stamp = training.steps_per_epoch, "2023-09-04 12:11:11,684"
    log = [f'{stamp}  - learning_rate: "{training.peak_lr}"', f'{stamp}  - mini_batch_size: "{training.batch_size}"']
    rows = ["EPOCH\tTIMESTAMP\tLEARNING_RATE\tTRAIN_LOSS\tDEV_LOSS"]
    losses = list(zip(training.loss.step.tolist(), training.loss.value.tolist(), strict=True))
    for epoch, mean, val, lr in training.epoch_means():
        for step, loss in losses:
            if epoch * per <= step < (epoch + 1) * per:
                at = f"epoch {epoch + 1} - iter {int(step) - epoch * per}/{per}"
                log.append(f"{stamp} {at} - loss {loss:.8f} - time (sec): 5.65 - lr: {lr:.6f} - momentum: 0.000000")
        log += [f"{stamp} EPOCH {epoch + 1} done: loss {mean:.4f} - lr: {lr:.6f}", f"{stamp} DEV : loss {val}"]
        rows.append(f"{epoch + 1}\t12:11:32\t{lr:.4f}\t{mean}\t{val}")
    (folder / "training.log").write_text("\n".join(log) + "\n")
    (folder / "loss.tsv").write_text("\n".join(rows))


def nnunet_fold(folder: Path, training: Training) -> None:
    """The fold of a training that was resumed in the middle, as nnU-Net 2 prints it."""
    stamp, rows = "2024-04-26 09:39:10.910043: ", training.epoch_means()
    head = (
        f"{stamp}do_dummy_2d_data_aug: True\n {{'batch_size': {training.batch_size}, 'patch_size': [40, 192, 192]}}\n"
    )
    for time, part in (("2024_4_26_09_39_10", rows[:30]), ("2024_10_2_21_00_00", rows[28:])):
        text = head
        for epoch, loss, val, lr in part:
            text += f"{stamp}\n{stamp}Epoch {epoch}\n{stamp}Current learning rate: {round(lr, 5)}\n"
            text += f"{stamp}train_loss {round(loss, 4)}\n{stamp}val_loss {round(val or 0.0, 4)}\n"
            text += f"{stamp}Pseudo dice [np.float32(0.9107)]\n{stamp}Epoch time: 148.59 s\n"
        (folder / f"training_log_{time}.txt").write_text(text)


def darknet_console(folder: Path, training: Training) -> None:
    """What `darknet detector train` prints, every other batch of it."""
    lines, mean = [f"Learning Rate: {training.peak_lr:g}, Momentum: 0.9, Decay: 0.0005"], 0.0
    for step, loss in list(zip(training.loss.step.tolist(), training.loss.value.tolist(), strict=True))[::2]:
        mean = 0.9 * mean + 0.1 * loss if mean else loss
        images = int(step + 1) * training.batch_size
        region = "Region 82 Avg IOU: 0.798363, Class: 0.893232, Obj: 0.700808, No Obj: 0.004567, count: 8"
        lines.append(region)
        row = f" {step + 1:.0f}: {loss:f}, {mean:f} avg loss, {training.lr_at(step):f} rate"
        lines.append(f"{row}, 3.210411 seconds, {images} images, 3.156833 hours left")
    (folder / "train.log").write_text("\n".join(lines) + "\n")


def chainer_table(folder: Path, training: Training) -> None:
    """`PrintReport`'s table: the validation loss stands in few rows."""
    names = ("epoch", "iteration", "main/loss", "lr", "validation/main/loss")
    widths = [max(10, len(name)) for name in names]
    val = training.val_loss
    checks = {} if val is None else dict(zip(val.step.tolist(), val.value.tolist(), strict=True))
    rows: list[tuple[object, ...]] = [names]
    for step, loss in zip(training.loss.step.tolist(), training.loss.value.tolist(), strict=True):
        tested = f"{checks[step]:.6g}" if step in checks else ""
        epoch = int(training.epoch(step)) + 1
        rows.append((epoch, int(step), f"{loss:.6g}", f"{training.lr_at(step):.6g}", tested))
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows]
    (folder / "log.txt").write_text("  \n".join(lines) + "  \n")


def caffe_solver(folder: Path, training: Training) -> None:
    """`caffe train 2> train.log`: the loss of two heads, and a test net."""
    lines = [f"base_lr: {training.peak_lr:g}", f'type: "{training.optimizer}"', "layer {", '  name: "data"']
    lines += ["  data_param {", f"    batch_size: {training.batch_size}", "  }", "}"]
    val = training.val_loss
    checks = {} if val is None else dict(zip(val.step.tolist(), val.value.tolist(), strict=True))

    def say(file: str, text: str) -> None:
        lines.append(f"I0305 09:10:40.123456  4242 {file}] {text}")

    for step, loss in list(zip(training.loss.step.tolist(), training.loss.value.tolist(), strict=True))[::2]:
        if step in checks:
            say("solver.cpp:331", f"Iteration {step:.0f}, Testing net (#0)")
            say("solver.cpp:398", f"    Test net output #0: loss = {checks[step]:g} (* 1 = {checks[step]:g} loss)")
        say("solver.cpp:219", f"Iteration {step:.0f} (1.91 iter/s, 10.4s/20 iters), loss = {loss:g}")
        for place, name in enumerate(("head_a", "head_b")):
            say("solver.cpp:238", f"    Train net output #{place}: {name} = {loss / 2:g} (* 1 = {loss / 2:g} loss)")
        say("sgd_solver.cpp:105", f"Iteration {step:.0f}, lr = {training.lr_at(step):g}")
    (folder / "train.log").write_text("\n".join(lines) + "\n")


def visualdl_records(folder: Path, training: Training) -> None:
    """What VisualDL's `LogWriter` writes: two losses, the LR, the settings."""
    from visualdl import LogWriter

    settings = {"lr": training.peak_lr, "batch_size": training.batch_size, "optimizer": training.optimizer}
    with LogWriter(logdir=str(folder / "run")) as writer:
        writer.add_hparams(hparams_dict=settings, metrics_list=["eval/loss"])
        for step, loss in list(zip(training.loss.step.tolist(), training.loss.value.tolist(), strict=True))[::2]:
            writer.add_scalar(tag="train/loss", step=int(step), value=loss)
            writer.add_scalar(tag="train/lr", step=int(step), value=training.lr_at(step))
        if training.val_loss is not None:
            for step, loss in zip(training.val_loss.step.tolist(), training.val_loss.value.tolist(), strict=True):
                writer.add_scalar(tag="eval/loss", step=int(step), value=loss)


def mxnet_module(folder: Path, training: Training) -> None:
    """What `Module.fit` logs with a `Speedometer`, evaluations after each epoch."""
    told = f"batch_size={training.batch_size}, lr={training.peak_lr}, optimizer='sgd', mom=0.9"
    lines, per = [f"INFO:root:start with arguments Namespace({told})"], training.steps_per_epoch
    losses = list(zip(training.loss.step.tolist(), training.loss.value.tolist(), strict=True))
    for epoch, mean, val, _ in training.epoch_means():
        for step, loss in losses:
            if epoch * per <= step < (epoch + 1) * per:
                at = f"Epoch[{epoch}] Batch [{int(step) - epoch * per}]"
                lines.append(f"INFO:root:{at}\tSpeed: 512.00 samples/sec\tcross-entropy={loss:.6f}")
        lines += [
            f"INFO:root:Epoch[{epoch}] Train-cross-entropy={mean:.6f}",
            f"INFO:root:Epoch[{epoch}] Time cost=1.261",
        ]
        lines.append(f"INFO:root:Epoch[{epoch}] Validation-cross-entropy={val:.6f}")
    (folder / "train.log").write_text("\n".join(lines) + "\n")


def sacred_run(folder: Path, training: Training) -> None:
    """What Sacred's `FileStorageObserver` leaves, without what it says of the machine."""
    from sacred import Experiment
    from sacred.observers import FileStorageObserver

    experiment = Experiment("toy", save_git_info=False)
    experiment.observers.append(FileStorageObserver(folder / "toy"))
    experiment.add_config(lr=training.peak_lr, optimizer=training.optimizer, batch_size=training.batch_size)

    @experiment.main
    def main(_run: object) -> None:
        for step, loss in list(zip(training.loss.step.tolist(), training.loss.value.tolist(), strict=True))[::2]:
            experiment.log_scalar("training.loss", loss, int(step))
        if training.val_loss is not None:
            for step, loss in zip(training.val_loss.step.tolist(), training.val_loss.value.tolist(), strict=True):
                experiment.log_scalar("validation.loss", loss, int(step))

    experiment.run()
    shutil.rmtree(folder / "toy" / "_sources")
    for name in ("run.json", "cout.txt"):
        (folder / "toy" / "1" / name).unlink()


FORMS = (
    Form("flair-folder", "too-slow", "flair", "flair 0.13 (its shape)", False, flair_folder),
    Form("nnunet-fold", "well-tuned", "nnunet", "nnU-Net 2 (its shape)", False, nnunet_fold),
    Form("darknet-console", "too-slow", "darknet", "Darknet (AlexeyAB), its shape", False, darknet_console),
    Form("chainer-printreport", "well-tuned", "chainer", "Chainer 7 PrintReport (its shape)", False, chainer_table),
    Form("caffe-solver", "too-high", "caffe", "Caffe 1.0 (its shape)", False, caffe_solver),
    Form("visualdl-records", "well-tuned", "visualdl", "visualdl 2.5.3 LogWriter", True, visualdl_records),
    Form("mxnet-module", "too-slow", "mxnet", "MXNet 1.9 Module.fit (its shape)", False, mxnet_module),
    Form("sacred-run", "too-high", "sacred", "sacred 0.8.7 FileStorageObserver", True, sacred_run),
)
