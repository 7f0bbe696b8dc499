"""A Jupyter notebook whose training cell displayed Hugging Face's table."""

from pathlib import Path

from generation.formats.form import Form
from generation.formats.training import Training

SETTINGS = """\
args = TrainingArguments(
    "out", num_train_epochs={epochs}, per_device_train_batch_size={batch}, learning_rate={lr}, logging_steps={every},
)
trainer = Trainer(model, args, train_dataset=train)"""


def hugging_face_table(folder: Path, training: Training) -> None:
    """What the trainer leaves below `trainer.train()` in a notebook: its bar, and the table of all that it logged."""
    import nbformat
    from transformers.utils.notebook import text_to_html_table

    every = round(float(training.loss.step[1] - training.loss.step[0]))
    rows = [[int(at) + every, float(loss)] for at, loss in zip(training.loss.step, training.loss.value, strict=True)]
    bar = f"<progress value='{training.steps}' max='{training.steps}'></progress> [{training.steps}/{training.steps}]"
    html = f"<div>{bar}</div>{text_to_html_table([['Step', 'Training Loss'], *rows])}<p>"
    settings = SETTINGS.format(
        epochs=training.epochs, batch=training.batch_size, lr=f"{training.peak_lr:g}", every=every
    )
    shown = nbformat.v4.new_output(
        "display_data", {"text/html": html, "text/plain": "<IPython.core.display.HTML object>"}
    )
    summary = nbformat.v4.new_output(
        "execute_result", {"text/plain": f"TrainOutput(global_step={training.steps}, training_loss=0.5)"}
    )
    cells = [
        nbformat.v4.new_markdown_cell("# Fine-tuning", id="title"),
        nbformat.v4.new_code_cell(settings, execution_count=1, id="settings"),
        nbformat.v4.new_code_cell("trainer.train()", execution_count=2, outputs=[shown, summary], id="training"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "finetune.ipynb")


FORMS = (
    Form(
        "notebook-hugging-face",
        "too-high-hf-trainer",
        "notebook",
        "transformers' notebook table, nbformat",
        True,
        hugging_face_table,
    ),
)
