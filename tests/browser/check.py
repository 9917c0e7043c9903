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
* print to paper, no more than a little shrunk, and with nothing cut off that scrolls on a screen.

`.ci/run` needs no browser, so this is run by hand where templates change. Exit code: 0 all pass, 1 something fails,
2 wrong use.
"""

import argparse
import csv
import datetime
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
# columns of a name that the page shows; the tables in CSV have it whole
SHOWN = 59
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
            absent = [text for text in texts if text[:SHOWN] not in shown]
            said += [f"{where}: does not show the text {text[:SHOWN]!r}" for text in absent]
            said += [f"{where}: {line}" for line in violations(page, axe) + overflow(page, width)]
            page.close()
    page = watched(browser, address, "paper", said, viewport={"width": PAPER, "height": 1000})
    page.emulate_media(media="print")
    said += [f"paper: {line}" for line in overflow(page, int(SHRUNK * PAPER)) + cut_on_paper(page)]
    pdf = page.pdf(format="A4", margin={side: "10mm" for side in ("top", "right", "bottom", "left")})
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
