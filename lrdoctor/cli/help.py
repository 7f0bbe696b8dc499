"""What each command says of itself: ordinary strings, since `python -OO` has no docstrings for typer to show."""

DIAGNOSE = """Judge the learning rate of each run and say what to use next.

PATH is a file, a folder, a glob or a URL of training logs, in any format that `lrdoctor formats` lists.
Runs among them that differ in LR alone are judged together as a sweep too.
"""

SWEEP = """Judge runs that differ in learning rate together.

Which was best, where the good learning rates lie, and what to run next.

PATH is a file, a folder, a glob or a URL of logs. Runs whose other settings differ are kept apart, as sweeps of
their own.
"""

INSPECT = """Show what is read from each log and what is taken for what.

PATH is a file, a folder, a glob or a URL of training logs, in any format that `lrdoctor formats` lists.
"""

FORMATS = "List the log formats that are read."

EXPLAIN = """List the findings, or print what one means.

CODE is a finding's code or name, such as LR101 or diverged-non-finite.
"""

REPLAY = """Settle by short reruns which learning rate a training script should use.

RECIPE names a function that returns what is trained: path/train.py:recipe or package.module:recipe.
What has no recipe (GANs, LBFGS, JAX, other languages) is rerun as a --command.
"""
