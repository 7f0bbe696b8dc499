"""Every task by name; the part before the slash is the family, the unit of leave-one-family-out."""

from collections.abc import Callable

from benchmarks.corpus.tasks import generative, images, language, odd_losses, sequences, synthetic, tables, transfer
from benchmarks.corpus.tasks.task import Task

TASKS: dict[str, Callable[[], Task]] = {
    **tables.TASKS,
    **images.TASKS,
    **sequences.TASKS,
    **generative.TASKS,
    **synthetic.TASKS,
    **language.TASKS,
    **transfer.TASKS,
    **odd_losses.TASKS,
}
