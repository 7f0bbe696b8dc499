"""A command with placeholders: split as a shell splits it, filled in, and never given to a shell."""

import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from lrdoctor.errors import UsageError

PLACEHOLDERS = ("lr", "steps", "seed", "dir")
NEEDED = ("lr", "steps")
# `{{lr}}` is the text `{lr}`; any other brace, as in JSON, is itself.
PLACE = re.compile(r"\{\{(\w+)\}\}|\{(\w+)\}")


@dataclass(frozen=True)
class CommandLine:
    """A command as a user wrote it, in parts.

    Args:
        text: the whole of it.
        parts: its words, with the placeholders still in them.
    """

    text: str
    parts: tuple[str, ...]

    def has(self, name: str) -> bool:
        """Whether a placeholder is in it."""
        return any(match[2] == name for part in self.parts for match in PLACE.finditer(part))

    @property
    def name(self) -> str:
        """The script's name, else the program's: the other words may hold what is nobody's business."""
        names = [Path(part).name for part in self.parts]
        scripts = [name for name in names[:4] if Path(name).suffix and not name.startswith("-")]
        return next((name for name in scripts if PLACE.search(name) is None), names[0])

    def filled(self, lr: float, steps: int, seed: int, folder: Path) -> list[str]:
        """The words to run: each value lands inside the word that names it, whatever it holds.

        >>> command_line("train --lr={lr} --steps {steps}").filled(0.001, 50, 0, Path("/tmp/a"))
        ['train', '--lr=0.001', '--steps', '50']
        """
        values = {"lr": repr(float(lr)), "steps": str(steps), "seed": str(seed), "dir": str(folder)}
        return [PLACE.sub(lambda m: "{" + m[1] + "}" if m[1] else values[m[2]], part) for part in self.parts]


def command_line(text: str) -> CommandLine:
    """The parts of a command.

    Raises:
        UsageError: it cannot be split, or a placeholder is unknown or missing.
    """
    try:
        parts = tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"the command cannot be split into words ({error}): {text}") from error
    if not parts:
        raise UsageError("the command is empty: give one such as 'python train.py --lr {lr} --steps {steps}'")
    named = [match[2] for part in parts for match in PLACE.finditer(part) if match[2]]
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    for name in named:
        if name not in PLACEHOLDERS:
            raise UsageError(f"the command has an unknown placeholder {{{name}}}: known are {known}")
    for name in NEEDED:
        if name not in named:
            why = "the learning rate goes" if name == "lr" else "the length of the training goes"
            raise UsageError(f"the command lacks {{{name}}}: write it where {why}, as in --{name} {{{name}}}")
    return CommandLine(text, parts)


def check_found(command: CommandLine) -> None:
    """Raise `UsageError` where there is no such program."""
    program = command.parts[0]
    if PLACE.search(program) is None and shutil.which(program) is None:
        raise UsageError(f"no such program: {program} (the command is run as it is, without a shell)")
