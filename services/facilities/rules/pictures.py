"""Small pictures as SVG: a grid and bars. Every picture says in words what it shows (title, desc, and each mark)."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO

import segno

INK, SOFT, LINE = "#17302c", "#5b6f6a", "#e4dfd3"
COLOURS = {"met": "#12796b", "waiting": "#d9822b", "missing": "#ffffff"}
MARKS = {"met": "✓", "waiting": "…", "missing": ""}
SAYS = {"met": "terpenuhi", "waiting": "menunggu verifikasi", "missing": "belum"}
CELL = 26


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row of the grid: its label, a state per column, and what stands at its end."""

    label: str
    states: Sequence[str]
    says: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: 0 to 100."""

    label: str
    value: float
    says: str


def _frame(width: int, height: int, title: str, told: str, body: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" aria-labelledby="t d" font-family="system-ui,sans-serif" font-size="12" fill="{INK}">'
        f'<title id="t">{escape(title)}</title><desc id="d">{escape(told)}</desc>'
        f'<rect width="{width}" height="{height}" fill="#f8f6f1"/>{"".join(body)}</svg>'
    )


def grid(title: str, columns: Sequence[str], rows: Sequence[GridRow]) -> str:
    """Rows × columns of states (met, waiting, missing)."""
    left, top = 190, 60 + 6 * max((min(len(c), 34) for c in columns), default=0)
    width, height = left + CELL * len(columns) + 130, top + CELL * len(rows) + 16
    out = [f'<text x="12" y="24" font-size="15" font-weight="600">{escape(title)}</text>']
    for n, name in enumerate(columns):
        x = left + CELL * n + CELL // 2 + 4
        label = name if len(name) <= 34 else name[:33] + "…"
        out.append(f'<text transform="translate({x} {top - 8}) rotate(-60)" fill="{SOFT}">{escape(label)}</text>')
    for m, row in enumerate(rows):
        y = top + CELL * m
        out.append(f'<text x="12" y="{y + 17}">{escape(row.label)}</text>')
        for n, state in enumerate(row.states):
            x, told = left + CELL * n, f"{row.label}, {columns[n]}: {SAYS[state]}"
            out.append(
                f'<g><title>{escape(told)}</title><rect x="{x}" y="{y}" width="{CELL - 4}" height="{CELL - 4}" rx="5"'
                f' fill="{COLOURS[state]}" stroke="{LINE}"/>'
                f'<text x="{x + 11}" y="{y + 16}" text-anchor="middle" fill="#fff">{MARKS[state]}</text></g>'
            )
        out.append(
            f'<text x="{left + CELL * len(row.states) + 6}" y="{y + 17}" fill="{SOFT}">{escape(row.says)}</text>'
        )
    return _frame(width, height, title, ". ".join(f"{r.label}: {r.says}" for r in rows), out)


def bars(title: str, shown: Sequence[Bar]) -> str:
    """Bars from 0 to 100, one below another."""
    left, span, step = 250, 300, 28
    width, height = left + span + 110, 48 + step * len(shown)
    out = [f'<text x="12" y="24" font-size="15" font-weight="600">{escape(title)}</text>']
    for n, bar in enumerate(shown):
        y = 42 + step * n
        long = round(span * max(0.0, min(bar.value, 100)) / 100, 1)
        label = bar.label if len(bar.label) <= 36 else bar.label[:35] + "…"
        out.append(
            f'<g><title>{escape(f"{bar.label}: {bar.says}")}</title><text x="12" y="{y + 14}">{escape(label)}</text>'
            f'<rect x="{left}" y="{y}" width="{span}" height="18" rx="4" fill="{LINE}"/>'
            f'<rect x="{left}" y="{y}" width="{long}" height="18" rx="4" fill="{COLOURS["met"]}"/>'
            f'<text x="{left + span + 8}" y="{y + 14}" fill="{SOFT}">{escape(bar.says)}</text></g>'
        )
    return _frame(width, height, title, ". ".join(f"{b.label}: {b.says}" for b in shown), out)


def qr(link: str, title: str) -> str:
    """A link to point a phone at."""
    code, out = segno.make(link, error="m", micro=False), BytesIO()
    code.save(out, kind="svg", xmldecl=False, scale=8, border=4, title=title, desc=link, dark=INK, light="#fff")
    return out.getvalue().decode()
