"""The common look of the notebooks' charts, and how they are stored.

`show` ends a cell: it gives the chart as a small PNG (a viewer that does not trust a notebook still shows PNG, where it
would hide SVG) and, as plain text, what the chart is and the figures drawn. The text is what people who cannot see the
picture read, and what `check.py` compares exactly.
"""

import io

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

# the palette of the reports (Okabe and Ito 2008), told apart without colour sight
INK, MUTED, GRID = "#1f2933", "#5b6770", "#e3e7ea"
NOW, PLAN, LESS, MORE = "#9aa5ae", "#0072b2", "#d55e00", "#009e73"
SERIES = [PLAN, LESS, MORE, "#cc79a7", "#8a6d00", "#56b4e9"]

plt.rcParams.update(
    {
        "figure.figsize": (7.6, 3.6),
        "figure.dpi": 100,
        "figure.constrained_layout.use": True,
        "font.family": "DejaVu Sans",
        "font.size": 9,
        "axes.titlesize": 10.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.edgecolor": MUTED,
        "axes.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.prop_cycle": matplotlib.cycler(color=SERIES),
        "grid.color": GRID,
        "grid.linewidth": 0.8,
        "text.color": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "legend.frameon": False,
    }
)


def figure(*args, **keys):
    """`plt.subplots` with the common look."""
    return plt.subplots(*args, **keys)


def money(axis, currency="€"):
    """Money on an axis: thousands separated, no decimals."""
    axis.set_major_formatter(lambda value, _: f"{'−' if value < 0 else ''}{currency}{abs(value):,.0f}")


def counts(axis):
    """Counts on an axis: thousands separated."""
    axis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def percent(axis, digits=0):
    """Ratios on an axis as percent."""
    axis.set_major_formatter(lambda value, _: f"{100 * value:.{digits}f}%")


def _number(value) -> str:
    value = float(value)
    if not np.isfinite(value):
        return "none"
    # rounded to what a picture can show, so that the last bit of a processor's logarithm is not in it
    return f"{value:.5g}" if abs(value) >= 1e-9 else "0"


def _series(name, x, y) -> str:
    def span(values):
        values = np.ravel(np.asarray(values))
        if values.dtype.kind == "M":
            return f"{values.min()} to {values.max()}"
        if values.dtype.kind not in "fiub":
            return ", ".join(map(str, values))
        values = values.astype(float)
        if len(values) <= 12:
            return ", ".join(map(_number, values))
        known = values[np.isfinite(values)]
        return f"{_number(known.min())} to {_number(known.max())}, sum {_number(known.sum())}"

    return f"  {name} ({len(np.ravel(x))}): x {span(x)}; y {span(y)}"


def _figures(axes) -> list[str]:
    """The figures drawn: lines, bars, points and bands of one pair of axes."""
    rows = []
    for bars in axes.containers:
        if isinstance(bars, matplotlib.container.BarContainer):
            lying = bars.orientation == "horizontal"
            at = [
                bar.get_y() + bar.get_height() / 2 if lying else bar.get_x() + bar.get_width() / 2
                for bar in bars
            ]
            size = [bar.get_width() if lying else bar.get_height() for bar in bars]
            rows.append(_series(_plain(bars.get_label(), "bars"), *((size, at) if lying else (at, size))))
    for line in axes.lines:
        if len(line.get_xdata()) == 0:
            continue
        rows.append(
            _series(_plain(line.get_label(), "line"), line.get_xdata(orig=True), line.get_ydata(orig=True))
        )
    for collection in axes.collections:
        if isinstance(collection, matplotlib.collections.PathCollection):
            at = np.asarray(collection.get_offsets())
            rows.append(_series(_plain(collection.get_label(), "points"), at[:, 0], at[:, 1]))
        elif isinstance(collection, matplotlib.collections.PolyCollection):
            at = np.concatenate([path.vertices for path in collection.get_paths()])
            rows.append(_series(_plain(collection.get_label(), "band"), at[:, 0], at[:, 1]))
        elif isinstance(collection, matplotlib.collections.LineCollection):
            at = np.concatenate([np.asarray(segment) for segment in collection.get_segments()])
            rows.append(_series(_plain(collection.get_label(), "intervals"), at[:, 0], at[:, 1]))
    return rows


def _plain(label, kind) -> str:
    label = str(label)
    return kind if label.startswith("_") or not label else f"{kind} “{label}”"


class _Chart:
    def __init__(self, drawn, says):
        png = io.BytesIO()
        drawn.savefig(png, format="png", metadata={"Software": None})
        lines = [f"Chart: {says}"]
        for axes in drawn.axes:
            title = axes.get_title(loc="left") or axes.get_title()
            lines.append(f"{title} [x: {axes.get_xlabel()}; y: {axes.get_ylabel()}]".replace("\n", " "))
            lines += _figures(axes)
        plt.close(drawn)
        small = io.BytesIO()
        # few inks and their edges: a palette takes a quarter of the bytes
        picture = (
            Image.open(png)
            .convert("RGB")
            .quantize(128, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        )
        picture.save(small, "png", optimize=True)
        self._bundle = {"image/png": small.getvalue(), "text/plain": "\n".join(lines)}

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self._bundle


def show(drawn, says: str):
    """The chart as a cell's result; `says` is what a reader should see in it, in a sentence."""
    return _Chart(drawn, says)
