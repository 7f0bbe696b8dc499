"""A loss where the log has only its perplexity, as OpenNMT-py's: its natural logarithm, in nats."""

from dataclasses import replace

import numpy as np

from lrdoctor.records.run import Note, Run, Series
from lrdoctor.vocabulary.tags import is_loss_name, is_perplexity_name, quantity

LEAST = 0.99  # a perplexity is 1 or more, but for its rounding


def with_log_perplexity(run: Run) -> Run:
    """The run with `loss` and `val/loss`, in nats, where these stand in its log as perplexities only."""
    series, notes = dict(run.series), list(run.notes)
    for validation, name in ((False, "loss"), (True, "val/loss")):
        known = any(is_loss_name(tag) and quantity(tag)[1] == validation for tag in run.series)
        tags = [tag for tag in run.series if is_perplexity_name(tag) and quantity(tag)[1] == validation]
        if known or len(tags) != 1 or name in series:
            continue
        told = run.series[tags[0]]
        if not len(told) or np.nanmin(told.value, initial=np.inf) < LEAST:
            continue
        with np.errstate(invalid="ignore"):
            series[name] = Series(told.step, np.log(told.value), told.wall_time)
        notes.append(Note("derived", f"{name} is the natural logarithm of {tags[0]}", name))
    return run if len(series) == len(run.series) else replace(run, series=series, notes=notes)
