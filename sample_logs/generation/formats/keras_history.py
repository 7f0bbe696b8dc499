"""What Keras's callbacks hold and people save: `History` as JSON and as a pickle, and `CSVLogger`'s file."""

import json
import os
import pickle
from pathlib import Path
from typing import Any

from generation.formats.form import Form
from generation.formats.training import Training


def _played(training: Training, *callbacks: Any) -> None:
    """Call Keras's own callbacks after each epoch, as `model.fit` does, with what the training logged."""
    for callback in callbacks:
        callback.on_train_begin()
    for epoch, loss, val_loss, lr in training.epoch_means():
        logs = {"loss": loss, **({} if val_loss is None else {"val_loss": val_loss}), "learning_rate": lr}
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
    for callback in callbacks:
        callback.on_train_end()


def _history(training: Training) -> dict[str, list[float]]:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    history = keras.callbacks.History()
    history.set_model(keras.Sequential())
    _played(training, history)
    return dict(history.history)


def as_json(folder: Path, training: Training) -> None:
    """`json.dump(history.history)`."""
    (folder / "history.json").write_text(json.dumps(_history(training)))


def as_pickle(folder: Path, training: Training) -> None:
    """`pickle.dump(history.history)`."""
    (folder / "trainHistoryDict").write_bytes(pickle.dumps(_history(training)))


def csv_logger(folder: Path, training: Training) -> None:
    """`CSVLogger("training.log")`."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    _played(training, keras.callbacks.CSVLogger(str(folder / "training.log")))


FORMS = (
    Form("keras-history-json", "too-slow", "keras-history", "keras 3.15 History, json.dump", True, as_json),
    Form("keras-history-pickle", "well-tuned", "keras-pickle", "keras 3.15 History, pickle.dump", True, as_pickle),
    Form("keras-csvlogger", "well-tuned-wandb", "table", "keras 3.15 CSVLogger", True, csv_logger),
)
