"""What sixteen arms at once take beside one, what makes the host wait for the device, and whether the answer stays."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks.replay.task import Task
from lrdoctor.records.run import Floats
from lrdoctor.replay import replay
from lrdoctor.replay.plan import held_out
from lrdoctor.replay.recipe.schedule import schedule_of
from lrdoctor.replay.reruns.arms_at_once import train_together
from lrdoctor.replay.reruns.batches import Batches
from lrdoctor.replay.reruns.training import train
from lrdoctor.replay.reruns.workshop import Workshop
from lrdoctor.replay.safeguards.budget import Budget
from lrdoctor.replay.safeguards.device import choose, in_words

NAMES = ("transformer-markov-adamw", "cnn-textures-adamw")
ARMS, STEPS, EVERY = 16, 200, 10
BUDGET = 1_000  # of the replays whose answers are compared
# On a GPU: the most that the arms at once may take, as a multiple of one arm, and decades between the two answers:
# rounding alone can move one by a step or two of the belief's grid (0.05).
MOST, APART = 3.0, 0.1
# What a host that waits for the device calls; Adam reads its count of steps too, but that lies on the host.
WAITS = ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize", "Memcpy DtoH")


def report(tasks: Sequence[Task], device: str | None, repeats: int) -> Iterator[str]:
    """Three lines a task; bars hold for a GPU, elsewhere the numbers stand for themselves."""
    where = choose(device)
    yield f"{ARMS} arms of {STEPS} steps at once beside one, on {in_words(where)}"
    for task in (task for task in tasks if task.name in NAMES):
        shop, rates = workshop(task, where)
        one = partial(train, shop, rates[0], 0, held_out=held_out(STEPS), broken=never)
        many = partial(train_together, shop, rates, 0, held_out=held_out(STEPS), broken=never, every=EVERY)
        pairs = [(seconds(one, where), seconds(many, where)) for _ in range(repeats + 1)][1:]  # the first warms up
        ratios = [b / a for a, b in pairs]
        low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
        alone, at_once = (1000 * float(np.median([pair[k] for pair in pairs])) / STEPS for k in (0, 1))
        yield (
            f"{task.name:26} one {alone:.2f} ms a step, {ARMS} at once {at_once:.2f}: {middle:.2f} times "
            f"({low:.2f} to {high:.2f}){held(middle <= MOST, where, f'<= {MOST:g}')}"
        )
        waits = waited(many, where)
        told = ", ".join(f"{name} {count}" for name, count in waits.items() if count) or "none"
        looks = STEPS // EVERY
        yield (
            f"{'':26} the host waits in {STEPS} steps with {looks} looks at the losses: {told}"
            f"{held(sum(waits.values()) < STEPS, where, 'fewer than steps')}"
        )
        there, here = (replay(task.recipe(0), device=to, max_steps=BUDGET).suggested_lr for to in (str(where), "cpu"))
        if there is None or here is None:
            yield f"{'':26} no answer"
            continue
        apart = abs(float(np.log10(there / here)))
        yield (
            f"{'':26} suggested LR {there:.3g}, on the CPU {here:.3g}: {apart:.2f} decades apart"
            f"{held(apart <= APART, where, f'<= {APART:g}')}"
        )


def workshop(task: Task, where: torch.device) -> tuple[Workshop, list[Floats]]:
    """The task on the device, and the arms' LRs, a decade around its optimizer's own."""
    recipe = task.recipe(0)
    schedule = schedule_of(recipe)
    share = schedule.compressed(STEPS)
    rates = [schedule.peak * factor * share for factor in np.geomspace(0.3, 3, ARMS)]
    shop = Workshop(recipe, schedule, where, Batches(recipe, where, 1 << 28), Budget(10**9), lambda *_: None)
    return shop, rates


def never(_: Floats) -> bool:
    """No arm is given up."""
    return False


def seconds(work: Callable[[], object], where: torch.device) -> float:
    """Until the device has done it."""
    begun = time.perf_counter()
    work()
    if where.type == "cuda":
        torch.cuda.synchronize(where)
    return time.perf_counter() - begun


def waited(work: Callable[[], object], where: torch.device) -> dict[str, int]:
    """How often the host waited for the device, by what it called."""
    kinds = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if where.type == "cuda" else [])
    with profile(activities=kinds) as seen:
        work()
    counts = {event.key: event.count for event in seen.key_averages()}
    return {name: sum(count for key, count in counts.items() if key.startswith(name)) for name in WAITS}


def held(holds: bool, where: torch.device, bar: str) -> str:
    """The bar and whether it holds, where it is meant for the device."""
    return f"   {'holds' if holds else 'FAILS'} {bar}" if where.type == "cuda" else ""
