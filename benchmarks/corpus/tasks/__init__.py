"""Every task by name; the part before the slash is the family, the unit of leave-one-family-out."""

from collections.abc import Callable

from benchmarks.corpus.tasks import generative, images, sequences, synthetic, tables
from benchmarks.corpus.tasks.task import Task

TASKS: dict[str, Callable[[], Task]] = {
    **tables.TASKS,
    **images.TASKS,
    **sequences.TASKS,
    **generative.TASKS,
    **synthetic.TASKS,
}
