"""Hugging Face's `trainer_state.json`, which Trainer, TRL, axolotl and Unsloth write at each checkpoint and at the end.

    {"global_step": 20, "max_steps": 20, "logging_steps": 10, "train_batch_size": 8, ...,
     "log_history": [{"loss": 1.99, "grad_norm": 3.1, "learning_rate": 4e-05, "epoch": 0.5, "step": 10},
                     {"eval_loss": 1.7, "eval_runtime": 28.4, "epoch": 0.5, "step": 10}, ...,
                     {"train_loss": 1.8, "train_runtime": 5471.3, "epoch": 1.0, "step": 20}]}

`loss` is the mean since the entry before, to four decimals in transformers 4.  The last entry is a summary over the
run, no point of a curve.  Optimizer and schedule are in `training_args.bin`, a pickle, which is never opened.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.grouping import by_home
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.cost import at_once
from lrdoctor.reading.parsing.head import Head, look
from lrdoctor.reading.parsing.json_lines import json_object, number, numbers
from lrdoctor.reading.parsing.points import Points
from lrdoctor.reading.parsing.restarts import Attempt, join_attempts
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.records.run import HParam, Note, Run, Source

NAME = "hf-trainer"
STATE_FILE = "trainer_state.json"
MAX_COMPARED = 1 << 26  # bytes of the states that are compared with the one that goes furthest
MAX_ATTEMPTS = 50  # a history whose step falls more often was not written by one trainer after another
MAX_TRAININGS = 20  # of one output folder
MIN_OWN = 3  # losses of a training beside the one that goes furthest
SHARED = 0.5  # share of a state's losses that another's holds too, where one went on from the other's checkpoint
FACTS = ("max_steps", "num_train_epochs", "train_batch_size", "logging_steps", "eval_steps", "save_steps")

_CHECKPOINT = re.compile(r"(tmp-)?checkpoint[-_]?(\d+|best|last|latest|final)")
_GLOBAL_STEP = re.compile(r'"global_step"\s*:\s*(\d{1,15})\b')
_HISTORY = re.compile(r'"log_history"\s*:\s*\[')
_STEPPED = re.compile(r'"(global_)?step"\s*:')
_SUMMARY = frozenset({"train_loss", "train_runtime"})  # the speed alone may stand in every entry


@dataclass(frozen=True)
class _State:
    path: Path
    facts: Mapping[str, object]
    entries: Sequence[Mapping[str, object]]
    torn: bool

    def losses(self) -> set[str]:
        """Each training loss with its step, as text: NaN equals NaN there."""
        return {f"{entry.get('step')}: {entry['loss']}" for entry in self.entries if "loss" in entry}


def recognise(head: Head) -> str | None:
    """By `log_history` in an object that counts steps, or by a list of such entries, saved on its own."""
    text = head.text.lstrip()
    if text.startswith("{") and _HISTORY.search(text) and _STEPPED.search(text):
        return "log_history, as Hugging Face's trainers save it"
    if text.startswith("["):
        entry = _first_object(text)
        if entry is not None and {"step", "epoch"} <= entry.keys() and entry.keys() & {"loss", "eval_loss"}:
            return "a list of entries of Hugging Face's log_history"
    return None


def home(path: Path) -> Path:
    """The output folder, for a state in it and for those of its checkpoints; a state by another name stands alone."""
    if path.name != STATE_FILE:
        return path
    return path.parent.parent if _CHECKPOINT.fullmatch(path.parent.name) else path.parent


def read(source: Source) -> list[Run]:
    """A run for each training, as its furthest state tells it; raises `UnreadableError` where none holds a value."""
    states, notes = _trainings(source.files)
    settings, about_settings = companion_settings(source.companions)
    runs = []
    for state in states:
        own = list(notes)
        if state.torn:
            own.append(Note("torn-tail", f"{state.path.name} ends inside an entry: what comes before it was read"))
        by_step = any(number(entry.get("step")) is not None for entry in state.entries)
        series, found = join_attempts(_attempts(state.entries, "step" if by_step else "epoch"))
        if not series:
            continue
        facts = {key: _plain(value) for key in FACTS if (value := number(state.facts.get(key))) is not None}
        part = state.path.parent.name if len(states) > 1 and _CHECKPOINT.fullmatch(state.path.parent.name) else None
        name = run_name(home(state.path.absolute()), part=part)
        axis = "step" if by_step else "epoch"
        runs.append(Run(name, series, source, facts | settings, axis, [*own, *found, *about_settings]))
    if not runs:
        done = states[0].facts.get("global_step")
        steps = f" after {done:,} steps" if isinstance(done, int) and 0 < done < 10**12 else ""
        raise UnreadableError(f"a trainer state without a logged value{steps}: log more often, or give a later state")
    return runs


def _trainings(files: Sequence[Path]) -> tuple[list[_State], list[Note]]:
    """Of each training the state with the most steps that can be read, the furthest first, and what was left out."""
    kept: list[_State] = []
    known: list[set[str]] = []
    error: UnreadableError | None = None
    notes: list[Note] = []
    left = MAX_COMPARED
    for path in sorted(files, key=_progress, reverse=True):
        try:
            size = path.stat().st_size
            if kept and size > left:
                continue
            state = _load(path)
        except UnreadableError as found:
            error = error or found
            notes.append(Note("skipped", f"{_short(path)}: {found}"))
            continue
        left -= size if kept else 0
        told = state.losses()
        shared = [len(told & other) for other in known]
        if kept and (not told or max(shared) == len(told)):
            continue  # an earlier state
        if not kept or (max(shared) < SHARED * len(told) and len(told) >= MIN_OWN and len(kept) < MAX_TRAININGS):
            kept.append(state)
            known.append(told)
            continue
        text = f"{_short(path)} tells another training than {_short(kept[0].path)}, which goes further: left out"
        notes.append(Note("skipped", text))
    if not kept:
        raise error or UnreadableError("no trainer state: give a trainer_state.json")
    return kept, notes


def _progress(path: Path) -> tuple[int, int]:
    """Steps done, as the head says, then size: the final state has one entry more than the last checkpoint's."""
    head = look(path)
    match = _GLOBAL_STEP.search(head.text)
    return (int(match[1]) if match else 0), head.size


def _load(path: Path) -> _State:
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    torn = False
    try:
        state: object = json.loads(text)
    except RecursionError as error:
        raise UnreadableError("a trainer state nested too deep for any trainer: save it again") from error
    except ValueError:
        state, torn = _torn(text), True
    if isinstance(state, list):
        state = {"log_history": state}
    history = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(state, dict) or not isinstance(history, list):
        raise UnreadableError("a trainer state without the list log_history: save it again with trainer.save_state()")
    return _State(path, state, [entry for entry in history if isinstance(entry, dict)], torn)


def _torn(text: str) -> dict[str, object]:
    """What a state that breaks off, or is broken, says before that."""
    match = _HISTORY.search(text)
    end = match.end() if match else text.find("[") + 1
    entries: list[object] = []
    facts = (json_object(text[:end] + "]}") if match else None) or {}
    decoder = json.JSONDecoder()
    try:
        while (begin := re.compile(r"[\s,]*(?=\{)").match(text, end)) is not None:
            entry, end = decoder.raw_decode(text, begin.end())
            entries.append(entry)
    except (ValueError, RecursionError):
        pass
    return facts | {"log_history": entries}


def _attempts(entries: Iterable[Mapping[str, object]], clock: str) -> list[Attempt]:
    """Points of every attempt: where training goes on from an older checkpoint, the step falls for all tags at once."""
    attempts = [Points()]
    last = -float("inf")
    for entry in entries:
        step = number(entry.get(clock))
        if step is None or (entry.keys() >= _SUMMARY and "loss" not in entry):
            continue
        if step < last and len(attempts) < MAX_ATTEMPTS:
            attempts.append(Points())
        last = step
        for tag, value in numbers(entry):
            if tag != clock:
                attempts[-1].add(tag, step, value)
    return [Attempt(points.series()) for points in attempts if len(points)]


def _plain(value: float) -> HParam:
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _first_object(text: str) -> Mapping[str, object] | None:
    begin = text.find("{", 0, 100)
    try:
        return json.JSONDecoder().raw_decode(text, begin)[0] if begin > 0 else None
    except (ValueError, RecursionError):
        return None


def _short(path: Path) -> str:
    return f"{path.parent.name}/{path.name}" if _CHECKPOINT.fullmatch(path.parent.name) else path.name


READER = Reader(
    NAME,
    "Hugging Face trainer states (JSON)",
    recognise,
    read,
    group=by_home(home),
    cost=at_once,
    telling=r"trainer_state\.json",
)
