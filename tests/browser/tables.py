"""What a reader does with tables: sorting and filtering, by keyboard."""

import re

# rows from which on a table has a filter
FILTERED = 8
# rows of a longer table that are shown at first
FIRST = 200


def figure(text: str) -> float | None:
    """The first number of a cell, read as a person would; none for a dash."""
    found = re.search(r"[\d,]*\d(\.\d+)?(e[-−]\d+)?", text)
    if not found:
        return None
    size = float(found[0].replace(",", "").replace("−", "-"))
    return (-1 if text.startswith("−") else 1) * (size + {"<": -0.5, ">": 0.5}.get(text[:1], 0))


# what each row of a table shows in each column, the smaller lines left out, and whether the row is shown
ROWS = """table => [...table.tBodies[0].rows].map(row => ({shown: row.getClientRects().length > 0,
    all: row.textContent, cells: [...row.cells].map(cell => cell.firstChild ? cell.firstChild.textContent : '')}))"""


def sorts(table, heads, column: int, where: str) -> list[str]:
    """What is wrong with the order of a table when the button of a head is pressed three times, by keyboard."""
    said = []
    head, name = heads.nth(column), heads.nth(column).inner_text()
    numeric = "n" in (head.get_attribute("class") or "").split()
    before = [row["cells"] for row in table.evaluate(ROWS)]
    turns = ["descending", "ascending", None] if numeric else ["ascending", "descending", None]
    for key, turn in zip(["Enter", "Space", "Enter"], turns, strict=True):
        head.locator("button").press(key)
        said_of_it = head.get_attribute("aria-sort")
        if said_of_it != turn or table.locator("[aria-sort]").count() != (turn is not None):
            said.append(f"{where}: after {key} on {name!r} aria-sort is {said_of_it}, not {turn}")
        rows = [row["cells"] for row in table.evaluate(ROWS)]
        if sorted(rows) != sorted(before):
            said.append(f"{where}: sorting by {name!r} changes the rows")
        keys = [row[column] for row in rows]
        if turn is None:
            wrong = rows != before
        elif numeric:
            read = [figure(key) for key in keys]
            some = [key for key in read if key is not None]
            wrong = some != sorted(some, reverse=turn == "descending") or None in read[: len(some)]
        else:
            # other letters than these have an order of their own in each language
            plain = [key for key in keys if re.fullmatch(r"[a-z ]+", key)]
            wrong = plain != sorted(plain, reverse=turn == "descending")
        if wrong:
            said.append(f"{where}: {name!r} {turn or 'as it was'} is not in order: {keys[:4]}")
    return said


def filters(page, table, tools, texts: list[str], where: str) -> list[str]:
    """What is wrong with the filter above a table."""
    said = []
    rows = table.evaluate(ROWS)
    box, count = tools.locator("input"), tools.locator("[aria-live=polite]")
    more = table.locator("xpath=../following-sibling::*[1][self::p[@class='rest']]/button")
    if tools.locator("label").get_attribute("for") != box.get_attribute("id"):
        said.append(f"{where}: the filter has no label")
    words = [rows[0]["cells"][0].split()[0], "no such words", "", *texts]
    for word in words:
        box.fill("")
        box.press_sequentially(word[:60])
        wanted = word[:60].lower().split()
        shown = [row["all"] for row in table.evaluate(ROWS) if row["shown"]]
        # the words stand in what the row says; that numbers are not looked at can only leave fewer
        if any(not all(part in row.lower() for part in wanted) for row in shown):
            said.append(f"{where}: the filter {word[:60]!r} lets other rows through")
        found = [row for row in rows if all(part in row["cells"][0].lower() for part in wanted)]
        cut = len(shown) == FIRST and more.is_visible()
        if len(shown) < (min(len(found), FIRST) if cut else len(found)):
            said.append(f"{where}: the filter {word[:60]!r} hides rows of that name")
        told = f"{len(shown):,} of {len(rows):,} rows" if wanted else f"{len(rows):,} rows"
        if cut:
            told = (count.inner_text().split(", the")[0] if wanted else told) + f", the first {FIRST} shown"
        if count.inner_text() != told:
            said.append(f"{where}: the filter {word[:60]!r} says {count.inner_text()!r}, not {told!r}")
    box.fill("")
    if len(rows) > FIRST:
        more.press("Enter")
    shown = sum(row["shown"] for row in table.evaluate(ROWS))
    if shown != len(rows) or more.is_visible():
        said.append(f"{where}: {shown} of {len(rows)} rows are shown where all are asked for")
    if page.title() == "run":
        said.append(f"{where}: a word in the filter ran as code")
    return said


def controls(page, texts: list[str], where: str) -> list[str]:
    """What is wrong with the sorting and filtering of a page's tables."""
    said = []
    for number in range(page.locator("table.sorts").count()):
        table = page.locator("table.sorts").nth(number)
        rows, heads = table.locator("tbody tr").count(), table.locator("thead th")
        if rows < 2:
            continue
        for column in range(heads.count()):
            said += sorts(table, heads, column, where)
        tools = table.locator("xpath=../preceding-sibling::*[1][self::div[starts-with(@class, 'tools')]]")
        if tools.count() != (rows >= FILTERED):
            said.append(f"{where}: a table of {rows} rows has {tools.count()} filters")
        elif rows >= FILTERED:
            said += filters(page, table, tools, texts, where)
    return said
