"""`python -m benchmarks.mutants`: put small faults into the code that decides, and see whether a test fails.

mutmut does it, in a copy of the tree under build/, with the files and tests that pyproject.toml names for it.
Stopped, it goes on where it was; after a change, mutants that survived are tried again, and those of changed functions.
Exit code 1 where fewer than `--least` are killed.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

OUT = Path("build/mutants")
COPIED = ("lrdoctor", "tests", "sample_logs", "pyproject.toml")
LEAST = 0.9  # share killed
# Exit codes of a mutant's tests as mutmut keeps them; None is not tried yet.
KILLED, TIMED_OUT, UNTESTED = {1, 3}, {24, -24, 36, 152, 255}, {5, 33}


def main() -> int:
    """Run what is left to run and print the table; 1 where too few mutants are killed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="where the copied tree and the results go")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--least", type=float, default=LEAST, help="share of the mutants that has to be killed")
    parser.add_argument("--table", action="store_true", help="print what is known, and run nothing")
    parser.add_argument("names", nargs="*", help="mutants, as lrdoctor.inference.advice*; all without any")
    options = parser.parse_args()
    if not options.table:
        copy(options.out)
        run(options.out, options.workers, options.names)
    found = results(options.out / "mutants")
    print(table(found))
    return 0 if killed_share(sum(found.values(), Counter())) >= options.least else 1


def copy(out: Path) -> None:
    """Bring the copied tree up to date; where anything in it changed, what survived is to be tried again."""
    out.mkdir(parents=True, exist_ok=True)
    seen, before = digest(Path()), out / "digest"
    if before.exists() and before.read_text() == seen:
        return
    for name in COPIED:
        # mutmut never takes away what it copied itself.
        for old in (out / name, *((out / "mutants" / name,) if name in {"tests", "sample_logs"} else ())):
            shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
        into = out / name
        if Path(name).is_dir():
            shutil.copytree(name, into, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(name, into)
    (out / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)  # which test runs which function
    for path in (out / "mutants").rglob("*.meta"):
        kept = json.loads(path.read_text())
        codes = kept["exit_code_by_key"]
        kept["exit_code_by_key"] = {name: code if code in KILLED else None for name, code in codes.items()}
        path.write_text(json.dumps(kept))
    before.write_text(seen)


def digest(root: Path) -> str:
    """A checksum of everything that is copied."""
    total = hashlib.sha256()
    for name in COPIED:
        for path in sorted(p for p in [root / name, *(root / name).rglob("*")] if p.is_file()):
            if "__pycache__" not in path.parts:
                total.update(str(path).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def run(out: Path, workers: int, names: list[str]) -> None:
    """Let mutmut try the mutants that have no result; its log, which redraws one line for ever, goes into a file."""
    log = (out / "log").resolve()
    print(f"running: tail -c 80 {log} shows how far it is", flush=True)
    command = [str(Path(sys.executable).parent / "mutmut"), "run", "--max-children", str(workers), *names]
    with log.open("wb") as written:
        done = subprocess.run(command, cwd=out, stdout=written, stderr=subprocess.STDOUT, check=False)  # noqa: S603
    if done.returncode:
        last = log.read_text(errors="replace").replace("\r", "\n").splitlines()[-30:]
        raise SystemExit("\n".join(["mutmut failed:", *last]))


def results(mutants: Path) -> dict[str, Counter[str]]:
    """By file how many mutants were killed, timed out, survived, have no test, or are left."""
    found: dict[str, Counter[str]] = {}
    for path in sorted(mutants.rglob("*.meta")):
        codes = json.loads(path.read_text())["exit_code_by_key"].values()
        if codes:
            found[str(path.relative_to(mutants)).removesuffix(".meta")] = Counter(map(kind, codes))
    return found


def kind(code: int | None) -> str:
    """What came of a mutant.

    >>> kind(1), kind(0), kind(None)
    ('killed', 'survived', 'left')
    """
    if code is None:
        return "left"
    if code in KILLED:
        return "killed"
    return "timeout" if code in TIMED_OUT else "untested" if code in UNTESTED else "survived"


def killed_share(counts: Mapping[str, int]) -> float:
    """Killed ones among all mutants; one that never ends is noticed too.

    >>> killed_share({"killed": 8, "timeout": 1, "survived": 1})
    0.9
    """
    total = sum(counts.values())
    return (counts.get("killed", 0) + counts.get("timeout", 0)) / total if total else 0.0


def table(found: Mapping[str, Counter[str]]) -> str:
    """A row for each file and one for all of them."""
    kinds = ("killed", "timeout", "survived", "untested", "left")
    rows = [*found.items(), ("all", sum(found.values(), Counter()))]
    head = ["| file | mutants | " + " | ".join(kinds) + " | share killed |", "|---" * (len(kinds) + 3) + "|"]
    return "\n".join(
        head
        + [
            f"| {name} | {sum(c.values())} | {' | '.join(str(c[k]) for k in kinds)} | {killed_share(c):.3f} |"
            for name, c in rows
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
