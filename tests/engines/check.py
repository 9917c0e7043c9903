#!/usr/bin/env python3
"""Runs the queries of `termwise sql` on real engines and holds what they write against termwise's own reading.

    python3 -m venv /tmp/engines && /tmp/engines/bin/pip install -r tests/engines/requirements.txt
    /tmp/engines/bin/python tests/engines/check.py [--termwise PATH] [--engines duckdb spark]

Spark runs in local mode and needs a Java (17 or later). Events are made with awkward terms: quotes, capitals, white space of all kinds,
accents in two forms, terms that are absent, hidden or below the threshold, refunds. Each case has the events as tables of
the engine and as one file, a row per event, that termwise reads itself. The engine writes the query's rows as Parquet, in one file
and in folders by date. Equal have to be

* every sum, term, week, hidden term and note of completeness that `termwise check` tells of both,
* every number of `termwise fit` of both,
* without a threshold every cell and the sums in decimals that this script adds up itself, to the cent.

Exit code: 0 all equal, 1 something differs, 2 wrong use.
"""

import os
import sys

sys.dont_write_bytecode = True  # the repository stays as it is

import argparse
import csv
import datetime
import json
import shutil
import subprocess
import tempfile
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

from engines import ENGINES
from events import FIRST, LAST, MEASURES, TERM, cases, parquet, typed

ROOT = Path(__file__).resolve().parent.parent.parent
# numbers are printed with nine digits, whose last may differ where sums differ in their sixteenth
SAME = 1e-8


def arguments():
    parser = argparse.ArgumentParser(description="runs the queries of `termwise sql` on real engines")
    parser.add_argument("--termwise", type=Path, help="the binary; TERMWISE or target/release/termwise by default")
    parser.add_argument("--engines", nargs="+", choices=list(ENGINES), default=list(ENGINES))
    parser.add_argument("--keep", type=Path, help="folder to leave all files in")
    given = parser.parse_args()
    given.termwise = given.termwise or Path(os.environ.get("TERMWISE") or ROOT / "target/release/termwise")
    given.termwise = given.termwise.resolve()
    if not given.termwise.is_file():
        parser.error(f"no binary at {given.termwise}: run `cargo build --release`, or give --termwise PATH")
    if "spark" in given.engines and not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        parser.error("Spark needs a Java: `apt-get install -y openjdk-17-jre-headless`, or give --engines duckdb")
    return given


class Termwise:
    """The binary."""

    def __init__(self, path):
        self.path = path

    def run(self, *words, code=0):
        done = subprocess.run([self.path, *map(str, words)], capture_output=True, text=True, check=False)
        if done.returncode != code:
            sys.exit(f"{' '.join(map(str, words))} ended with {done.returncode}, not {code}:\n{done.stderr}")
        return done

    def sql(self, engine, *words):
        return self.run("sql", "--dialect", engine, *words).stdout

    def read(self, place, folder, least):
        """What `check` and `fit` say of a table."""
        config, fitted = folder / "termwise.toml", folder / "posterior.csv"
        config.write_text(f"[privacy]\nmin_count = {least}\n")
        checked = json.loads(self.run("check", place, "--json", "--quiet", "--config", config).stdout)
        self.run("fit", place, "--quiet", "--config", config, "--out", fitted, "--force")
        with fitted.open(encoding="utf-8", newline="") as file:
            return checked, list(csv.DictReader(file))


def alike(one, other):
    try:
        a, b = float(one), float(other)
    except (TypeError, ValueError):
        return one == other
    return abs(a - b) <= SAME * max(abs(a), abs(b), 1.0)


def compare(own, table, least):
    """What termwise reads of the table that it does not read of the events."""
    said = []
    (checked, terms), (checked_table, terms_table) = own, table
    for key in ("terms", "weeks", "first_week", "last_week", "as_of"):
        if checked[key] != checked_table[key]:
            said.append(f"{key}: {checked_table[key]} and not {checked[key]}")
    # hidden terms of a campaign are folded as others are, which the query has done before they are counted
    for key in ("totals",) if least else ("totals", "hidden_terms"):
        a, b = checked.get(key) or {}, checked_table.get(key) or {}
        said += [f"{key}, {name}: {b.get(name)} and not {a[name]}" for name in a if not alike(a[name], b.get(name))]
    notes = [
        {note["code"] for note in side["notes"]} & {"partial-first-week", "partial-last-week"}
        for side in (checked, checked_table)
    ]
    if notes[0] != notes[1]:
        said.append(f"weeks that are not complete: {notes[1]} and not {notes[0]}")
    if not notes[0]:
        said.append("the events have a week that is not complete, and no note says so")
    if len(terms) != len(terms_table):
        return [*said, f"{len(terms_table)} terms are fitted and not {len(terms)}"]
    for a, b in zip(terms, terms_table):
        differs = [f"{name} {b.get(name)} and not {a[name]}" for name in a if not alike(a[name], b.get(name))]
        if differs:
            said.append(f"term {a['term'][:40]!r}: {', '.join(differs[:3])}")
    return said[:12]


def cells(rows):
    """Sums in decimals by term, campaign and Monday, of rows (term, campaign, day, clicks, cost, conversions, revenue)."""
    sums = defaultdict(lambda: [Decimal(0)] * 4)
    for term, campaign, day, *measures in rows:
        term, campaign = (term or "").strip(), (campaign or "").strip()
        if term in ("", "-", "null", "\u2014"):
            term = "(no term)"
        bare = term.strip("()").lower()
        alone = bare == "other" and not campaign
        if alone or bare == "other search terms" or (term[0] == "(" and bare in ("low volume terms", "other")):
            term = "(other search terms)"
        monday = day - datetime.timedelta(days=day.weekday())
        key = (term, campaign, monday)
        sums[key] = [sum + Decimal(measure or 0) for sum, measure in zip(sums[key], measures)]
    return sums


def cells_differ(rows, table):
    """What the rows of the query say that the sums of this script do not."""
    wanted, said = cells(rows), []
    found = {}
    for term, campaign, day, *measures in table:
        key = (term, campaign, day - datetime.timedelta(days=day.weekday()))
        if key in found:
            said.append(f"two rows of {key}")
        found[key] = measures
    said += [f"no row of {key}" for key in wanted.keys() - found.keys()]
    said += [f"a row too many of {key}" for key in found.keys() - wanted.keys()]
    for key in wanted.keys() & found.keys():
        cents = [round(sum, 4) for sum in wanted[key]], [round(Decimal(value), 4) for value in found[key]]
        if cents[0] != cents[1]:
            said.append(f"{key}: {cents[1]} and not {cents[0]}")
    return said[:12]


def run_case(case, engine, label, termwise, folder):
    own = folder / "events.parquet"
    parquet(own, typed(case.columns), case.rows)
    read = termwise.read(own, folder, case.least)
    query = termwise.sql(label, *case.options, "--min-count", case.least)
    said = []
    for folders in (False, True):
        place = folder / f"counts{folders:d}" if folders or label == "spark" else folder / "counts.parquet"
        engine.write(query, place, folders)
        said += [
            f"{'folders' if folders else 'file'}: {line}"
            for line in compare(read, termwise.read(place, folder, 0), case.least)
        ]
    if case.exact:
        said += cells_differ(case.rows, engine.rows(query))
    return said


def hostile(engine, label, termwise, folder):
    """Names that would run as SQL if they were not quoted."""
    said = []
    name = "x\"`; DROP TABLE victim; SELECT '--"
    quote = '"' + name.replace('"', '""') + '"'
    column = 'co"st`) FROM victim; --\\'
    path = folder / "hostile.parquet"
    parquet(
        path,
        [("term", "VARCHAR"), ("date", "DATE"), ("clicks", "BIGINT"), (column, "DOUBLE"), ("conversions", "DOUBLE")],
        [("a", FIRST, 3, 1.25, 1)],
    )
    engine.table(engine.identifier(name), path)
    engine.table("victim", path)
    query = termwise.sql(label, "--events", quote, "--map", f"{column}=cost", "--map", "revenue=ignore")
    if engine.rows(query) != [("a", FIRST, 3.0, 1.25, 1.0)]:
        said.append(f"a hostile name gives {engine.rows(query)}")
    if len(engine.rows("SELECT * FROM victim")) != 1:
        said.append("a hostile name ran as SQL")
    return said


def edges(engine, label, termwise, folder):
    """Sums below zero and rows without a day: refused when the table is read."""
    said = []
    columns = [TERM, ("date", "DATE"), *MEASURES]
    wrong = {
        "a week of refunds": (
            [("a", FIRST, 9, 2, 1, 5), ("a", FIRST, 0, 0, 1, Decimal("-5.01")), ("b", LAST, 9, 2, 1, 5)],
            "must not be negative",
        ),
        "a row without a day": ([("a", None, 9, 2, 1, 5), ("b", LAST, 9, 2, 1, 5)], "must not be blank"),
    }
    for number, (what, (rows, rule)) in enumerate(wrong.items()):
        path, out = folder / f"edge{number}.parquet", folder / f"edge{number}"
        parquet(path, columns, rows)
        engine.table(f"edge{number}", path)
        engine.write(termwise.sql(label, "--events", f"edge{number}"), out, label == "duckdb")
        done = termwise.run("check", out, code=3)
        if rule not in done.stderr:
            said.append(f"{what}: {done.stderr}")
    # clicks without a value are none, which is below any threshold
    path = folder / "unclicked.parquet"
    parquet(path, columns, [("a", FIRST, 9, 2, 1, 5), ("b", FIRST, None, 0, 1, 5), ("c", FIRST, 9, 2, 1, 5)])
    engine.table("unclicked", path)
    named = {row[0] for row in engine.rows(termwise.sql(label, "--events", "unclicked", "--min-count", 5))}
    if named != {"c", "(other terms)"}:
        said.append(f"terms without clicks: {named}")
    # white space as Unicode has it goes, and nothing else
    path = folder / "white.parquet"
    letters = [chr(code) for code in range(1, 0x3100) if chr(code).isspace() or chr(code) in "\u180e\u200b\u2060\u0001"]
    parquet(path, columns, [(f"{letter}a{letter}a{letter}", FIRST, 1, 1, 0, 0) for letter in letters])
    engine.table("white", path)
    # Python takes four separators of ASCII for white space, which Unicode does not
    inside = [letter for letter in letters if not letter.isspace() or letter in "\x1c\x1d\x1e\x1f"]
    wanted = {f"a{letter}a" for letter in letters if letter not in inside} | {
        f"{letter}a{letter}a{letter}" for letter in inside
    }
    found = {row[0] for row in engine.rows(termwise.sql(label, "--events", "white"))}
    said += [f"white space: {text!r}" for text in wanted ^ found]
    # days stay days, and the week begins where the config says
    path = folder / "days.parquet"
    parquet(path, columns, [("a", FIRST + datetime.timedelta(days=day), 1, 1, 0, 0) for day in range(30)])
    engine.table("days", path)
    by_day = engine.rows(termwise.sql(label, "--events", "days", "--period", "day"))
    if sorted(row[1] for row in by_day) != [FIRST + datetime.timedelta(days=day) for day in range(30)]:
        said.append("days do not stay days")
    for number, start in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")):
        config = folder / "start.toml"
        config.write_text(f'[data]\nweek_start = "{start}"\n')
        weeks = sorted(row[1] for row in engine.rows(termwise.sql(label, "--events", "days", "--config", config)))
        if any(day.weekday() != number for day in weeks[1:-1]) or len(weeks) not in (5, 6):
            said.append(f"weeks from {start}: {weeks}")
    return said


def main():
    given = arguments()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="termwise-engines-") as name:
        root = given.keep or Path(name)
        root.mkdir(parents=True, exist_ok=True)
        termwise = Termwise(given.termwise)
        made = cases(root)
        for label in given.engines:
            engine = ENGINES[label](root)
            known = set()
            for number, case in enumerate(made):
                for table, path in case.tables.items():
                    if table not in known:
                        engine.table(engine.identifier(table), path)
                        known.add(table)
                folder = root / f"{label}{number}"
                folder.mkdir()
                said = run_case(case, engine, label, termwise, folder)
                print(f"{label}, {case.name}: {'equal' if not said else ''}", flush=True)
                print("".join(f"  {line}\n" for line in said), end="", flush=True)
                failed += bool(said)
            for what in (hostile, edges):
                folder = root / f"{label}-{what.__name__}"
                folder.mkdir()
                said = what(engine, label, termwise, folder)
                print(f"{label}, {what.__doc__.splitlines()[0]} {'good' if not said else ''}", flush=True)
                print("".join(f"  {line}\n" for line in said), end="", flush=True)
                failed += bool(said)
    print(f"{failed} failed" if failed else "all equal")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
