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
import hashlib
import io
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from pages import make
from tables import controls

ROOT = Path(__file__).resolve().parent.parent.parent
WIDTHS = {"desk": (1280, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
# width of A4 paper less usual margins, CSS pixels, and how much wider a page may be: browsers shrink it to fit
PAPER, SHRUNK = 718, 1.15

# how many times a page is printed, each time beginning lower on the paper
PRINTED = 4


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
