#!/usr/bin/env python3
"""Reading of large inputs: `termwise check` beside Polars, and `termwise aggregate` on an access log.

    python3 -m venv venv && venv/bin/pip install -r benches/peers/requirements.txt
    cargo build --release
    venv/bin/python benches/peers/read.py --binary target/release/termwise --work DIR

The account is made by `termwise simulate`, in Parquet, and the first `--csv-rows` of it as CSV; the log by this
script, with a fixed seed. They stay in `--work` for the next run. Polars scans the same file, streaming, with two
threads, and groups it by term, match type, campaign, ad group and week: once with the columns that termwise reads
("same": sums of five measures, and the first label, status and bid), once with the sums alone ("sums"). Both sides run
as processes of their own, in turns; printed are the best of `--runs`: seconds, seconds of processor time, and the
largest memory. That both add up to the same is checked. termwise does more in its time: it hashes the file,
validates every cell, looks for people, and makes the cells of every term.
"""

import argparse
import datetime
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KEYS = ["term", "match_type", "campaign", "ad_group", "week"]
SUMS = ["impressions", "clicks", "cost", "conversions", "revenue"]
FIRST = ["label", "status", "max_cpc"]


def polars_reads(path, same):
    """Scans, groups, and prints the sums as JSON."""
    import polars as pl

    scan = pl.scan_parquet if path.endswith("parquet") else pl.scan_csv
    more = {} if path.endswith("parquet") else {"infer_schema_length": 10_000, "try_parse_dates": True}
    columns = [pl.col(name).sum() for name in SUMS]
    columns += [pl.col(name).first() for name in FIRST] if same else []
    table = scan(path, **more).group_by(KEYS).agg(columns).collect(engine="streaming")
    print(json.dumps({name: float(table[name].sum()) for name in SUMS}))


def first_rows(parquet, csv, rows):
    import polars as pl

    pl.scan_parquet(parquet).head(rows).collect().write_csv(csv)


def timed(command):
    """Output, seconds, processor seconds and largest memory in GB of a process."""
    begin = time.perf_counter()
    run = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"POLARS_MAX_THREADS": "2"})
    output = run.stdout.read()
    _, status, usage = os.wait4(run.pid, 0)
    seconds = time.perf_counter() - begin
    run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {run.returncode}")
    return output, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e6


def compare(path, binary, runs):
    peer = [sys.executable, __file__, "--peer", str(path)]
    sides = {
        "termwise": [binary, "check", str(path), "--json", "--quiet"],
        "Polars, same": [*peer, "--same"],
        "Polars, sums": peer,
    }
    best, sums = {}, {}
    for _ in range(runs):
        for name, command in sides.items():
            output, *figures = timed(command)
            found = json.loads(output)
            sums[name] = found.get("totals", found)
            best[name] = min(best.get(name, figures), figures)
    for name, (seconds, busy, memory) in best.items():
        off = max(abs(sums[name][measure] / sums["termwise"][measure] - 1) for measure in SUMS)
        assert off < 1e-9, f"{name} adds up to something else: {sums}"
        ratio = best["termwise"][0] / seconds
        print(f"{path.name:<16} {name:<14} {seconds:8.1f} s {busy:8.1f} CPU-s {memory:6.2f} GB   termwise/this {ratio:.2f}")


def write_log(path, size):
    """A shop's log: most lines are pictures and pages, a tenth comes from searches or buys, some are programs."""
    rng = random.Random(5)
    browsers = [
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
        for version in range(90, 136)
    ]
    agents = browsers + ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"] * 8
    words = "red blue shoes boots cheap near me buy best running trail kids winter sale size 42".split()
    address = lambda: ".".join(str(rng.randrange(1, 255)) for _ in range(4))
    visitors = [(address(), rng.choice(agents)) for _ in range(200_000)]
    moment, written, order = datetime.datetime(2026, 3, 2), 0, 0
    with open(path, "w") as log:
        while written < size:
            moment += datetime.timedelta(seconds=0.3)
            visitor, agent = visitors[int(rng.random() ** 2 * len(visitors))]
            kind = rng.random()
            page, referrer = f"/static/img/products/{rng.randrange(9999)}/large-{rng.randrange(9)}.jpg?v=12", "https://shop.example/category/shoes"
            if kind < 0.08:
                term = "+".join(rng.choice(words) for _ in range(rng.randrange(1, 5)))
                page, referrer = f"/landing/page-{rng.randrange(500)}.html", f"https://www.google.com/search?q={term}&source=hp"
            elif kind < 0.1:
                order += 1
                page, referrer = f"/checkout/thanks?order={order}&total={rng.randrange(300)}.50", "https://shop.example/cart"
            stamp = moment.strftime("%d/%b/%Y:%H:%M:%S +0000")
            status = 404 if rng.random() < 0.03 else 200
            line = f'{visitor} - - [{stamp}] "GET {page} HTTP/1.1" {status} {rng.randrange(99999)} "{referrer}" "{agent}"\n'
            written += log.write(line)


def main():
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--binary", default="target/release/termwise")
    parse.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "termwise-read")
    parse.add_argument("--terms", type=int, default=1_000_000)
    parse.add_argument("--weeks", type=int, default=26)
    parse.add_argument("--csv-rows", type=int, default=5_000_000)
    parse.add_argument("--log-bytes", type=int, default=1_000_000_000)
    parse.add_argument("--runs", type=int, default=3)
    parse.add_argument("--peer", help=argparse.SUPPRESS)
    parse.add_argument("--same", action="store_true", help=argparse.SUPPRESS)
    args = parse.parse_args()
    if args.peer:
        return polars_reads(args.peer, args.same)
    args.work.mkdir(parents=True, exist_ok=True)
    account = args.work / "account" / "account.parquet"
    if not account.exists():
        size = ["--terms", str(args.terms), "--weeks", str(args.weeks)]
        subprocess.run([args.binary, "simulate", *size, "--seed", "1", "--parquet", "--out", account.parent, "-q"], check=True)
    csv, log = args.work / "account.csv", args.work / "access.log"
    if not csv.exists():
        first_rows(account, csv, args.csv_rows)
    if not log.exists():
        write_log(log, args.log_bytes)
    compare(account, args.binary, args.runs)
    compare(csv, args.binary, args.runs)
    flags = ["--purchase", "/checkout/thanks*", "--value", "total", "--force", "--quiet"]
    command = [args.binary, "aggregate", str(log), *flags, "--out", str(args.work / "counts.parquet")]
    _, seconds, busy, memory = min((timed(command) for _ in range(args.runs)), key=lambda run: run[2])
    megabytes = log.stat().st_size / 1e6
    print(f"{log.name:<16} {seconds:8.1f} s {busy:8.1f} CPU-s {memory:6.2f} GB   {megabytes / busy:.0f} MB a CPU-second, {megabytes / seconds:.0f} MB/s")


if __name__ == "__main__":
    main()
