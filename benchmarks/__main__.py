"""Accuracy of lrdoctor on labelled sweeps, beside what a user would do without it.

    python -m benchmarks [--sweeps FILE ...] [--out DIR]     the tables; DIR/FAMILY.json are fitted without that family
    python -m benchmarks ship [--sweeps FILE ...]            fit on everything, for lrdoctor/inference/posterior.json
    python -m benchmarks compare [--sweeps FILE ...]         other ways to fit the same signs
    python -m benchmarks findings [--sweeps FILE ...]        how often each finding is made, by true verdict
    python -m benchmarks worth [--sweeps FILE ...]           what following the advice is said to be worth, and was
    python -m benchmarks draws [--sweeps FILE ...]           sweeps of 3, 5 and 10 runs drawn at random
    python -m benchmarks divergence [--sweeps FILE ...]      how often "divergent" is right, and never on noise
    python -m benchmarks noise                               what is said of series of noise about a level
    python -m benchmarks speed                               milliseconds a diagnosis of 5,000 points in memory
    python -m benchmarks folder                              seconds of 10 to 1,000 runs, beside large settings or none

The corpus (benchmarks/corpus/data) is always used; `--sweeps` adds files of real sweeps that the project does not
contain.  Every figure is for families that the tables were not fitted on; `worth` and `draws` take the tables that the
first command left in DIR.  `--write` keeps what `findings` and `worth` find for the package.
"""

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import baselines, divergence, draws, finding_rates, log_doctors, noise, worth
from benchmarks.accuracy import FITTED_VARIANTS, answers, examined, folds, prescriber
from benchmarks.calibration import reliability
from benchmarks.compare import compare
from benchmarks.fitting import Penalty, export
from benchmarks.folder import folder_table
from benchmarks.measured import measured
from benchmarks.metrics import Scores, confusion, score, sweeps
from benchmarks.rows import VARIANTS, Row, corpus_rows, families, load_rows
from benchmarks.speed import ratios, speed
from lrdoctor.inference.tables import Tables, load_tables
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.kind import Kind
from lrdoctor.vocabulary.customary import customary
from lrdoctor.vocabulary.model_kind import TrainingKind
from lrdoctor.vocabulary.optimizers import normalised_optimizer

# Log-factors are divided by them, of logs with their beginning and without: on unseen families the interval is then
# narrow and holds about its share, and what is said at 0.8 and above is right as often, whole domains unseen.
TEMPERATURES = (1.37, 2.0)
COMMANDS = ["judge", "ship", "compare", "speed", "folder", "findings", "worth", "draws", "divergence", "noise"]


def main() -> None:
    """Fit, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", nargs="?", choices=COMMANDS, default="judge")
    parser.add_argument("--sweeps", type=Path, nargs="*", default=[], help="files of labelled sweeps to add")
    parser.add_argument(
        "--guards", type=Path, nargs="*", default=[], help="files of labelled sweeps to judge, not to fit"
    )
    parser.add_argument("--out", type=Path, default=Path("build/posterior"), help="where the fold's tables go")
    parser.add_argument("--write", action="store_true", help="findings, worth: keep the result in the package")
    asked = parser.parse_args()
    if asked.command == "speed":
        print(speed(), *ratios(), sep="\n")
        return
    if asked.command == "folder":
        print(folder_table())
        return
    if asked.command == "noise":
        print(*noise.report(), sep="\n")
        return
    corpus = corpus_rows()
    outside = {file.stem: load_rows([file]) for file in asked.sweeps}
    everything = [*(row for rows in outside.values() for row in rows), *corpus]
    elsewhere = frozenset(row.family for rows in outside.values() for row in rows)
    if asked.command == "divergence":
        for name, rows in {**outside, "corpus": corpus}.items():
            print(f"\n## {name}", *divergence.labelled(rows), sep="\n")
        print("\n## noise about a level", *divergence.noise(), sep="\n")
        return
    if asked.command == "compare":
        for name, rows in {**outside, "corpus": corpus}.items():
            print(f"\n## {name}: {len(rows)} runs, each family unseen by its fit")
            print(*compare(everything, measured(everything, "full"), elsewhere, frozenset(families(rows))), sep="\n")
        return
    if asked.command in {"findings", "worth", "draws"}:
        REPORTS[asked.command](outside, corpus, asked.out, write=asked.write)
        if asked.command == "draws":
            report_coarse_draws(asked.sweeps, asked.out)
        return
    if asked.command == "ship":
        sources = {name: rows for name, rows in {**outside, "benchmarks/corpus": corpus}.items() if rows}
        whole = folds(everything, Penalty(), TEMPERATURES, elsewhere, left_out={})["all"]
        export(replace(whole, provenance=_provenance(sources)), Path("lrdoctor/inference/posterior.json"))
        return
    domains = {f"without-{name}": frozenset(families(rows)) for name, rows in outside.items()}
    left_out = {**{family: frozenset({family}) for family in families(everything)}, **domains}
    tables = folds(everything, Penalty(), TEMPERATURES, elsewhere, left_out)
    for family, fitted in tables.items():
        export(fitted, asked.out / f"{family}.json")
    for name, rows in {**outside, "corpus": corpus}.items():
        judge(name, rows, tables)
    for name, rows in outside.items():
        judge_domain(name, rows, tables[f"without-{name}"])
    for file in asked.guards:
        judge_domain(file.stem, load_rows([file]), tables["all"])


def report_findings(outside: Mapping[str, Sequence[Row]], corpus: Sequence[Row], _out: Path, *, write: bool) -> None:
    """Print how often each finding is made."""
    rows = [*(row for rows in outside.values() for row in rows), *corpus]
    cases = examined(rows, "full")
    found = finding_rates.rates(rows, cases)
    print(f"## {len(rows)} runs of {len(sweeps(rows))} sweeps")
    print(*finding_rates.table(rows, found), sep="\n")
    print(*finding_rates.grounds(rows, cases), sep="\n")
    if write:
        finding_rates.write_rates(rows, found, [*outside, "benchmarks/corpus"])


def report_worth(outside: Mapping[str, Sequence[Row]], corpus: Sequence[Row], out: Path, *, write: bool) -> None:
    """Print how well the worth of advice was foretold, families unseen."""
    rows = [*(row for rows in outside.values() for row in rows), *corpus]
    fitted = {}
    for target, pairs in worth.pairs_of(rows, kept(rows, out)).items():
        quantiles, widened = worth.unseen(pairs)
        print(f"\n## {target}: log10 of the next run's over this run's\n{'':20}{worth.HEADER}")
        for name, those in {**outside, "corpus": corpus}.items():
            mine = np.isin(pairs.sweep, list(sweeps(those)))
            print(f"{name:20}{worth.check(pairs, quantiles, widened, mine)}", flush=True)
        for family in np.unique(pairs.family):
            print(f"  {family:18}{worth.check(pairs, quantiles, widened, pairs.family == family)}")
        outer = worth.widening(worth.missed(quantiles, pairs.target), pairs.weight, len(np.unique(pairs.family)))
        fitted[target] = replace(worth.fit(pairs), widened=outer)
    if write:
        worth.write(fitted, _counted({**outside, "benchmarks/corpus": corpus}))


def report_draws(outside: Mapping[str, Sequence[Row]], corpus: Sequence[Row], out: Path, *, write: bool) -> None:
    """Print how often a drawn sweep's suggestion is in the band, families unseen."""
    assert not write, "draws: nothing is kept of it"
    for name, rows in {**outside, "corpus": corpus}.items():
        tables, cases = kept(rows, out), examined(rows, "full")
        each = max(5, 4000 // len(sweeps(rows)))
        print(f"\n## {name}: up to {each} draws of each sweep, at least one run within a decade of the band")
        print(draws.Draws.HEADER)
        for size in draws.SIZES:
            print(draws.judge_draws(rows, cases, tables, size, each).line(), flush=True)


def report_coarse_draws(files: Sequence[Path], out: Path) -> None:
    """Print the same for the files' sweeps, where an LR next to the best one counts, as on grids of a factor of two."""
    for file in files:
        rows = load_rows([file])
        tables, cases, best = kept(rows, out), examined(rows, "full"), draws.best_lrs([file])
        print(f"\n## {file.stem}: in the band, or next to the best grid point")
        print(draws.CoarseDraws.HEADER)
        for size in draws.SIZES:
            print(draws.judge_coarse_draws(rows, cases, tables, best, size).line(), flush=True)


REPORTS = {"findings": report_findings, "worth": report_worth, "draws": report_draws}


def kept(rows: Sequence[Row], out: Path) -> dict[str, Tables]:
    """The tables fitted without each family, as the first command left them."""
    missing = [family for family in families(rows) if not (out / f"{family}.json").exists()]
    if missing:
        raise SystemExit(f"no tables of {', '.join(missing)} in {out}: run `python -m benchmarks --out {out}` first")
    return {family: load_tables(out / f"{family}.json") for family in families(rows)}


def _counted(sources: Mapping[str, Sequence[Row]]) -> dict[str, str]:
    return {name: f"{len(rows)} runs of {len(sweeps(rows))} sweeps" for name, rows in sources.items() if rows}


def _provenance(sources: Mapping[str, Sequence[Row]]) -> dict[str, object]:
    return {
        "method": "penalised log-linear model of (low, high), additive in the signs; PyTorch L-BFGS",
        "command": "python -m benchmarks ship",
        "runs": _counted(sources),
        "families": sorted({row.family for rows in sources.values() for row in rows}),
        "variants": list(FITTED_VARIANTS),
    }


def customary_of(rows: Sequence[Row], cases: Sequence[Case]) -> Callable[[Row], float | None]:
    """What is customary for a row's optimizer and kind of training, as far as its log shows the latter."""
    kinds = {row.sweep: case.kind for row, case in zip(rows, cases, strict=True)}

    def found(row: Row) -> float | None:
        language = kinds[row.sweep] is Kind.LANGUAGE_MODEL
        kind = TrainingKind.LANGUAGE_MODEL if language else TrainingKind.UNKNOWN
        named = normalised_optimizer(row.optimizer.replace("-", " ")) or ""
        heavy = named == "SGD" and re.search("momentum|nesterov", row.optimizer, re.IGNORECASE)
        said = customary("SGD+momentum" if heavy else named, kind, None, row.batch_size)
        return None if said is None else said.lr

    return found


def judge_domain(name: str, rows: Sequence[Row], tables: Tables) -> None:
    """Print what is said of sweeps by tables that saw none of their domain."""
    print(f"\n## {name}: the whole domain unseen by its fit")
    print(f"{'variant':12} {'who':17} {Scores.HEADER}")
    alike = dict.fromkeys(families(rows), tables)
    for variant in VARIANTS:
        cases = examined(rows, variant)
        said = answers(rows, cases, alike)
        print(f"{variant:12} {'lrdoctor':17} {score(rows, said, prescriber(rows, cases, alike, said, variant)).line()}")
        if variant == "full":
            print("reliability: stated probability of a verdict, its frequency, how often stated")
            for low, stated, seen, count in reliability(rows, said):
                print(f"  {low:.1f}..{low + 0.1:.1f}   {stated:.3f}   {seen:.3f}   {count}", flush=True)


def judge(name: str, rows: Sequence[Row], tables: dict[str, Tables]) -> None:
    """Print the tables of one set of sweeps."""
    counts = f"{len(rows)} runs, {len(sweeps(rows))} sweeps, {len(families(rows))} families"
    print(f"\n## {name}: {counts}, each family unseen by its fit")
    print(f"{'variant':12} {'who':17} {Scores.HEADER}")
    for variant in VARIANTS:
        cases = examined(rows, variant)
        said = answers(rows, cases, tables)
        ours = score(rows, said, prescriber(rows, cases, tables, said, variant))
        print(f"{variant:12} {'lrdoctor':17} {ours.line()}", flush=True)
        for who, tool in (("customary LR", baselines.customary), ("times ten", baselines.times_ten)):
            theirs = tool(rows, variant)
            print(f"{variant:12} {who:17} {score(rows, theirs, baselines.one_by_one(rows, theirs)).line()}", flush=True)
        if variant == "full":
            for who in log_doctors.DOCTORS:
                theirs = log_doctors.log_doctor(who, rows, variant)
                print(f"{'':12} {who:17} {score(rows, theirs, baselines.one_by_one(rows, theirs)).line()}", flush=True)
            theirs = baselines.informed(rows, variant, customary_of(rows, cases))
            print(f"{'':12} {'informed custom':17} {score(rows, theirs, baselines.one_by_one(rows, theirs)).line()}")
            theirs = baselines.forest(rows, measured(rows, variant))
            print(f"{'':12} {'forest':17} {score(rows, theirs, baselines.one_by_one(rows, theirs)).line()}")
            theirs, search = baselines.perfect_verdicts(rows)
            print(f"{'':12} {'perfect verdicts':17} {score(rows, theirs, search).line()}", flush=True)
            whole, whole_said = ours, said
    print("\nby family (full):")
    print(f"{'':30} {Scores.HEADER}")
    cases = examined(rows, "full")
    for family in families(rows):
        part = [i for i, row in enumerate(rows) if row.family == family]
        few, those, said = [rows[i] for i in part], [cases[i] for i in part], [whole_said[i] for i in part]
        print(f"{family:30} {score(few, said, prescriber(few, those, tables, said, 'full')).line()}")
    print(f"{'all':30} {whole.line()}")
    print("\nconfusions (full), truth down, said across:\n" + confusion(rows, whole_said))
    print("\nreliability (full): stated probability of a verdict, its frequency, how often stated")
    for low, stated, seen, count in reliability(rows, whole_said):
        print(f"  {low:.1f}..{low + 0.1:.1f}   {stated:.3f}   {seen:.3f}   {count}")
    print(f"median width of the bands: {np.median([row.high - row.low for row in rows]):.2f} decades")


if __name__ == "__main__":
    main()
