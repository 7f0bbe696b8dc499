"""Arms side by side: started as room comes free, given up when they are hopeless, ended whatever happens.

An arm is hopeless when it is not finite, or when it cannot catch up with the best arm of its seed any more: at one of
`LOOKS` its level stands above the best one's at the same step by `limits.REPLAY_GIVE_UP` standard errors beyond twice
what it gained by doubling its steps, or all of its last quarter stands above all that the best arm ever had, by the
whole of its range.  A loss that falls as a power of the steps, or more slowly, gains by
the next doubling no more than by the last one; the best arm is taken not to gain at all.
"""

import math
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lrdoctor import limits
from lrdoctor.records.run import Floats
from lrdoctor.replay.functions.arms import End, Job, Launcher, Outcome, Running, Trace, end_all
from lrdoctor.replay.functions.levels import HALF, Curve, level, memory, paired, part
from lrdoctor.replay.functions.output import MAX_OUTPUT, written
from lrdoctor.replay.safeguards.budget import Budget

PAUSE = 0.02  # seconds between two looks at all arms
LOOKS = (1 / 3, 1 / 2, 2 / 3, 5 / 6)  # of an arm, where it may be given up: every look more could err by chance
FEWEST = 12  # values before which it is not either
SAME = 0.02  # of what the best arm came down by: arms this near to it are not told apart
SIZED = 2.0  # seconds between two looks at how much an arm has written

Watch = Callable[[float, Floats], None]
"""Told an LR and the losses of its arm so far."""


@dataclass(eq=False)
class Lane:
    """An arm under way, and what it has shown."""

    running: Running
    folder: Path
    trace: Trace = field(default_factory=Trace)
    counted: int = 0
    looks: int = 0
    sized: float = 0.0

    @property
    def job(self) -> Job:
        """What it runs."""
        return self.running.job


@dataclass
class Race:
    """Runs jobs.

    Args:
        launcher: starts them.
        slots: how many at once.
        budget: counts their steps.
        watch: told of the progress.
        giving_up: whether arms that cannot catch up are ended.
    """

    launcher: Launcher
    slots: int
    budget: Budget
    watch: Watch
    giving_up: bool = True

    def run(self, jobs: Sequence[Job], before: Sequence[Outcome] = ()) -> list[Outcome]:
        """Outcomes in the order of the jobs; those that were never started are left out.

        Args:
            jobs: of one length.
            before: outcomes of that length that are compared with.
        """
        done: dict[Job, Outcome] = {}
        waiting, lanes = list(jobs), list[Lane]()
        root = Path(tempfile.mkdtemp(prefix="lrdoctor-replay-"))
        try:
            while (waiting and not self.budget.over) or lanes:
                while waiting and len(lanes) < self.slots and self._affordable(waiting[0], lanes):
                    lanes.append(self._start(waiting.pop(0), root))
                if not lanes:
                    break
                for lane in list(lanes):
                    rivals = [*before, *done.values()]
                    outcome = self._look(lane, rivals, [one for one in lanes if one is not lane])
                    if outcome is not None:
                        lane.running.end()
                        lanes.remove(lane)
                        done[lane.job] = outcome
                        if not before and shows_nothing(list(done.values())):
                            waiting.clear()  # nor will the others
                        shutil.rmtree(lane.folder, ignore_errors=True)
                if self.launcher.most != 1:
                    time.sleep(PAUSE)
        except KeyboardInterrupt:
            self.budget.stopped = "it was stopped by Ctrl-C"
        finally:
            end_all([lane.running for lane in lanes])
            shutil.rmtree(root, ignore_errors=True)
        return [done[job] for job in jobs if job in done]

    def _affordable(self, job: Job, lanes: Sequence[Lane]) -> bool:
        promised = sum(max(lane.job.steps - lane.counted, 0) for lane in lanes)
        return not self.budget.over and job.steps + promised <= self.budget.left + 1e-6

    def _start(self, job: Job, root: Path) -> Lane:
        folder = Path(tempfile.mkdtemp(prefix="arm-", dir=root))
        return Lane(self.launcher.start(job, folder), folder)

    def _look(self, lane: Lane, rivals: Sequence[Outcome], others: Sequence[Lane]) -> Outcome | None:
        """What came of an arm; None while it goes on."""
        code = lane.running.ended()  # before its values, so that none comes between
        lane.trace = lane.running.look(last=code is not None)
        self._count(lane, whole=code is not None)
        self.watch(lane.job.lr, lane.trace.loss)
        if not lane.trace.finite:
            return self._outcome(lane, "broke")
        if code is not None:
            return self._outcome(lane, "finished" if code == 0 else "failed")
        if self.budget.over:
            return self._outcome(lane, "stopped")
        if self._too_large(lane):
            return Outcome(lane.job, lane.trace, "failed", f"it wrote more than {MAX_OUTPUT / 1e6:.0f} MB")
        if self.giving_up and due(lane.trace, lane.job, rivals, lane.looks):
            lane.looks += 1
            if cannot_catch_up(lane.trace, lane.job, rivals, [(one.job, one.trace) for one in others]):
                return self._outcome(lane, "given up")
        return None

    def _outcome(self, lane: Lane, end: End) -> Outcome:
        return Outcome(lane.job, lane.trace, end, lane.running.said() if end == "failed" else "")

    def _count(self, lane: Lane, *, whole: bool) -> None:
        """Count an arm's steps as spent: all where it came to its end without an error, else what it logged."""
        seen = min(len(lane.trace.loss) or len(lane.trace.val), lane.job.steps)
        now = lane.job.steps if whole and lane.trace.finite else seen
        self.budget.trained += max(now - lane.counted, 0)
        lane.counted = max(now, lane.counted)

    def _too_large(self, lane: Lane) -> bool:
        now = time.monotonic()
        if now - lane.sized < SIZED:
            return False
        lane.sized = now
        return written(lane.folder) > MAX_OUTPUT


def shows_nothing(outcomes: Sequence[Outcome]) -> bool:
    """Whether the first arms tell that something else is wrong than their LRs."""
    return any(one.end == "finished" and one.trace.empty for one in outcomes) or (
        len(outcomes) > 1 and all(one.end == "failed" and one.trace.empty for one in outcomes)
    )


def compared(trace: Trace) -> Curve:
    """The curve that arms are compared by under way: validation losses where there are many, else the training's."""
    return (trace.val_step, trace.val) if len(trace.val) >= FEWEST else (trace.step, trace.loss)


def due(trace: Trace, job: Job, rivals: Iterable[Outcome], looks: int) -> bool:
    """Whether it is time to ask if an arm can catch up, after so many times that it was asked."""
    step, value = compared(trace)
    if len(value) < FEWEST or looks >= len(LOOKS):
        return False
    # Steps may be counted in epochs, or otherwise: what came to its end knows how far they go.
    ended = [compared(one.trace)[0] for one in rivals if one.end == "finished" and one.job.seed == job.seed]
    reach = max((float(steps[-1]) for steps in ended if len(steps)), default=float(job.steps - 1))
    return float(step[-1]) >= LOOKS[looks] * reach


def cannot_catch_up(trace: Trace, job: Job, rivals: Iterable[Outcome], running: Iterable[tuple[Job, Trace]]) -> bool:
    """Whether an arm is hopeless: see the head of this file."""
    step, value = compared(trace)
    if len(value) < FEWEST:
        return False
    now = float(step[-1])
    curves = [compared(one.trace) for one in rivals if one.end == "finished" and one.job.seed == job.seed]
    curves += [compared(other) for its, other in running if its.seed == job.seed]
    curves = [curve for curve in curves if len(curve[0]) >= FEWEST and curve[0][-1] >= now]
    levels = [(level(curve[0], curve[1], now), k) for k, curve in enumerate(curves)]
    best = min(((at, k) for at, k in levels if math.isfinite(at)), default=None)
    if best is None:
        return False
    ahead = curves[best[1]]
    remembers = memory([part(*one, now, HALF) for one in ((step, value), ahead)])
    gap, error = paired((step, value), ahead, now, remembers)
    gained = level(step, value, now / 2) - level(step, value, now)
    seen = ahead[1][np.isfinite(ahead[1])]
    if part(step, value, now).min() > seen.max() + np.ptp(seen) and not gap < 2 * gained:
        return True  # what blows up is noisy beyond measure
    if not (math.isfinite(gap) and math.isfinite(error) and math.isfinite(gained)):
        return False
    # Without any noise, what is as good in practice is not given up either.
    descent = SAME * max(float(ahead[1][:FEWEST].max()) - best[0], 0.0)
    return gap - limits.REPLAY_GIVE_UP * error > max(2 * gained, descent)
