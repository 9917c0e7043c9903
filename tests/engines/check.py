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

import argparse
import csv
import datetime
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# the first week lacks its first two days, the last one its last three
FIRST, LAST = datetime.date(2026, 1, 7), datetime.date(2026, 3, 12)
# numbers are printed with nine digits, whose last may differ where sums differ in their sixteenth
SAME = 1e-8
AWKWARD = [
    "hiking boots",
    "Hiking Boots",
    "  hiking boots",
    "hiking boots\u00a0",
    "\u3000hiking\u2003boots\u2028",
    "登山靴 防水",
    "\t登山靴 防水\n",
    "café table",
    "cafe\u0301 table",
    "İSTANBUL ışık",
    '5" pipe',
    "o'neill jacket",
    "''; DROP TABLE clicks; --",
    "a,b;c|d",
    "back\\slash \\x09",
    "100% cotton_shirt",
    "red  boots",
    "total gym",
    "🥾 boots",
    "0184229",
    "w" * 200,
    "write to jane@example.com",
    "Other Search Terms",
    "((other search terms))",
    "(Other)",
    "other",
    "(boots)",
    "low volume terms",
    "(low volume terms)",
    "AUTRES REQUÊTES",
]
# a campaign with a purchase has lost these terms
LOST = [None, "", " ", "-", "null", "\u2014"]
CAMPAIGNS = ["Brand", " Brand ", "Boots | DE", "It's \"new\"", "Rest"]


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


class DuckDb:
    """DuckDB, in memory."""

    def __init__(self, folder):
        import duckdb

        self.connection = duckdb.connect()
        self.connection.execute(f"SET temp_directory = {quoted(folder)}")

    def table(self, name, path):
        self.connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({quoted(path)})")

    def rows(self, query):
        return self.connection.execute(query).fetchall()

    def write(self, query, path, folders):
        by = ", PARTITION_BY (date)" if folders else ""
        self.connection.execute(f"COPY ({query}) TO {quoted(path)} (FORMAT parquet{by})")

    @staticmethod
    def identifier(name):
        return '"' + name.replace('"', '""') + '"'


class Spark:
    """Apache Spark in local mode."""

    def __init__(self, folder):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        from pyspark.sql import SparkSession

        settings = {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.driver.memory": "1g",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.local.dir": str(folder / "spark"),
            "spark.log.level": "ERROR",
        }
        builder = SparkSession.builder.master("local[2]").appName("termwise")
        for key, value in settings.items():
            builder = builder.config(key, value)
        self.session = builder.getOrCreate()

    def table(self, name, path):
        self.session.sql(f"CREATE TEMPORARY VIEW {name} USING parquet OPTIONS (path '{path}')")

    def rows(self, query):
        return [tuple(row) for row in self.session.sql(query).collect()]

    def write(self, query, path, folders):
        writer = self.session.sql(query).write
        (writer.partitionBy("date") if folders else writer).parquet(str(path))

    @staticmethod
    def identifier(name):
        return "`" + name.replace("`", "``") + "`"


ENGINES = {"duckdb": DuckDb, "spark": Spark}


def quoted(path):
    return "'" + str(path).replace("'", "''") + "'"


def days():
    return [FIRST + datetime.timedelta(days=day) for day in range((LAST - FIRST).days + 1)]


def moment(chance, day):
    """A moment of a day; both its ends are among them."""
    second = chance.choice([0, 86399, chance.randrange(86400)])
    return datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(seconds=second)


def events(chance, with_names):
    """Clicks and purchases: (term, campaign, moment, amount). A refund follows its sale with the same names and moment."""
    clicks, purchases = [], []
    small = [f"{word} {number}" for word in ("boots", "Tent", "sac à dos", "лодка") for number in range(60)]
    # without names a term that is absent is refused in a file
    terms = AWKWARD + (LOST if with_names else [])
    for day in days():
        for _ in range(110):
            term = chance.choice(terms) if chance.random() < 0.75 else chance.choice(small)
            # without a threshold the two are one term once they are masked
            if not with_names and "@" in term:
                term = chance.choice([term, term.replace("jane", "joe")])
            campaign = chance.choice(CAMPAIGNS) if with_names else None
            if with_names and term not in LOST and chance.random() < 0.05:
                campaign = None
            when = moment(chance, day)
            cost = None if chance.random() < 0.02 else Decimal(chance.randrange(1, 39999)) / 10000
            clicks.append((term, campaign, when, cost))
            if chance.random() < 0.15:
                sale = Decimal(chance.randrange(1, 99999)) / 100
                purchases.append((term, campaign, when, sale))
                if chance.random() < 0.2:
                    purchases.append((term, campaign, when, -sale / 4))
    # both ends have clicks, so that the weeks that are not complete are
    return clicks, purchases


def reports(chance):
    """Daily report rows: keys, impressions, clicks, cost in millionths, thirds of conversions, revenue."""
    rows = []
    for day in days():
        for term in [*AWKWARD, *LOST] * 2 + [f"small {number}" for number in range(40)]:
            if chance.random() < (0.8 if term is None or not term.startswith("small") else 0.06):
                continue
            clicks = chance.randrange(0, 5)
            channel = chance.choice(["search", "partners", ""])
            campaign = chance.choice(CAMPAIGNS)
            kind = chance.choice(["exact", "Phrase", None])
            converted = chance.randrange(0, 3) / 3
            revenue = Decimal(chance.randrange(0, 9999)) / 100
            rows.append((term, kind, campaign, channel, day, clicks * 9, clicks, clicks * 1234567, converted, revenue))
    return rows


def parquet(path, columns, rows):
    """Writes rows as a Parquet file; `columns`: names with DuckDB's types."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE t ({', '.join(f'{DuckDb.identifier(name)} {kind}' for name, kind in columns)})")
    # far faster than rows one by one
    text = path.with_suffix(".csv")
    with text.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["\\N" if value is None else value for value in row] for row in rows])
    connection.execute(f"COPY t FROM {quoted(text)} (FORMAT csv, HEADER false, NULLSTR '\\N', QUOTE '\"', ESCAPE '\"')")
    text.unlink()
    connection.execute(f"COPY t TO {quoted(path)} (FORMAT parquet)")


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
    notes = [{note["code"] for note in side["notes"]} & {"partial-first-week", "partial-last-week"} for side in (checked, checked_table)]
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


class Case:
    """Events as tables of an engine and as rows of one file."""

    def __init__(self, name, least, options, tables, columns, rows, exact=False):
        self.name, self.least, self.options, self.tables = name, least, options, tables
        self.columns, self.rows, self.exact = columns, rows, exact


TERM, CAMPAIGN, WHEN = ("term", "VARCHAR"), ("campaign", "VARCHAR"), ("date", "TIMESTAMP")
MEASURES = [("clicks", "DECIMAL(18,4)"), ("cost", "DECIMAL(18,4)"), ("conversions", "DECIMAL(18,4)"), ("revenue", "DECIMAL(18,4)")]


def typed(columns):
    """As termwise takes them: days, and doubles for decimals."""
    kinds = {"TIMESTAMP": "DATE"}
    return [(name, "DOUBLE" if kind.startswith("DECIMAL") else kinds.get(kind, kind)) for name, kind in columns]


def as_rows(clicks, purchases):
    """Events as rows of one file; refunds are taken off their sale, as no amount in a file may be below zero."""
    rows = [(term, campaign, when.date(), 1, cost, 0, 0) for term, campaign, when, cost in clicks]
    for at, (term, campaign, when, amount) in enumerate(purchases):
        if amount < 0:
            continue
        refund = purchases[at + 1][3] if at + 1 < len(purchases) and purchases[at + 1][3] < 0 else 0
        rows.append((term, campaign, when.date(), 0, 0, 1 + (refund < 0), amount + refund))
    return rows


def cases(folder):
    chance = random.Random(20260105)
    made = []

    def stored(name, columns, rows):
        path = folder / f"{name}.parquet"
        parquet(path, columns, rows)
        return path

    clicks, purchases = events(chance, with_names=True)
    rows = as_rows(clicks, purchases)
    tables = {
        "clicks": stored("clicks", [("query", "VARCHAR"), CAMPAIGN, ("at", "TIMESTAMP"), ("spend_usd", "DECIMAL(18,4)")], clicks),
        "orders": stored("orders", [("utm_term", "VARCHAR"), CAMPAIGN, ("at", "TIMESTAMP"), ("amount", "DOUBLE")], purchases),
    }
    options = "--events clicks --purchases orders --map query=term --map campaign=campaign --map at=date --map *=clicks".split()
    options += "--map spend_usd=cost --map amount=revenue --purchase-map utm_term=term".split()
    columns = [TERM, CAMPAIGN, ("date", "DATE"), *MEASURES]
    made.append(Case("clicks and purchases", 0, options, tables, columns, rows, exact=True))
    for least in (12, 40, 400, 10**6):
        made.append(Case(f"the same, no term below {least} clicks", least, options, tables, columns, rows))

    plain, sold = events(chance, with_names=False)
    rows = [(term, *rest) for term, _, *rest in as_rows(plain, sold)]
    both = [(term, when, 1, cost, None, None) for term, _, when, cost in plain]
    both += [(term, when, None, None, 1, amount) for term, _, when, amount in sold]
    table = {"web.daily": stored("daily", [TERM, WHEN, *MEASURES], both)}
    columns = [TERM, ("date", "DATE"), *MEASURES]
    for least in (0, 9):
        made.append(Case(f"one table without names, threshold {least}", least, ["--events", '"web.daily"'], table, columns, rows))

    rows = reports(chance)
    columns = [TERM, ("match_type", "VARCHAR"), CAMPAIGN, ("channel", "VARCHAR"), ("date", "DATE"), ("impressions", "BIGINT")]
    columns += [("clicks", "BIGINT"), ("metrics.cost_micros", "BIGINT"), ("conversions", "DOUBLE"), ("revenue", "DECIMAL(18,4)")]
    table = {"reports": stored("reports", columns, rows)}
    options = ["--events", "reports", "--map", "metrics.cost_micros=cost"]
    for name in ("match_type", "campaign", "channel", "impressions"):
        options += ["--map", f"{name}={name}"]
    for least in (0, 20, 150):
        made.append(Case(f"daily reports with four names, threshold {least}", least, options, table, columns, rows))
    return made


def run_case(case, engine, label, termwise, folder):
    own = folder / "events.parquet"
    parquet(own, typed(case.columns), case.rows)
    read = termwise.read(own, folder, case.least)
    query = termwise.sql(label, *case.options, "--min-count", case.least)
    said = []
    for folders in (False, True):
        place = folder / f"counts{folders:d}" if folders or label == "spark" else folder / "counts.parquet"
        engine.write(query, place, folders)
        said += [f"{'folders' if folders else 'file'}: {line}" for line in compare(read, termwise.read(place, folder, 0), case.least)]
    if case.exact:
        said += cells_differ(case.rows, engine.rows(query))
    return said


def hostile(engine, label, termwise, folder):
    """Names that would run as SQL if they were not quoted."""
    said = []
    name = 'x"`; DROP TABLE victim; SELECT \'--'
    quote = '"' + name.replace('"', '""') + '"'
    column = 'co"st`) FROM victim; --\\'
    path = folder / "hostile.parquet"
    parquet(path, [("term", "VARCHAR"), ("date", "DATE"), ("clicks", "BIGINT"), (column, "DOUBLE"), ("conversions", "DOUBLE")], [("a", FIRST, 3, 1.25, 1)])
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
        "a week of refunds": ([("a", FIRST, 9, 2, 1, 5), ("a", FIRST, 0, 0, 1, Decimal("-5.01")), ("b", LAST, 9, 2, 1, 5)], "must not be negative"),
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
    # white space as Unicode has it goes, and nothing else
    path = folder / "white.parquet"
    letters = [chr(code) for code in range(1, 0x3100) if chr(code).isspace() or chr(code) in "\u180e\u200b\u2060\u0001"]
    parquet(path, columns, [(f"{letter}a{letter}a{letter}", FIRST, 1, 1, 0, 0) for letter in letters])
    engine.table("white", path)
    # Python takes four separators of ASCII for white space, which Unicode does not
    inside = [letter for letter in letters if not letter.isspace() or letter in "\x1c\x1d\x1e\x1f"]
    wanted = {f"a{letter}a" for letter in letters if letter not in inside} | {f"{letter}a{letter}a{letter}" for letter in inside}
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
