"""One run whose quantities stand in one file each: `train_loss.csv` beside `val_loss.csv`, W&B charts of one metric.

People export chart by chart.  Files of one folder are joined where they hold different quantities of runs that are
called the same (a chart's runs), or one quantity each and nothing that tells two runs apart.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.records.run import Run, Series
from lrdoctor.vocabulary.tags import is_loss_name, is_lr_name, quantity


def join_partial_runs(runs: Sequence[Run]) -> list[Run]:
    """The runs, those that are parts of one joined; each stands where its first part stood."""
    groups: dict[tuple[Path, str, str], list[int]] = defaultdict(list)
    for place, run in enumerate(runs):
        traits = run.source.traits
        label = run.name if traits.names_runs else ""
        if traits.names_runs or (traits.quantity_a_file and len(run.series) == 1):
            groups[run.source.folder, run.source.format, label].append(place)
    joined: dict[int, Run] = dict(enumerate(runs))
    for places in groups.values():
        if len(places) > 1 and _complement([runs[place] for place in places]):
            joined[places[0]] = _one([runs[place] for place in places])
            for place in places[1:]:
                del joined[place]
    return list(joined.values())


def _complement(parts: Sequence[Run]) -> bool:
    """Whether the parts tell different quantities on one step axis, a loss among them."""
    tags = [tag for part in parts for tag in part.series]
    told = [quantity(tag) for tag in tags]
    if len(set(told)) < len(told) or len({part.step_axis for part in parts}) > 1:
        return False
    losses = [quantity(tag) for tag in tags if is_loss_name(tag)]
    if parts[0].source.traits.names_runs:  # the runs' names say that they are one
        return bool(losses)
    # `resnet_loss.csv` beside `vgg_loss.csv` are two runs: only the split may tell two losses apart.
    rates = sum(is_lr_name(tag) for tag in tags)
    return bool(losses) and len({name for name, _ in losses}) == 1 and rates == len(tags) - len(losses) <= 1


def _one(parts: Sequence[Run]) -> Run:
    first = parts[0]
    series: dict[str, Series] = {}
    for part in parts:
        series |= part.series
    files = tuple(dict.fromkeys(file for part in parts for file in part.source.files))
    here = first.source.folder
    notes = dict.fromkeys(note for part in parts for note in part.notes)
    distinct = {id(part.hparams): part.hparams for part in parts}
    settings = {key: value for hparams in reversed(distinct.values()) for key, value in hparams.items()}
    name = first.name if first.source.traits.names_runs else run_name(here)
    return replace(
        first,
        name=name,
        series=series,
        hparams=settings,
        source=replace(first.source, path=here, files=files),
        notes=list(notes),
    )
