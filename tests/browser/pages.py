"""The pages that are checked: reports of the demo account, and of one whose names are hostile."""

import csv
import datetime
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
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
