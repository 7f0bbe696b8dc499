"""Every log format lrdoctor knows.  To add one: a module with a `READER`, and its line below."""

from lrdoctor.readers import table, tb_ui, tensorboard, wandb_chart, wandb_history, wandb_offline, wandb_table
from lrdoctor.readers.reader import Reader

# From the most specific to the least: the first that recognises a file reads it.
READERS: tuple[Reader, ...] = (
    tensorboard.READER,
    wandb_offline.READER,
    tb_ui.READER,
    wandb_chart.READER,
    wandb_history.READER,
    wandb_table.READER,
    table.READER,
)
