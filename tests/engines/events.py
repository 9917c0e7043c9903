"""Events with awkward terms: as tables of an engine, and as rows of one file that termwise reads itself."""

import csv
import datetime
import random
from decimal import Decimal

from engines import DuckDb, quoted

# the first week lacks its first two days, the last one its last three
FIRST, LAST = datetime.date(2026, 1, 7), datetime.date(2026, 3, 12)
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
CAMPAIGNS = ["Brand", " Brand ", "Boots | DE", 'It\'s "new"', "Rest"]


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


class Case:
    """Events as tables of an engine and as rows of one file."""

    def __init__(self, name, least, options, tables, columns, rows, exact=False):
        self.name, self.least, self.options, self.tables = name, least, options, tables
        self.columns, self.rows, self.exact = columns, rows, exact


TERM, CAMPAIGN, WHEN = ("term", "VARCHAR"), ("campaign", "VARCHAR"), ("date", "TIMESTAMP")
MEASURES = [
    ("clicks", "DECIMAL(18,4)"),
    ("cost", "DECIMAL(18,4)"),
    ("conversions", "DECIMAL(18,4)"),
    ("revenue", "DECIMAL(18,4)"),
]


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
        "clicks": stored(
            "clicks", [("query", "VARCHAR"), CAMPAIGN, ("at", "TIMESTAMP"), ("spend_usd", "DECIMAL(18,4)")], clicks
        ),
        "orders": stored(
            "orders", [("utm_term", "VARCHAR"), CAMPAIGN, ("at", "TIMESTAMP"), ("amount", "DOUBLE")], purchases
        ),
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
        made.append(
            Case(
                f"one table without names, threshold {least}", least, ["--events", '"web.daily"'], table, columns, rows
            )
        )

    # what is too small for any pool takes the smallest term with it: of two alike the first
    clicks = {("b", "Boots"): 12, ("c", "Boots"): 30, ("d", "Brand"): 12, ("e", "Brand"): 4, ("f", None): 3}
    rows = [(*key, day, 1, 2, 0, 0) for key, number in clicks.items() for day in (days() * 2)[9 : 9 + number]]
    rows += [("c", "Boots", day, 1, 2, 1, 30) for day in (FIRST, LAST)]
    columns = [TERM, CAMPAIGN, ("date", "DATE"), *MEASURES]
    table = {"small": stored("small", columns, rows)}
    options = ["--events", "small", "--map", "campaign=campaign"]
    made.append(Case("a rest that would be found by subtraction", 10, options, table, columns, rows))

    rows = reports(chance)
    columns = [
        TERM,
        ("match_type", "VARCHAR"),
        CAMPAIGN,
        ("channel", "VARCHAR"),
        ("date", "DATE"),
        ("impressions", "BIGINT"),
    ]
    columns += [
        ("clicks", "BIGINT"),
        ("metrics.cost_micros", "BIGINT"),
        ("conversions", "DOUBLE"),
        ("revenue", "DECIMAL(18,4)"),
    ]
    table = {"reports": stored("reports", columns, rows)}
    options = ["--events", "reports", "--map", "metrics.cost_micros=cost"]
    for name in ("match_type", "campaign", "channel", "impressions"):
        options += ["--map", f"{name}={name}"]
    for least in (0, 20, 150):
        made.append(Case(f"daily reports with four names, threshold {least}", least, options, table, columns, rows))
    return made
