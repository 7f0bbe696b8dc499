"""What trainers leave once an epoch: YOLO's rows without a header, AllenNLP's file for each."""

import json
from pathlib import Path

from generation.formats.form import Form
from generation.formats.training import Training

SHARES = (0.5, 0.2, 0.3)  # of the box, the objectness and the class loss


def yolo(folder: Path, training: Training) -> None:
    """`'%10s' * 2 + '%10.4g' * 13`, as `train.py` of YOLOv5 v4 and of YOLOv7 writes it, and its two settings files."""
    rows = []
    for epoch, loss, val, _ in training.epoch_means():
        parts = [share * loss for share in SHARES]
        tested = [share * (loss if val is None else val) for share in SHARES]
        told = [*parts, loss, 37, 640, 0.5, 0.4, 0.3, 0.2, *tested]
        rows.append(("%10s" * 2 + "%10.4g" * 13) % (f"{epoch}/{training.epochs - 1}", "4.61G", *told))
    (folder / "results.txt").write_text("\n".join(rows) + "\n")
    (folder / "hyp.yaml").write_text(f"lr0: {training.peak_lr}\nlrf: 1.0\nmomentum: 0.9\n")
    (folder / "opt.yaml").write_text(f"epochs: {training.epochs}\nbatch_size: {training.batch_size}\nadam: false\n")


def allennlp(folder: Path, training: Training) -> None:
    """`dump_metrics` of AllenNLP's trainer, and the configuration beside it."""
    for epoch, loss, val, _ in training.epoch_means():
        metrics = {
            "best_epoch": epoch,
            "peak_worker_0_memory_MB": 1200.0,
            "training_duration": f"0:00:{epoch + 1:02}",
            "training_start_epoch": 0,
            "training_epochs": epoch,
            "epoch": epoch,
            "training_loss": loss,
            **({} if val is None else {"validation_loss": val, "best_validation_loss": val}),
        }
        (folder / f"metrics_epoch_{epoch}.json").write_text(json.dumps(metrics, indent=2))
    trainer = {"num_epochs": training.epochs, "optimizer": {"type": "adam", "lr": training.peak_lr}}
    config = {"data_loader": {"batch_size": training.batch_size}, "trainer": trainer}
    (folder / "config.json").write_text(json.dumps(config, indent=2))


FORMS = (
    Form("yolo-results-txt", "too-slow", "yolo-text", "YOLOv7's train.py, its shape", False, yolo),
    Form("allennlp-metrics", "well-tuned", "allennlp", "AllenNLP 2's dump_metrics, its shape", False, allennlp),
)
