"""A sheet of text as a PDF: black on white, for the printer of a small practice; A4, or A5 (half a page)."""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from xml.sax.saxutils import escape

import segno
from reportlab.lib.pagesizes import A4, A5
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, HRFlowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

FONTS = Path(__file__).resolve().parents[1] / "fonts"
_ONE_AT_A_TIME = threading.Lock()
"""reportlab keeps its fonts' state for the whole process."""


class Size(StrEnum):
    """Ukuran kertas (paper)."""

    A4 = "a4"
    A5 = "a5"


Pair = tuple[str, str]
"""What is told, and what it is: ("Nama", "…")."""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading and what stands below it."""

    heading: str
    pairs: Sequence[Pair]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a letter says. `warning` stands framed above all; `link` and `check` are for whoever verifies it."""

    house: str
    house_lines: Sequence[str]
    title: str
    facts: Sequence[Pair]
    opening: str
    blocks: Sequence[Block]
    closing: str
    signed: Sequence[str]
    signer: Sequence[str]
    link: str
    check: Sequence[str]
    foot: str
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class _Look:
    """Type sizes and widths of a paper."""

    page: tuple[float, float]
    margin: float
    size: float
    label: float
    code: float

    @property
    def side(self) -> float:
        """The margin without what a frame of reportlab keeps free by itself."""
        return self.margin - 6

    @property
    def width(self) -> float:
        return self.page[0] - 2 * self.margin


_LOOKS = {
    Size.A4: _Look(A4, 16 * mm, 9.2, 34 * mm, 30 * mm),
    Size.A5: _Look(A5, 9 * mm, 7.6, 25 * mm, 25 * mm),
}
_ROW = 420
"""Longer texts stand below their label over the whole width, and break across pages."""
_LINES = 60


@cache
def _fonts() -> None:
    for name, file in (("Letter", "DejaVuSansCondensed.ttf"), ("Letter-Bold", "DejaVuSansCondensed-Bold.ttf")):
        pdfmetrics.registerFont(TTFont(name, str(FONTS / file)))


def pdf(sheet: Sheet, size: Size = Size.A4) -> bytes:
    """The sheet as a PDF. Takes some 20 ms of a processor: call it beside the event loop."""
    with _ONE_AT_A_TIME:
        _fonts()
        look, out = _LOOKS[size], BytesIO()
        document = SimpleDocTemplate(
            out, pagesize=look.page, leftMargin=look.side, rightMargin=look.side, topMargin=look.side,
            bottomMargin=look.margin + 4 * mm, title=sheet.foot, author=sheet.house, creator="Simpul ILP", lang="id",
        )  # fmt: skip
        document.build(_story(sheet, look), canvasmaker=_numbered(sheet.foot, look))
        return out.getvalue()


def _story(sheet: Sheet, look: _Look) -> list[Flowable]:
    plain, bold, heading = _style(look), _style(look, bold=True), _style(look, bold=True, kept=True)
    small, title = _style(look, 0.86), _style(look, 1.4, bold=True, centred=True)
    told: list[Flowable] = [Paragraph(_safe(sheet.house), _style(look, 1.35, bold=True))]
    told += [Paragraph(_safe(line), small) for line in sheet.house_lines]
    told += [HRFlowable("100%", 1, color="black", spaceBefore=3, spaceAfter=5), Paragraph(_safe(sheet.title), title)]
    if sheet.warning:
        told += [Spacer(0, 3), _framed(sheet.warning, bold, look)]
    told += [Spacer(0, 4), *_pairs(sheet.facts, look), Spacer(0, 4), Paragraph(_safe(sheet.opening), plain)]
    for block in sheet.blocks:
        line = HRFlowable("100%", 0.4, color="black", spaceAfter=1)
        line.keepWithNext = True
        told += [Spacer(0, 4), Paragraph(_safe(block.heading), heading), line]
        told += _pairs(block.pairs, look)
    told += [Spacer(0, 5), Paragraph(_safe(sheet.closing), plain), Spacer(0, 5), _feet(sheet, look)]
    return told


def _pairs(pairs: Sequence[Pair], look: _Look) -> list[Flowable]:
    """Rows of label and text; a long text stands below its label, so that it may go on over the page."""
    plain, told, rows = _style(look), list[Flowable](), list[list[Paragraph]]()

    def table() -> None:
        if rows:
            widths = (look.label, look.width - look.label)
            told.append(Table(list(rows), widths, style=_TIGHT, hAlign="LEFT"))
            rows.clear()

    for label, text in pairs:
        if len(text) > _ROW or text.count("\n") > 6:
            table()
            told.append(Paragraph(f"{_safe(label)}: {_safe(text)}", _style(look, after=2)))
        else:
            rows.append([Paragraph(_safe(label), plain), Paragraph(_safe(text), plain)])
    table()
    return told


_TIGHT: list[Any] = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ("TOPPADDING", (0, 0), (-1, -1), 0.6), ("BOTTOMPADDING", (0, 0), (-1, -1), 0.6),
]  # fmt: skip


def _feet(sheet: Sheet, look: _Look) -> Flowable:
    """The code with its words on the left, the place to sign on the right; never torn apart."""
    plain, small, bold = _style(look), _style(look, 0.86), _style(look, bold=True)
    left = [[_Code(sheet.link, look.code), [Paragraph(_safe(_one(line)), small) for line in sheet.check]]]
    half = look.width * 0.58
    words = Table(left, (look.code + 6, half - look.code - 6), style=_TIGHT)
    signer, rest = list(sheet.signer)[:1], list(sheet.signer)[1:]
    hand = [
        *(Paragraph(_safe(_one(line)), plain) for line in sheet.signed),
        Spacer(0, 15 * mm),
        *(Paragraph(_safe(_one(line)), bold) for line in signer),
        *(Paragraph(_safe(_one(line)), small) for line in rest),
    ]  # fmt: skip
    return KeepTogether([Table([[words, hand]], (half, look.width - half), style=_TIGHT, hAlign="LEFT")])


def _framed(text: str, style: ParagraphStyle, look: _Look) -> Flowable:
    frame: list[Any] = [("BOX", (0, 0), (-1, -1), 1.2, "black"), ("LEFTPADDING", (0, 0), (-1, -1), 6)]
    return Table([[Paragraph(_safe(text), style)]], (look.width,), style=frame, hAlign="LEFT")


class _Code(Flowable):
    """A QR code drawn as squares, with its quiet zone."""

    def __init__(self, link: str, side: float) -> None:
        super().__init__()
        self.width = self.height = side
        self._matrix = segno.make(link, error="m", micro=False).matrix

    def draw(self) -> None:
        cells = len(self._matrix) + 8  # the quiet zone is four wide
        step = self.width / cells
        for y, row in enumerate(self._matrix):
            x = 0
            while x < len(row):  # a run of squares is one: seams between them would show on paper
                end = x
                while end < len(row) and row[end]:
                    end += 1
                if end > x:
                    top = self.height - (y + 5) * step
                    self.canv.rect((x + 4) * step, top, (end - x) * step, step * 1.01, stroke=0, fill=1)
                x = end + 1


def _numbered(foot: str, look: _Look) -> type[Canvas]:
    """A canvas that writes "page n of m" below each page: m is known when all are made."""

    class Numbered(Canvas):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            self._pages.append(dict(self.__dict__))
            cast(Any, self)._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._pages, 1):
                self.__dict__.update(page)
                self.setFont("Letter", look.size * 0.8)
                self.drawString(look.margin, look.margin, foot)
                which = f"halaman {number} dari {len(self._pages)}"
                self.drawRightString(look.page[0] - look.margin, look.margin, which)
                super().showPage()
            super().save()

    return Numbered


def _style(
    look: _Look, times: float = 1, *, bold: bool = False, centred: bool = False, kept: bool = False, after: float = 0
) -> ParagraphStyle:
    size = look.size * times
    return ParagraphStyle(
        "letter", fontName="Letter-Bold" if bold else "Letter", fontSize=size, leading=size * 1.22,
        alignment=1 if centred else 0, spaceAfter=after, splitLongWords=1, keepWithNext=kept,
    )  # fmt: skip


_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]+")
_UNSEEN = re.compile(r"[\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")
"""Soft hyphens among them, which reportlab takes seconds to weigh; and what would turn the line around."""


def _safe(text: str) -> str:
    """The text for a Paragraph, which reads markup: nothing that somebody wrote may be read as such."""
    lines = [line for line in (_CONTROL.sub(" ", part).strip() for part in _UNSEEN.sub("", text).split("\n")) if line]
    head, rest = lines[:_LINES], lines[_LINES:]
    return "<br/>".join(escape(line) for line in head) + (escape(" ".join(["", *rest])) if rest else "")


def _one(text: str) -> str:
    """The text in one line, where there is room for no more."""
    return " ".join(text.split())
