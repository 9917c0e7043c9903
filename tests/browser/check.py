#!/usr/bin/env python3
"""Opens the reports in a real browser and asks of them what a reader would.

    apt-get install -y chromium
    python3 -m venv /tmp/browser && /tmp/browser/bin/pip install -r tests/browser/requirements.txt
    /tmp/browser/bin/python tests/browser/check.py [--termwise PATH] [--browser PATH] [PAGE…]

Without pages: the demo report, a backtest and scenarios of the demo account, and reports whose terms are hostile
names, made by the binary. Every page, in light and dark and at the width of a desk and of a phone, has to

* load without an error, a dialog or any request but its own,
* pass all rules of axe-core,
* fit the window's width,
* sort its long tables by words and by figures and filter them, by keyboard, with hostile words too,
* say the same without scripts, with nothing to press, and allow no script but its own,
* print to paper, no more than a little shrunk, with nothing cut off that scrolls on a screen, without controls, and with
  no heading alone at the end of a page.

Exit code: 0 all pass, 1 something fails, 2 wrong use.
"""

import argparse
import base64
import csv
import datetime
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
WIDTHS = {"desk": (1280, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
# width of A4 paper less usual margins, CSS pixels, and how much wider a page may be: browsers shrink it to fit
PAPER, SHRUNK = 718, 1.15
# rows from which on a table has a filter
FILTERED = 8
# rows of a longer table that are shown at first
FIRST = 200
# how many times a page is printed, each time beginning lower on the paper
PRINTED = 4
# names that would run as code, break tables or turn lines around if they were not taken as text
HOSTILE = [
    "<script>document.title='run'</script>",
    '"><img src=x onerror="document.title=\'run\'">',
    "</td></tr></table><h1>broken</h1>",
    "<svg onload=document.title='run'>",
    "' onmouseover='document.title=1",
    "&lt;b&gt; &amp; {{ 7 * 7 }} {% raw %}",
    "javascript:document.title='run'",
    "חולצה אדומה לגברים",
    "حقيبة سفر كبيرة",
    "登山靴 防水 レディース",
    "🥾 boots",
    "w" * 200,
]


def arguments():
    parser = argparse.ArgumentParser(description="opens the reports in a real browser and checks them")
    parser.add_argument(
        "pages", nargs="*", type=Path, help="HTML pages; by default those of the demo account"
    )
    parser.add_argument(
        "--termwise", type=Path, help="the binary; TERMWISE or target/release/termwise by default"
    )
    parser.add_argument("--browser", type=Path, help="Chromium; the one on the path by default")
    given = parser.parse_args()
    given.termwise = given.termwise or Path(
        os.environ.get("TERMWISE") or ROOT / "target" / "release" / "termwise"
    )
    if not given.pages and not given.termwise.is_file():
        parser.error(f"no binary at {given.termwise}: run `cargo build --release`, or give --termwise PATH")
    found = (
        given.browser
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if not found:
        parser.error("no Chromium: `apt-get install -y chromium`, or give --browser PATH")
    given.browser = Path(found)
    return given


def hostile(path: Path):
    """An account whose terms, campaigns and ad groups have hostile names."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(
            [
                "term",
                "campaign",
                "ad_group",
                "week",
                "clicks",
                "cost",
                "conversions",
                "revenue",
                "max_cpc",
                "margin",
            ]
        )
        for number, name in enumerate(HOSTILE):
            for week in range(12):
                date = datetime.date(2026, 1, 5) + datetime.timedelta(weeks=week)
                clicks = 40 + 7 * number + 3 * (week % 4)
                sold = 2 + (number + week) % 5
                bid = 1.2 if week % 6 else 1.0
                rows.writerow(
                    [
                        name,
                        HOSTILE[number % 4],
                        HOSTILE[(number + 5) % 12],
                        date,
                        clicks,
                        f"{0.6 * clicks:.2f}",
                        sold,
                        f"{45 * sold}",
                        bid,
                        0.4,
                    ]
                )


def make(folder: Path, binary: Path) -> dict[str, tuple[Path, list[str]]]:
    """The pages to check by name, each with the texts that it has to show."""

    def run(*words):
        done = subprocess.run(
            [binary, *map(str, words), "--quiet"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, words))} ended with {done.returncode}:\n{done.stderr}")

    account, names = ROOT / "data/demo/account.csv", folder / "hostile.csv"
    hostile(names)
    run("backtest", account, "--out", folder / "backtest")
    run("scenarios", account, "--config", ROOT / "data/scenarios.toml", "--out", folder / "scenarios")
    run("recommend", names, "--out", folder / "hostile")
    run("backtest", names, "--out", folder / "hostile-backtest")
    return {
        "demo report": (ROOT / "reports/demo/report.html", []),
        "backtest": (folder / "backtest/report.html", []),
        "scenarios": (folder / "scenarios/report.html", []),
        "hostile names": (folder / "hostile/report.html", HOSTILE),
        "hostile backtest": (folder / "hostile-backtest/report.html", []),
    }


def violations(page, axe) -> list[str]:
    """What axe-core finds, a line for each rule with the first places."""
    said = []
    for found in axe.run(page).response["violations"]:
        places = [node["target"][0] for node in found["nodes"]]
        why = re.sub(r"\s+", " ", found["nodes"][0].get("failureSummary", ""))[:240]
        said.append(
            f"axe {found['id']} ({found['impact']}), {len(places)} places, first {places[:3]}: {found['help']}; {why}"
        )
    return said


def overflow(page, width: int) -> list[str]:
    """What reaches beyond the right edge although nothing around it scrolls."""
    return page.evaluate(
        """width => {
            const scrolls = e => { for (let p = e.parentElement; p; p = p.parentElement)
                if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(p).overflowX)) return true; return false; };
            const beyond = [...document.body.querySelectorAll('*')].filter(e => {
                const box = e.getBoundingClientRect();
                return box.width > 0 && box.right > width + 1 && !scrolls(e) && !e.closest('svg');
            });
            const end = e => Math.round(e.getBoundingClientRect().right);
            return beyond.slice(0, 3).map(e => `<${e.tagName.toLowerCase()} class="${e.className}"> ends at ${end(e)} of ${width} pixels`);
        }""",
        width,
    )


def cut_on_paper(page) -> list[str]:
    """What scrolls on a screen and would be cut off on paper."""
    return page.evaluate(
        """() => [...document.body.querySelectorAll('*')]
            .filter(e => ['auto', 'scroll', 'hidden'].includes(getComputedStyle(e).overflowX)
                && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1 && !e.closest('svg'))
            .slice(0, 3).map(e => `<${e.tagName.toLowerCase()} class="${e.className}"> shows ${e.clientWidth}`
                + ` of ${e.scrollWidth} pixels`)"""
    )


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


def plain(browser, address: str) -> list[str]:
    """What is wrong with a page in a browser that runs no scripts."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address, wait_until="load")
    said = []
    if page.locator("button, input, [aria-sort]").count():
        said.append("without scripts: shows controls that do nothing")
    hidden = page.locator("table.sorts tbody tr[hidden]").count()
    if hidden:
        said.append(f"without scripts: hides {hidden} rows")
    context.close()
    return said


def policy(path: Path) -> list[str]:
    """What is wrong with what the page lets a browser run."""
    text = path.read_text(encoding="utf-8")
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    if not found:
        return ["policy: none"]
    rules = {rule.split()[0]: rule.split()[1:] for rule in found[1].split(";")}
    said = []
    if rules.get("default-src") != ["'none'"] or set(rules) - {"default-src", "script-src", "style-src", "base-uri", "form-action"}:
        said.append(f"policy: allows more than it has to: {found[1]}")
    for element in ("script", "style"):
        inside = re.findall(rf"<{element}[^>]*>(.*?)</{element}>", text, re.DOTALL)
        wanted = [f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in inside]
        if rules.get(f"{element}-src", []) != wanted:
            said.append(f"policy: the {element}s that are allowed are not those of the page")
    return said


def alone(page, sheet: dict) -> list[str]:
    """Headings that end a page of paper, wherever on the paper the report begins."""
    import pypdf

    said = []
    heads = page.evaluate("[...document.querySelectorAll('h2, h3')].map(head => head.textContent.trim())")
    for number in range(PRINTED):
        page.evaluate("down => { document.querySelector('header').style.paddingTop = down + 'px' }", 250 * number)
        for place, printed in enumerate(pypdf.PdfReader(io.BytesIO(page.pdf(**sheet))).pages):
            lines = [line.strip() for line in printed.extract_text().splitlines() if line.strip()]
            if lines and lines[-1] in heads:
                said.append(f"paper: page {place + 1} ends with the heading {lines[-1]!r}")
    return said


def watched(browser, address: str, where: str, said: list[str], **settings):
    """The page, opened and loaded; errors, dialogs and requests but its own are told in `said`."""

    def console(message):
        if message.type in ("error", "warning"):
            said.append(f"{where}: console: {message.text}")

    def request(asked):
        if asked.url != address:
            said.append(f"{where}: asks for {asked.url[:100]}")

    def dialog(opened):
        said.append(f"{where}: dialog: {opened.message}")
        opened.dismiss()

    page = browser.new_page(**settings)
    page.on("console", console)
    page.on("request", request)
    page.on("dialog", dialog)
    page.on("pageerror", lambda error: said.append(f"{where}: error: {error}"))
    page.goto(address, wait_until="load")
    # what is folded away has to be right as well
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    page.wait_for_timeout(100)
    return page


def check(browser, axe, path: Path, texts: list[str]) -> list[str]:
    """Everything that is wrong with one page."""
    said = []
    address = path.resolve().as_uri()
    for scheme in SCHEMES:
        for device, (width, height) in WIDTHS.items():
            where = f"{scheme}, {device}"
            size = {"width": width, "height": height}
            page = watched(browser, address, where, said, viewport=size, color_scheme=scheme)
            if page.title() == "run":
                said.append(f"{where}: a term's name ran as code")
            shown = page.evaluate("document.body.textContent")
            said += [f"{where}: does not show the text {text!r}" for text in texts if text not in shown]
            said += [f"{where}: {line}" for line in violations(page, axe) + overflow(page, width)]
            page.close()
    said += policy(path) + plain(browser, address)
    page = watched(browser, address, "controls", said, viewport={"width": 1280, "height": 900})
    said += controls(page, texts, "controls")
    page.close()
    page = watched(browser, address, "paper", said, viewport={"width": PAPER, "height": 1000})
    page.emulate_media(media="print")
    if page.locator("div.tools:visible, p.rest:visible").count():
        said.append("paper: shows controls")
    said += [f"paper: {line}" for line in overflow(page, int(SHRUNK * PAPER)) + cut_on_paper(page)]
    sheet = {"format": "A4", "margin": {side: "10mm" for side in ("top", "right", "bottom", "left")}}
    pdf = page.pdf(**sheet)
    said += alone(page, sheet)
    if not re.search(rb"/Type\s*/Page\b", pdf):
        said.append("paper: nothing is printed")
    page.close()
    return list(dict.fromkeys(said))


def main() -> int:
    given = arguments()
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    failed = 0
    with tempfile.TemporaryDirectory(prefix="termwise-browser-") as name, sync_playwright() as player:
        pages = {str(path): (path, []) for path in given.pages} or make(
            Path(name), given.termwise.resolve()
        )
        # root has no sandbox in a container; the pages are the project's own
        browser = player.chromium.launch(executable_path=str(given.browser), args=["--no-sandbox"])
        for label, (path, texts) in pages.items():
            said = check(browser, Axe(), path, texts)
            print(f"{label}: {'good' if not said else ''}")
            print("".join(f"  {line}\n" for line in said), end="", flush=True)
            failed += bool(said)
        browser.close()
    print(f"{len(pages) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
