#!/usr/bin/env python3
"""Executes the notebooks from scratch and compares every output with what is stored.

    python3 -m venv /tmp/notebooks && /tmp/notebooks/bin/pip install -r notebooks/requirements.txt
    /tmp/notebooks/bin/python notebooks/check.py [--termwise PATH] [--update] [NOTEBOOK…]

Texts, tables and the figures of charts have to be the same to the last character; pictures may differ in a few
pixels, as another processor may round an edge otherwise. `--update` stores what came instead. Exit code: 0 the same
(or stored), 1 something differs or a cell failed, 2 wrong use. Nothing is written outside a temporary folder but, with
`--update`, the notebooks: settings, caches and history of Jupyter, IPython and Matplotlib go to that folder.
"""

import argparse
import base64
import difflib
import io
import os
import re
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
# share of pixels that may differ by more than a shade between two processors
PIXELS = 0.002
SHADE = 24
# what must not stand in a stored output: paths of one machine, addresses in memory, the time of day
VARIES = re.compile(r"/(?:tmp|home|root|Users|var)/|\b0x[0-9a-f]{6,}\b|\b\d\d:\d\d:\d\d\b")


def arguments():
    parser = argparse.ArgumentParser(
        description="executes the notebooks and compares outputs with the stored ones"
    )
    parser.add_argument(
        "notebooks", nargs="*", type=Path, help="notebooks to check; all of this folder by default"
    )
    parser.add_argument(
        "--termwise", type=Path, help="the binary; TERMWISE or target/release/termwise by default"
    )
    parser.add_argument("--update", action="store_true", help="store the outputs instead of comparing them")
    given = parser.parse_args()
    given.notebooks = [path.resolve() for path in given.notebooks] or sorted(HERE.glob("*.ipynb"))
    binary = given.termwise or Path(os.environ.get("TERMWISE") or ROOT / "target" / "release" / "termwise")
    if not binary.is_file():
        parser.error(f"no binary at {binary}: run `cargo build --release`, or give --termwise PATH")
    for path in given.notebooks:
        if not path.is_file():
            parser.error(f"no notebook at {path}")
    given.termwise = binary.resolve()
    return given


def isolate(folder: str, binary: Path):
    """Points every tool that would write to the user's home to `folder`."""
    for name in (
        "IPYTHONDIR",
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "MPLCONFIGDIR",
    ):
        os.environ[name] = os.path.join(folder, name.lower())
    os.environ.update(
        TERMWISE=str(binary),
        PYTHONDONTWRITEBYTECODE="1",
        PYDEVD_DISABLE_FILE_VALIDATION="1",
        MPLBACKEND="agg",
        NO_COLOR="1",
    )
    # the cache of fonts is built here once: on a busy machine the first notebook would say that it takes a moment
    import matplotlib.font_manager  # noqa: F401


def execute(path: Path):
    """The notebook with fresh outputs, and the error of the cell that failed, if one did."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        # seconds; a cell takes a few, on a busy machine ten times as long
        timeout=300,
        startup_timeout=180,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        # the kernel listens on this machine alone, and warns that it does so in plain text
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        return notebook, re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    # what says nothing of the outputs and differs from machine to machine
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for number, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{number}", nbformat.from_dict({})
    return notebook, None


def outputs(cell) -> dict:
    """Every output of a cell by a name that says what it is: texts as they are, pictures as bytes."""
    found = {}
    for number, output in enumerate(cell.get("outputs", [])):
        if output.output_type == "stream":
            found[f"output {number + 1}, {output.name}"] = output.text
        elif output.output_type == "error":
            found[f"output {number + 1}, error"] = f"{output.ename}: {output.evalue}"
        else:
            for kind, data in output.data.items():
                is_picture = kind == "image/png"
                found[f"output {number + 1}, {kind}"] = base64.b64decode(data) if is_picture else data
    return found


def pictures_differ(stored: bytes, now: bytes) -> str | None:
    """How two pictures differ, in words; `None` where they look the same."""
    import numpy as np
    from PIL import Image

    if stored == now:
        return None
    before, after = (
        np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int) for png in (stored, now)
    )
    if before.shape != after.shape:
        return f"the picture was {before.shape[1]} × {before.shape[0]} pixels and is {after.shape[1]} × {after.shape[0]}"
    share = (abs(before - after).max(axis=2) > SHADE).mean()
    return f"{100 * share:.2f}% of the picture's pixels differ" if share > PIXELS else None


def compare(name: str, stored, now) -> list[str]:
    """What differs between two runs of a notebook, as lines to read."""
    said = []
    if [cell.source for cell in stored.cells] != [cell.source for cell in now.cells]:
        return [f"{name}: the cells changed while they were executed"]
    code = 0
    for before, after in zip(stored.cells, now.cells):
        if before.cell_type != "code":
            continue
        code += 1
        if before.execution_count != after.execution_count:
            said.append(f"{name}, cell [{code}]: was not stored by a run from top to bottom")
        old, new = outputs(before), outputs(after)
        for key in [*old, *(key for key in new if key not in old)]:
            place = f"{name}, cell [{code}], {key}"
            if key not in old or key not in new:
                said.append(f"{place}: {'no longer comes' if key in old else 'is not stored'}")
            elif isinstance(old[key], bytes):
                differs = pictures_differ(old[key], new[key])
                said += [f"{place}: {differs}"] if differs else []
            elif old[key] != new[key]:
                lines = [str(text).splitlines() for text in (old[key], new[key])]
                said += difflib.unified_diff(
                    *lines, f"{place} (stored)", f"{place} (now)", lineterm="", n=2
                )
    return said


def varying(name: str, notebook) -> list[str]:
    """Outputs that would differ on another machine or day."""
    said, code = [], 0
    for cell in notebook.cells:
        code += cell.cell_type == "code"
        for key, data in outputs(cell).items():
            found = None if isinstance(data, bytes) else VARIES.search(str(data))
            if found:
                said.append(
                    f"{name}, cell [{code}], {key}: holds “{found.group()}”, which differs from machine to machine"
                )
    return said


def main() -> int:
    given = arguments()
    with tempfile.TemporaryDirectory(prefix="termwise-check-") as folder:
        isolate(folder, given.termwise)
        import nbformat

        failed = 0
        for path in given.notebooks:
            stored = nbformat.read(path, as_version=4)
            now, error = execute(path)
            said = [f"{path.name}: {error}"] if error else varying(path.name, now)
            if not said and given.update:
                before = path.read_text(encoding="utf-8")
                nbformat.write(now, path)
                print(
                    f"{path.name}: {'as stored' if path.read_text(encoding='utf-8') == before else 'stored'}"
                )
                continue
            said = said or compare(path.name, stored, now)
            print("\n".join(said) if said else f"{path.name}: as stored", flush=True)
            failed += bool(said)
    if failed and not given.update:
        print("hint: if the outputs are meant to change, store them with `notebooks/check.py --update` and look at the diff")
    print(f"{len(given.notebooks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
