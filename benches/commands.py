#!/usr/bin/env python3
"""Whole commands beside what the same work costs at least: a table of ratios.

    python3 -m venv venv && venv/bin/pip install -r benches/peers/requirements.txt
    cargo build --release
    venv/bin/python benches/commands.py                              1e3 and 1e5 terms
    venv/bin/python benches/commands.py --sizes 1e3,1e5,1e6 --runs 3 on a machine with nothing else to do
    venv/bin/python benches/commands.py --build --instructions       what building costs, and the kernels in instructions

Each size has an account of `termwise simulate` (Parquet, `--weeks` weeks), which stays in `--work` for the next run. Every
command runs as a process of its own that writes all it writes; its floor runs in the same turn. Floors:

  Polars     a Python process that scans the same file, streaming, with two threads, and sums it by term, campaign and week
  exp        one pass of NumPy's `exp` over as many doubles as there are curves (in seconds of the loop alone)
  NumPy      the same method as `allocate` (peers/numpy_newton.py), solving alone, beside the seconds of the certificate
  NumPy EB   a plug-in empirical-Bayes fit of one flat period with quantiles (peers/numpy_bayes.py), beside the whole `fit`

Printed are the best of `--runs`: seconds, seconds of processor time, largest memory, seconds over the floor's, and the
exponent with which processor time grows from the size before (1: in proportion; the smallest size is mostly start-up).
Where other work runs beside it, seconds say little, processor time a little more, and only the ratios of one run something.
"""

import os

for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[threads] = "1"

import sys

sys.dont_write_bytecode = True  # the repository stays as it is

import argparse
import json
import math
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ["simulate", "check", "fit", "fit-flat", "allocate", "recommend", "backtest", "scenarios"]
SUMS = ["impressions", "clicks", "cost", "conversions", "revenue"]
SCENARIOS = """\
[[scenarios]]
name = "a fifth less"
budget_change = -0.2

[[scenarios]]
name = "a fifth more"
budget_change = 0.2

[[scenarios]]
name = "clicks a tenth dearer"
[[scenarios.change]]
cpc = 1.1
"""
# benches of which two runs are counted, that differ by one call
KERNELS = {
    "allocate, certified, 1,000 curves": ("instructions", ["certified", 1000]),
    "allocate, spends alone, 1,000 curves": ("instructions", ["spend-only", 1000]),
    "allocate, rounding to cents, 1,000 curves": ("instructions", ["round-to-cents", 1000]),
    "allocate, certified, 100,000 curves": ("instructions", ["certified", 100_000]),
    "fit, one flat period, 20,000 terms": ("estimates", ["--terms", 20_000, "--rows", 1, "--runs"]),
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/termwise")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "termwise-commands")
    parser.add_argument("--sizes", default="1e3,1e5", help="terms, as 1e3,1e5,1e6")
    parser.add_argument("--weeks", type=int, default=26)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--folds", type=int, default=4, help="periods that `backtest` forecasts")
    parser.add_argument("--commands", default=",".join(COMMANDS))
    parser.add_argument(
        "--build", action="store_true", help="also builds the engine alone from nothing, and says how long it takes"
    )
    parser.add_argument(
        "--instructions", action="store_true", help="also counts the kernels' instructions (needs valgrind)"
    )
    parser.add_argument("--peer", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peer:
        return given
    given.sizes = sorted(int(float(size)) for size in given.sizes.split(","))
    given.commands = given.commands.split(",")
    unknown = [name for name in given.commands if name not in COMMANDS]
    if unknown:
        parser.error(f"no command {', '.join(unknown)}: they are {', '.join(COMMANDS)}")
    if given.instructions and not shutil.which("valgrind"):
        parser.error("instructions are counted by valgrind: `apt-get install -y valgrind`")
    given.binary = given.binary.resolve()
    if not given.binary.is_file():
        parser.error(f"no binary at {given.binary}: run `cargo build --release`, or give --binary PATH")
    return given


class Figures:
    """Seconds, processor seconds and GB of a process."""

    def __init__(self, seconds, busy, memory, output=b""):
        self.seconds, self.busy, self.memory, self.output = seconds, busy, memory, output


def timed(command):
    begin = time.perf_counter()
    run = subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, env=os.environ | {"POLARS_MAX_THREADS": "2"}
    )
    output = run.stdout.read()
    _, status, usage = os.wait4(run.pid, 0)
    seconds = time.perf_counter() - begin
    run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {run.returncode}")
    return Figures(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e6, output)


def best(runs, *commands):
    """The best figures of each command, in turns."""
    found = [[timed(command) for command in commands] for _ in range(runs)]
    return [min(column, key=lambda figures: figures.seconds) for column in zip(*found)]


def make(what, source, *places):
    """Inputs: the flat table of one period, or curves and a budget."""
    if what == "flat":
        import polars as pl

        counts = [pl.col(name).sum().cast(pl.Int64) for name in ("clicks", "conversions")]
        sums = pl.scan_parquet(source).group_by("term", "match_type", "campaign", "ad_group").agg(counts)
        # one flat group of whole numbers, as the peer has it
        number = pl.int_range(pl.len()).cast(pl.String).alias("term")
        sums = sums.select(number, "clicks", pl.min_horizontal("clicks", "conversions").alias("conversions"))
        return sums.collect(engine="streaming").write_parquet(places[0])
    sys.path.insert(0, str(ROOT / "benches/peers"))
    from allocate import Problem

    problem = Problem(int(source))
    problem.write(places[0])
    return Path(places[1]).write_text(repr(problem.budget))


def peer(what, path, *more):
    """Runs in a process of its own; prints seconds of the work itself where start-up would hide it."""
    if more:
        return make(what, path, *more)
    if what == "polars":
        import polars as pl

        scan = pl.scan_parquet(path).group_by("term", "match_type", "campaign", "ad_group", "week")
        table = scan.agg(pl.col(name).sum() for name in SUMS).collect(engine="streaming")
        return print(table.height)
    import numpy as np

    sys.path.insert(0, str(ROOT / "benches/peers"))
    if what == "exp":
        x = np.random.default_rng(1).standard_normal(int(path))
        out = np.empty_like(x)
        work = lambda: np.exp(x, out=out)
    elif what == "newton":
        import allocate
        import numpy_newton

        problem = allocate.Problem(int(path))
        work = allocate.in_numpy(numpy_newton)(problem)
    else:
        import numpy_bayes
        import polars as pl

        table = pl.read_parquet(path, columns=["clicks", "conversions"])
        columns = [table[name].to_numpy() for name in ("clicks", "conversions")]
        work = lambda: numpy_bayes.fit(*columns)
    seconds = []
    for _ in range(3):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return print(min(seconds))


class Account:
    """An account of one size with what is made of it."""

    def __init__(self, given, terms):
        self.given, self.terms = given, terms
        self.folder = given.work / f"{terms}x{given.weeks}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.table = self.folder / "account" / "account.parquet"
        self.flat, self.curves = self.folder / "flat.parquet", self.folder / "curves.csv"
        self.out, self.budget = self.folder / "out", self.folder / "budget"
        self.simulate = [
            "simulate",
            "--terms",
            terms,
            "--weeks",
            given.weeks,
            "--seed",
            1,
            "--parquet",
            "-q",
            "--force",
            "--out",
            self.table.parent,
        ]
        (self.folder / "scenarios.toml").write_text(SCENARIOS)

    def prepare(self, commands):
        if not self.table.exists() and commands != ["allocate"]:
            subprocess.run(list(map(str, [self.given.binary, *self.simulate])), check=True)
        # in processes of their own: the memory of this one would count as that of every command it starts
        script = [sys.executable, __file__, "--peer"]
        if "fit-flat" in commands and not self.flat.exists():
            timed([*script, "flat", self.table, self.flat])
        if "allocate" in commands and not self.budget.exists():
            timed([*script, "curves", self.terms, self.curves, self.budget])

    def clear(self):
        """Takes away what a command wrote, a folder or a file."""
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.unlink(missing_ok=True)

    def command(self, name):
        """What is typed, and the floor's name and arguments."""
        given, table = self.given, self.table
        polars = ("Polars", "polars", table)
        self.clear()
        out = ["--quiet", "--force", "--out", self.out]
        return {
            "simulate": lambda: (self.simulate, polars),
            "check": lambda: (["check", table, "--quiet"], polars),
            "fit": lambda: (["fit", table, *out], polars),
            "fit-flat": lambda: (["fit", self.flat, *out], ("NumPy EB", "bayes", self.flat)),
            "allocate": lambda: (
                ["allocate", self.curves, "--budget", self.budget.read_text(), "--json", "--quiet", "--out", self.out],
                ("NumPy", "newton", self.terms),
            ),
            "recommend": lambda: (["recommend", table, *out], polars),
            "backtest": lambda: (["backtest", table, "--folds", given.folds, *out], polars),
            "scenarios": lambda: (["scenarios", table, "--config", self.folder / "scenarios.toml", *out], polars),
        }[name]()


def row(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def seconds(value):
    return f"{value * 1e3:.3g} ms" if value < 1 else f"{value:.3g} s"


def measure(given):
    row("command", "terms", "time", "processor", "memory", "over its floor", "growth")
    row(*["---"] * 7)
    before = {}
    for terms in given.sizes:
        account = Account(given, terms)
        account.prepare(given.commands)
        script = [sys.executable, __file__, "--peer"]
        for name in given.commands:
            words, (label, what, on) = account.command(name)
            own, floor = best(given.runs, [given.binary, *words], [*script, what, on])
            # peers that are NumPy tell the seconds of the work alone
            least = floor.seconds if what == "polars" else float(floor.output)
            ratios = [f"{own.seconds / least:.2f} × {label}"]
            if name == "allocate":
                solving = json.loads(own.output)["plan"]["certificate"]["seconds"]
                exp = float(timed([*script, "exp", terms]).output)
                ratios = [f"solving {seconds(solving)}: {solving / least:.2f} × {label}, {solving / exp:.1f} × exp"]
            growth = ""
            if name in before:
                smaller, busy = before[name]
                growth = f"{math.log(own.busy / busy) / math.log(terms / smaller):.2f}"
            before[name] = (terms, own.busy)
            row(
                name,
                f"{terms:,}",
                seconds(own.seconds),
                seconds(own.busy),
                f"{own.memory * 1e3:.0f} MB",
                ratios[0],
                growth,
            )
        account.clear()


def facts(given):
    """What does not depend on data."""
    start = sorted(timed([given.binary, "--help"]).seconds for _ in range(20))[10]
    print(f"\nstart-up (`--help`): {seconds(start)}")
    print(f"binary: {given.binary.stat().st_size / 1e6:.1f} MB")
    for what, flags in (("all", []), ("the engine alone", ["--no-default-features"])):
        tree = ["cargo", "tree", "--locked", "-e", "normal", "--prefix", "none", *flags]
        done = subprocess.run(tree, cwd=ROOT, capture_output=True, text=True, check=True)
        crates = {" ".join(line.split()[:2]) for line in done.stdout.splitlines() if line.strip()}
        print(f"crates, {what}: {len(crates) - 1}")


def build():
    with tempfile.TemporaryDirectory() as target:
        command = [
            "cargo",
            "build",
            "--locked",
            "--release",
            "--no-default-features",
            "--lib",
            "--quiet",
            "--target-dir",
            target,
        ]
        subprocess.run(["cargo", "fetch", "--locked", "--quiet"], cwd=ROOT, check=True)
        os.chdir(ROOT)
        figures = timed(command)
    print(f"clean build of the engine alone: {seconds(figures.seconds)}, {seconds(figures.busy)} of processor time")


def instructions():
    """One call of each kernel under callgrind, on one thread."""
    benches = sorted({bench for bench, _ in KERNELS.values()})
    command = ["cargo", "bench", "--locked", "--no-default-features", "--no-run", "--message-format", "json"]
    command += [word for bench in benches for word in ("--bench", bench)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    made = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    programs = {one["target"]["name"]: one["executable"] for one in made if one.get("executable")}
    print()
    for name, (bench, words) in KERNELS.items():
        counted = []
        for calls in (1, 2):
            run = [
                "valgrind",
                "--tool=callgrind",
                "--callgrind-out-file=/dev/null",
                programs[bench],
                *map(str, words),
                str(calls),
            ]
            environment = os.environ | {"RAYON_NUM_THREADS": "1"}
            done = subprocess.run(run, capture_output=True, text=True, check=False, env=environment)
            found = [line for line in done.stderr.splitlines() if "Collected" in line]
            if done.returncode != 0 or not found:
                sys.exit(f"{' '.join(run)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
            counted.append(int(found[0].split()[-1]))
        print(f"{name}: {(counted[1] - counted[0]) / 1e6:,.3f} million instructions")


def main():
    given = arguments()
    if given.peer:
        return peer(*given.peer)
    measure(given)
    facts(given)
    if given.build:
        build()
    if given.instructions:
        instructions()


if __name__ == "__main__":
    main()
