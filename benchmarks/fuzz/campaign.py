"""Very many inputs, in pieces that can be taken up again, in processes that may hang or die."""

import json
import multiprocessing
import os
import resource
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import gettempdir

from benchmarks.fuzz.one import SECONDS, Outcome, outcome
from benchmarks.fuzz.seeds import Seed, digest

PIECE = 500  # inputs
MOST_BYTES = 1 << 30  # of address space, beyond what the libraries take
PATIENCE = 12 * SECONDS  # seconds without a word from a process: it hangs where no signal is heard
FINE = ("read", "refused")


def run(
    all_seeds: Sequence[Seed], total: int, seed: int, workers: int, out: Path, *, fresh: bool
) -> list[dict[str, object]]:
    """Read `total` inputs, those of pieces already done left out; a line for each piece, old ones included."""
    results = out / f"pieces-{digest(all_seeds)}-{seed}.jsonl"
    if fresh:
        results.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    known = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    begun = {int(str(piece["first"])) for piece in known}
    waiting = [first for first in range(0, total, PIECE) if first not in begun]
    pool = [_Worker(all_seeds, seed, out, number) for number in range(min(workers, len(waiting)))]
    started, before = time.monotonic(), len(waiting)
    try:
        while waiting or any(worker.busy for worker in pool):
            for worker in pool:
                if not worker.busy and waiting:
                    first = waiting.pop(0)
                    worker.give(first, min(first + PIECE, total))
                done = worker.poll()
                if done is not None:
                    known.append(done)
                    with results.open("a") as file:
                        file.write(json.dumps(done) + "\n")
                    _say(known, before - len(waiting), before, time.monotonic() - started)
            time.sleep(0.02)
    finally:
        for worker in pool:
            worker.end()
    return [piece for piece in known if int(str(piece["first"])) < total]


class _Worker:
    """A process that reads inputs one by one, and is replaced where it hangs or dies."""

    def __init__(self, all_seeds: Sequence[Seed], seed: int, out: Path, number: int) -> None:
        self._seeds, self._seed, self._out = all_seeds, seed, out
        memory = Path("/dev/shm")  # noqa: S108 - where there is one, no disk is worn out
        self._folder = Path(memory if memory.is_dir() else gettempdir(), f"lrdoctor-fuzz-{os.getpid()}-{number}")
        self._process: multiprocessing.Process | None = None
        self._start()

    def _start(self) -> None:
        self._end, other = multiprocessing.Pipe()
        self._process = multiprocessing.Process(
            target=_work, args=(self._seeds, self._seed, self._folder, other), daemon=True
        )
        self._process.start()
        other.close()
        self._heard = time.monotonic()
        self.busy = False

    def give(self, first: int, stop: int) -> None:
        """Have it read these inputs."""
        self._first, self._next, self._stop = first, first, stop
        self._counts: Counter[str] = Counter()
        self._found: list[dict[str, object]] = []
        self.busy = True
        self._heard = time.monotonic()
        self._end.send((first, stop))

    def poll(self) -> dict[str, object] | None:
        """Hear what it says; the piece's result once it is whole."""
        assert self._process is not None
        if not self.busy:
            return None
        try:
            while self._next < self._stop and self._end.poll():
                self._hear(self._end.recv())
        except (EOFError, OSError):
            self._lost("died")
        if self._next < self._stop and time.monotonic() - self._heard > PATIENCE:
            self._lost("hang")
        if self._next < self._stop:
            return None
        self.busy = False
        return {"first": self._first, "stop": self._stop, "counts": dict(self._counts), "found": self._found}

    def _hear(self, one: Outcome) -> None:
        self._heard = time.monotonic()
        self._counts[f"{one.reader} {one.kind}"] += 1
        if one.kind not in FINE:
            where = self._out / "findings" / f"{one.reader}-{self._next}"
            shutil.rmtree(where, ignore_errors=True)
            shutil.copytree(self._folder, where)
            self._found.append({"number": self._next, "reader": one.reader, "kind": one.kind, "detail": one.detail})
        self._next += 1
        if self._next < self._stop:
            self._end.send(None)

    def _lost(self, kind: str) -> None:
        """Note the input that it died of, and go on with the next in a new process."""
        from benchmarks.fuzz.one import chosen

        assert self._process is not None
        self._process.kill()
        self._process.join()
        code = self._process.exitcode
        first, stop, counts, found, here = self._first, self._stop, self._counts, self._found, self._next
        self._start()
        self._first, self._stop, self._counts, self._found, self._next = first, stop, counts, found, here
        self.busy = True
        if here + 1 < stop:
            self._end.send((here + 1, stop))
        reader = chosen(self._seeds, here, self._seed)[0].reader
        self._counts[f"{reader} {kind}"] += 1
        self._found.append({"number": here, "reader": reader, "kind": kind, "detail": f"exit code {code}"})
        self._next = here + 1

    def end(self) -> None:
        """Stop it, and remove what it wrote."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        shutil.rmtree(self._folder, ignore_errors=True)


def _work(all_seeds: Sequence[Seed], seed: int, folder: Path, end: Connection) -> None:
    """The process' life: pieces come, outcomes go, each after the one before was saved."""
    outcome(all_seeds, 0, seed, folder)  # imports what reading imports, before the limit
    pages = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (pages + MOST_BYTES, pages + MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        first, stop = end.recv()
        for number in range(first, stop):
            end.send(outcome(all_seeds, number, seed, folder))
            if number + 1 < stop:
                end.recv()


def _say(known: Sequence[dict[str, object]], done: int, total: int, seconds: float) -> None:
    bad = sum(len(piece["found"]) for piece in known if isinstance(piece["found"], list))
    print(f"{done * PIECE:,} of {total * PIECE:,} inputs, {bad} findings, {seconds:.0f} s", flush=True)
