"""Final scores of a Hugging Face trainer, one value each: recognised, and refused, since they hold no curve.

`all_results.json`, `train_results.json`, `eval_results.json`, and the `metrics.json` of qlora and its forks:

    {"epoch": 3.0, "train_loss": 1.804, "train_runtime": 54713.18, "train_samples_per_second": 15.743, ...}
"""

from collections.abc import Mapping

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head, look
from lrdoctor.reading.parsing.json_lines import json_object, number
from lrdoctor.records.run import Run, Source

NAME = "hf-results"
# What `speed_metrics` of transformers adds to the scores of each part of a training.
SPEEDS = ("runtime", "samples_per_second", "steps_per_second")
PARTS = ("train", "eval", "predict", "test")


def recognise(head: Head) -> str | None:
    """By one flat object with the speed of training or of evaluation, and without a step or a list."""
    scores = _scores(head)
    if scores is None:
        return None
    speeds = [key for part in PARTS for speed in SPEEDS if (key := f"{part}_{speed}") in scores]
    if len(speeds) < 2 or "step" in scores or any(isinstance(value, dict | list) for value in scores.values()):
        return None
    return f"a single object with {speeds[0]} and {speeds[1]}"


def read(source: Source) -> list[Run]:
    """Never a run: raises `UnreadableError` with what the file holds and what to give instead."""
    scores = _scores(look(source.files[-1])) or {}
    final = next((key for key in ("train_loss", "eval_loss") if key in scores), None)
    value = number(scores[final]) if final is not None else None
    told = f", {final} {value:.4g} among them" if value is not None else ""
    raise UnreadableError(
        f"final scores of a Hugging Face trainer{told}, and no curve: give trainer_state.json from the same folder"
    )


def _scores(head: Head) -> Mapping[str, object] | None:
    """The file as one object; None for anything else, such as one object a line."""
    if head.size > len(head.data) or "_per_second" not in head.text:
        return None
    return json_object(head.text)


READER = Reader(NAME, "final scores of Hugging Face's trainers", recognise, read, refuses=True, beside_logs=True)
