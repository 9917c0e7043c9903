"""Runs termwise for a notebook and reads what it wrote.

In: arguments as on the command line. Out: standard output as text, or the `--json` summary, and tables as Polars
frames. Everything is written to a temporary folder that goes when the kernel ends, so a notebook changes nothing in
the project. Paths in arguments are relative to the project's root.

The binary is `TERMWISE` from the environment, else `target/release/termwise`, else `termwise` on the path.
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parent.parent
ACCOUNT = "data/demo/account.csv"
_folder = tempfile.TemporaryDirectory(prefix="termwise-notebook-")
WORK = Path(_folder.name)


class Refused(Exception):
    """termwise ended with another exit code than 0; `code` and its message."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code


def binary() -> str:
    """Path of the program."""
    built = ROOT / "target" / "release" / "termwise"
    found = os.environ.get("TERMWISE") or (str(built) if built.exists() else shutil.which("termwise"))
    if not found:
        raise FileNotFoundError(
            "termwise is not built: run `cargo build --release`, or set TERMWISE to its path"
        )
    return str(Path(found).expanduser())


def termwise(*arguments) -> str:
    """Runs the program from the project's root and returns its standard output."""
    done = subprocess.run(
        [binary(), *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
        check=False,
    )
    if done.returncode != 0:
        raise Refused(done.returncode, done.stderr.strip().replace(f"{WORK}/", ""))
    return done.stdout.replace(f"{WORK}/", "")


def summary(*arguments) -> dict:
    """Runs the program with `--json` and returns its summary."""
    return json.loads(termwise(*arguments, "--json", "--quiet"))


def table(path) -> pl.DataFrame:
    """A CSV file that termwise wrote."""
    return pl.read_csv(path, infer_schema_length=None)


def write(name: str, content) -> Path:
    """Writes text or a frame into the temporary folder and returns its path."""
    path = WORK / name
    if isinstance(content, pl.DataFrame):
        content.write_csv(path)
    else:
        path.write_text(content, encoding="utf-8")
    return path
