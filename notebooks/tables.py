"""Tables as an analyst reads them: thousands separated, percent where asked for, nothing where there is nothing.

In: a Polars frame, and a format for each column that wants another than the usual one. Out: an HTML table for the
page and an aligned text of the same cells, which `check.py` compares.
"""

import html

import polars as pl


def _cell(value, form: str) -> str:
    if value is None or value != value:
        return ""
    if form and not isinstance(value, str):
        return format(value, form).replace("-", "−") if not hasattr(value, "year") else format(value, form)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}".replace("-", "−")
    if isinstance(value, float):
        return f"{value:,.2f}".replace("-", "−")
    return str(value)


class _Table:
    def __init__(self, frame: pl.DataFrame, forms: dict):
        unknown = set(forms) - set(frame.columns)
        if unknown:
            raise KeyError(f"no column {', '.join(sorted(unknown))}; there are {', '.join(frame.columns)}")
        self.names = [name.replace("_", " ") for name in frame.columns]
        self.right = [kind.is_numeric() for kind in frame.dtypes]
        self.rows = [
            [_cell(value, forms.get(name, "")) for name, value in zip(frame.columns, row)]
            for row in frame.iter_rows()
        ]

    def _text(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.names, *self.rows)]

        def line(cells):
            sides = zip(cells, widths, self.right)
            return "  ".join(
                cell.rjust(width) if right else cell.ljust(width) for cell, width, right in sides
            ).rstrip()

        return "\n".join([line(self.names), line(["-" * width for width in widths]), *map(line, self.rows)])

    def _html(self) -> str:
        def line(tag, cells):
            sides = zip(cells, self.right)
            row = [
                f'<{tag} style="text-align:{"right" if right else "left"}">{html.escape(cell)}</{tag}>'
                for cell, right in sides
            ]
            return f"<tr>{''.join(row)}</tr>"

        body = "\n".join(line("td", row) for row in self.rows)
        return f"<table>\n<thead>{line('th', self.names)}</thead>\n<tbody>\n{body}\n</tbody>\n</table>"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self._html(), "text/plain": self._text()}


def lay(frame: pl.DataFrame, forms: dict | None = None):
    """The frame as a cell's result; `forms` gives columns a format, e.g. `{"rate": ".1%", "spend": ",.0f"}`."""
    return _Table(frame, forms or {})
