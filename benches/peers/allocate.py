#!/usr/bin/env python3
"""`termwise allocate` beside other ways to split the same budget over the same curves.

    python3 -m venv venv && venv/bin/pip install -r benches/peers/requirements.txt
    cargo build --release
    venv/bin/python benches/peers/allocate.py --binary target/release/termwise

NumPy and SciPy are enough; peers that are not installed are left out. Every problem is written as a
curve table, split by the binary in this very run (time from its own certificate: checks, solving and
proof, no reading or writing), and by each peer (time of solving alone, arrays ready in its favorite
order). Times are wall-clock, the best of `--runs`, the two sides in turns; NumPy has one core, the
binary as many as it finds (`RAYON_NUM_THREADS` limits them). Printed: seconds, seconds over
termwise's, objective as a share of termwise's, items outside their bounds, budget unspent.

Peers:
  numpy    the same method in NumPy, tuned by hand (numpy_newton.py)
  plain    the same method in NumPy, as one would first write it (numpy_plain.py)
  slsqp    SciPy's SLSQP set up as PyMC-Marketing does: equal split, ftol 1e-9, maxiter 1000, gradient given
  clarabel CVXPY with Clarabel: exponential and power cones
  nlopt    NLopt's augmented Lagrangian over MMA as Robyn sets it up: xtol_rel 1e-10, from current spends
  grid     a greedy grid in the manner of Meridian's optimizer: steps of a power of ten near 1e-4 of the
           budget, the steepest next step first, an end at the first step that does not fit
"""

import os

for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[threads] = "1"

import sys

sys.dont_write_bytecode = True  # the repository stays as it is

import argparse
import heapq
import json
import math
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

import numpy_newton
import numpy_plain

try:
    import cvxpy
except ImportError:
    cvxpy = None
try:
    import nlopt
except ImportError:
    nlopt = None

#: A spend this share of its bound outside of it breaks it.
OUTSIDE = 1e-6


class Problem:
    """Curves of the four smooth families in equal parts, sorted by family, limits around a current spend."""

    def __init__(self, items, seed=1):
        random = np.random.default_rng(seed)
        self.current = np.exp(random.standard_normal(items)) * 20.0
        self.k = self.current * random.uniform(0.5, 1.5, items)
        self.a = self.current * random.uniform(1.0, 6.0, items)
        self.h = random.uniform(0.3, 0.9, items)
        self.lower = self.current * random.uniform(0.0, 1.0, items)
        self.upper = self.current * random.uniform(1.0, 3.0, items)
        self.budget = float(np.sum(0.6 * self.lower + 0.4 * self.upper))
        ends = [items * part // 4 for part in range(5)]
        names = ["hill", "exp", "power", "log"]
        self.slices = {name: slice(ends[at], ends[at + 1]) for at, name in enumerate(names)}
        self.family = np.repeat(names, np.diff(ends))

    def __len__(self):
        return len(self.a)

    def response(self, x):
        f = np.empty_like(x)
        for name, at in self.slices.items():
            a, k, h, s = self.a[at], self.k[at], self.h[at], x[at]
            if name == "hill":
                f[at] = a / (1.0 + (k / s) ** h)
            elif name == "exp":
                f[at] = -a * np.expm1(-s / k)
            elif name == "power":
                f[at] = a * (s / k) ** h
            else:
                f[at] = a * np.log1p(s / k)
        return f

    def slope(self, x):
        f = np.empty_like(x)
        for name, at in self.slices.items():
            a, k, h, s = self.a[at], self.k[at], self.h[at], x[at]
            if name == "hill":
                q = (k / s) ** h
                f[at] = a * h / s * q / (1.0 + q) ** 2
            elif name == "exp":
                f[at] = a / k * np.exp(-s / k)
            elif name == "power":
                f[at] = a * h / k * (s / k) ** (h - 1.0)
            else:
                f[at] = a / (k + s)
        return f

    def write(self, path):
        """The curve table, in an order that mixes the families; returns that order."""
        order = np.random.default_rng(2).permutation(len(self))
        columns = [v[order].tolist() for v in (self.a, self.k, self.h, self.lower, self.upper, self.current)]
        with open(path, "w") as file:
            file.write("id,family,a,k,h,lower,upper,current_spend\n")
            for row in zip(order.tolist(), self.family[order].tolist(), *columns):
                file.write(",".join(map(str, row)) + "\n")
        return order


class Termwise:
    """The binary on one problem."""

    def __init__(self, binary, problem, folder):
        self.curves, self.out = folder / "curves.csv", folder / "plan.csv"
        self.order = problem.write(self.curves)
        self.command = [binary, "allocate", self.curves, "--budget", repr(problem.budget), "--out", self.out, "--json"]

    def seconds(self):
        done = subprocess.run(self.command, check=True, capture_output=True, text=True)
        self.certificate = json.loads(done.stdout)["plan"]["certificate"]
        return self.certificate["seconds"]

    def spend(self):
        column = self.out.open().readline().strip().split(",").index("spend")
        spend = np.empty(len(self.order))
        spend[self.order] = np.loadtxt(self.out, delimiter=",", skiprows=1, usecols=column, ndmin=1)
        return spend


def in_numpy(version):
    def peer(problem):
        return lambda: version.allocate(
            problem.slices, problem.a, problem.k, problem.h, problem.lower, problem.upper, problem.budget
        )[0]

    return peer


def slsqp(problem):
    def solve():
        done = minimize(
            lambda x: -problem.response(x).sum(),
            np.full(len(problem), problem.budget / len(problem)),
            jac=lambda x: -problem.slope(x),
            bounds=list(zip(problem.lower, problem.upper)),
            constraints={
                "type": "eq",
                "fun": lambda x: x.sum() - problem.budget,
                "jac": lambda x: np.ones_like(x),
            },
            method="SLSQP",
            options={"ftol": 1e-9, "maxiter": 1000},
        )
        return done.x

    return solve


def clarabel(problem):
    def solve():
        x = cvxpy.Variable(len(problem))
        constraints = [x >= problem.lower, x <= problem.upper, cvxpy.sum(x) <= problem.budget]
        parts = []
        for name, at in problem.slices.items():
            a, k, h = problem.a[at], problem.k[at], problem.h[at]
            ratio = cvxpy.multiply(1.0 / k, x[at])
            if name in ("hill", "power"):
                raised = cvxpy.Variable(len(a))
                constraints.append(cvxpy.PowCone3D(ratio, np.ones(len(a)), raised, h))
                # q / (1 + q) = 1 - 1 / (1 + q)
                parts.append(a @ (raised if name == "power" else 1.0 - cvxpy.inv_pos(1.0 + raised)))
            elif name == "exp":
                parts.append(a @ (1.0 - cvxpy.exp(-ratio)))
            else:
                parts.append(a @ cvxpy.log1p(ratio))
        cvxpy.Problem(cvxpy.Maximize(sum(parts)), constraints).solve(solver="CLARABEL")
        if x.value is None:
            raise RuntimeError("no solution")
        return np.asarray(x.value)

    return solve


def mma(problem):
    def solve():
        def objective(x, gradient):
            if gradient.size:
                gradient[:] = -problem.slope(x)
            return -problem.response(x).sum()

        def spent(x, gradient):
            if gradient.size:
                gradient[:] = 1.0
            return x.sum() - problem.budget

        local = nlopt.opt(nlopt.LD_MMA, len(problem))
        local.set_xtol_rel(1e-10)
        solver = nlopt.opt(nlopt.LD_AUGLAG, len(problem))
        solver.set_local_optimizer(local)
        solver.set_xtol_rel(1e-10)
        solver.set_maxeval(100_000)
        solver.set_min_objective(objective)
        solver.add_equality_constraint(spent)
        solver.set_lower_bounds(problem.lower)
        solver.set_upper_bounds(problem.upper)
        return solver.optimize(np.clip(problem.current, problem.lower, problem.upper))

    return solve


def grid(problem):
    def solve():
        step = 10.0 ** math.ceil(math.log10(1e-4 * problem.budget))
        x = np.round(problem.lower / step) * step
        most = np.round(problem.upper / step) * step
        value = problem.response(np.maximum(x, 1e-300))
        gain = problem.response(x + step) - value
        steps = [(-g, i) for i, g in enumerate(gain.tolist()) if x[i] + step <= most[i]]
        heapq.heapify(steps)
        left = problem.budget - x.sum()
        while steps and step <= left:
            _, i = heapq.heappop(steps)
            x[i] += step
            left -= step
            if x[i] + step <= most[i]:
                a, k, h, s = problem.a[i], problem.k[i], problem.h[i], np.array([x[i], x[i] + step])
                before, after = CURVES[problem.family[i]](a, k, h, s)
                heapq.heappush(steps, (before - after, i))
        return x

    return solve


CURVES = {
    "hill": lambda a, k, h, s: a / (1.0 + (k / s) ** h),
    "exp": lambda a, k, h, s: -a * np.expm1(-s / k),
    "power": lambda a, k, h, s: a * (s / k) ** h,
    "log": lambda a, k, h, s: a * np.log1p(s / k),
}


def print_row(method, problem, seconds, spend, reference, note=""):
    objective = problem.response(np.maximum(spend, 1e-300)).sum()
    outside = (spend < problem.lower * (1.0 - OUTSIDE)) | (spend > problem.upper * (1.0 + OUTSIDE))
    unspent = (problem.budget - spend.sum()) / problem.budget
    print(
        f"{len(problem):>9,} {method:<9} {seconds:>10.5f} {seconds / reference['seconds']:>10.1f}"
        f" {objective / reference['objective']:>14.10f} {outside.sum():>8,} {unspent:>9.1e} {note}",
        flush=True,
    )


def main():
    text = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=text)
    parser.add_argument("--binary", required=True, help="the termwise binary")
    parser.add_argument("--sizes", default="1000,10000,100000,1000000", help="items for the NumPy versions")
    parser.add_argument("--runs", type=int, default=5, help="runs, of which the best counts")
    parser.add_argument("--only", help="peers, separated by commas")
    parser.add_argument("--slow", action="store_true", help="SLSQP at 1,000 items and MMA at 100,000 too: minutes")
    args = parser.parse_args()

    sizes = [int(size) for size in args.sizes.split(",")]
    peers = [("numpy", in_numpy(numpy_newton), sizes, args.runs), ("plain", in_numpy(numpy_plain), sizes, args.runs)]
    peers.append(("slsqp", slsqp, [100, 300] + [1000] * args.slow, 1))
    if cvxpy:
        peers.append(("clarabel", clarabel, [1_000, 10_000], 1))
    if nlopt:
        peers.append(("nlopt", mma, [1_000, 10_000] + [100_000] * args.slow, 1))
    peers.append(("grid", grid, [1_000, 10_000], 1))
    if args.only:
        peers = [peer for peer in peers if peer[0] in args.only.split(",")]

    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(
        f"{'items':>9} {'method':<9} {'seconds':>10} {'x termwise':>10} {'objective':>14} {'outside':>8} {'unspent':>9}"
    )
    for size in sorted({size for peer in peers for size in peer[2]}):
        problem = Problem(size)
        chosen = [peer for peer in peers if size in peer[2]]
        best = {name: math.inf for name, *_ in chosen}
        plans, notes = {}, {}
        with tempfile.TemporaryDirectory() as folder:
            termwise = Termwise(args.binary, problem, Path(folder))
            fastest = math.inf
            for run in range(args.runs):
                fastest = min(fastest, termwise.seconds())
                for name, peer, _, runs in chosen:
                    if run < runs:
                        solve = peer(problem)
                        start = time.perf_counter()
                        try:
                            plans[name] = solve()
                        except Exception as error:  # whatever a solver throws is its result
                            notes[name] = f"{type(error).__name__}: {error}".splitlines()[0]
                        best[name] = min(best[name], time.perf_counter() - start)
            spend = termwise.spend()
        reference = {"seconds": fastest, "objective": problem.response(spend).sum()}
        certificate = f"{termwise.certificate['status']}, gap {termwise.certificate['relative_gap']:.1e}"
        print_row("termwise", problem, fastest, spend, reference, certificate)
        for name, *_ in chosen:
            if name in plans:
                print_row(name, problem, best[name], plans[name], reference)
            else:
                print(f"{size:>9,} {name:<9} {best[name]:>10.5f} {notes[name]}", flush=True)


if __name__ == "__main__":
    main()
