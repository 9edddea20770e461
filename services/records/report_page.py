"""The access report as one printable page (A4): Indonesian with English beside, no script, nothing from elsewhere."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import date
from html import escape
from zoneinfo import ZoneInfo

from services.records.contract.trail import DayLooks, FacilityLooks, Look, Report, Way
from services.records.report import by_day, day, moment

STYLE = """
@page { size: A4; margin: 16mm 15mm }
* { box-sizing: border-box }
body { font: 10.5pt/1.4 system-ui, "Noto Sans", Arial, sans-serif; color: #1b2a33; max-width: 180mm; margin: 8mm auto;
  padding: 0 4mm }
h1 { font-size: 18pt; line-height: 1.15; margin: 0 }
h2 { font-size: 12pt; margin: 7mm 0 2mm; border-bottom: .4mm solid #1b2a33; padding-bottom: 1mm; break-after: avoid }
h3 { font-size: 10.5pt; margin: 4mm 0 1mm; break-after: avoid }
.en { color: #5b6b75; font-weight: 400 }
h1 .en { display: block; font-size: 11pt }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .5mm 4mm; margin: 3mm 0 }
dt { color: #5b6b75 } dd { margin: 0 }
.totals { display: flex; gap: 3mm; margin: 4mm 0 }
.totals div { flex: 1; border: .3mm solid #b9c4ca; border-radius: 2mm; padding: 2mm 3mm }
.totals b { display: block; font-size: 17pt; line-height: 1.1; font-variant-numeric: tabular-nums }
.warn { border: .5mm solid #b3261e; color: #8c1d18; border-radius: 2mm; padding: 2mm 3mm; margin: 3mm 0 }
svg { display: block; width: 100%; height: auto }
svg text { font-size: 10.5px; fill: #1b2a33 } svg .soft { fill: #5b6b75 }
.ok { fill: #1f6f8b } .no { fill: #b3261e } .glass { fill: #c77700 } .axis { stroke: #b9c4ca; stroke-width: 1 }
.legend { display: flex; gap: 5mm; font-size: 9pt; margin: 1mm 0 2mm } .legend svg { width: 3mm; height: 3mm }
.legend span { display: flex; align-items: center; gap: 1.5mm }
table { width: 100%; border-collapse: collapse; font-size: 9.5pt }
td { vertical-align: top; padding: 1mm 2mm 1mm 0; border-top: .2mm solid #d8dfe3 }
tr { break-inside: avoid } td.at { white-space: nowrap; width: 14mm; font-variant-numeric: tabular-nums }
.mark { display: inline-block; border-radius: 1mm; padding: 0 1.2mm; font-size: 8.5pt; font-weight: 600; color: #fff }
.mark.refused { background: #b3261e } .mark.btg { background: #a15f00 }
small { color: #5b6b75 } footer { margin-top: 8mm; font-size: 9pt; color: #5b6b75; break-inside: avoid }
@media print { body { margin: 0; max-width: none; padding: 0 }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact } }
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_SERVICES = {"records": "catatan", "coverage": "JKN", "referrals": "rujukan", "indicators": "program",
             "facilities": "jejaring faskes"}  # fmt: skip


def page(report: Report, zone: ZoneInfo) -> str:
    """The report as an HTML document."""
    since, until = (day(d) if d else None for d in (report.since, report.until))
    span = f"{since or 'sejak awal'} – {until or 'sekarang'}"
    parts = [
        "<!doctype html><html lang=id><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'><title>Siapa membaca catatan saya</title>"
        f"<style>{STYLE}</style></head><body>",
        "<h1>Siapa membaca catatan saya <span class=en>Who read my record</span></h1>",
        "<dl><dt>Nama · <span class=en>name</span></dt><dd>…………………………………………………………</dd>"
        f"<dt>Nomor catatan · <span class=en>record</span></dt><dd>{escape(report.person)}</dd>"
        f"<dt>Rentang · <span class=en>period</span></dt><dd>{escape(span)}</dd>"
        f"<dt>Dibuat · <span class=en>made</span></dt><dd>{moment(report.made_at, zone)}</dd></dl>",
        _warning(report),
        _totals(report),
        "<h2>Siapa yang melihat <span class=en>who looked</span></h2>", _legend(), _bars(report.facilities, zone),
        "<h2>Kapan <span class=en>when</span></h2>", _timeline(report.days),
        _ways(report.referrals),
        "<h2>Setiap akses, terbaru dahulu <span class=en>every access, newest first</span></h2>",
        *(_day(on, looks, zone) for on, looks in by_day(report, zone).items()),
        "" if report.entries else "<p>Tidak ada akses pada rentang ini. <span class=en>No access.</span></p>",
        _rest(report),
        _footer(),
        "</body></html>",
    ]  # fmt: skip
    return "".join(parts)


def _warning(report: Report) -> str:
    if report.complete:
        return ""
    names = ", ".join(_SERVICES.get(n, n) for n in report.unreachable)
    return (
        f"<p class=warn><b>Belum lengkap:</b> layanan {escape(names)} tidak menjawab; akses di sana belum termasuk. "
        "Minta laporan ini lagi nanti. <span class=en>Not complete: some services did not answer.</span></p>"
    )


def _totals(report: Report) -> str:
    t = report.totals
    boxes = (
        (t.accesses, "akses", "accesses"), (len(report.facilities), "faskes atau kantor", "facilities or offices"),
        (t.refused, "ditolak", "refused"), (t.break_glass, "akses darurat", "break-glass"),
    )  # fmt: skip
    return "<div class=totals>" + "".join(
        f"<div><b>{_number(n)}</b>{id_} <span class=en>{en}</span></div>" for n, id_, en in boxes
    ) + "</div>"  # fmt: skip


def _number(n: int) -> str:
    return f"{n:,}".replace(",", ".")


def _legend() -> str:
    kinds = (("ok", "diizinkan", "allowed"), ("glass", "akses darurat", "break-glass"), ("no", "ditolak", "refused"))
    return "<div class=legend>" + "".join(
        f"<span><svg viewBox='0 0 10 10' aria-hidden=true><rect width=10 height=10 class={kind} /></svg>"
        f"{id_} <span class=en>{en}</span></span>" for kind, id_, en in kinds
    ) + "</div>"  # fmt: skip


def _bars(places: Sequence[FacilityLooks], zone: ZoneInfo) -> str:
    """A bar per facility: the twelve that looked most."""
    shown, most = places[:12], max((p.accesses for p in places), default=1)
    if not shown:
        return "<p>—</p>"
    lines = []
    for row, p in enumerate(shown):
        y, x = row * 22, 230.0
        lines.append(f"<text x=0 y={y + 13}>{escape(_short(p.facility_name))}</text>")
        for kind, n in _kinds(p.accesses, p.refused, p.break_glass):
            width = 270 * n / most
            lines.append(f"<rect x={x:.1f} y={y + 3} width={width:.1f} height=13 class={kind} />")
            x += width
        last = moment(p.last, zone)
        lines.append(
            f"<text x={x + 5:.1f} y={y + 13}>{_number(p.accesses)}</text><text class=soft x=680 y={y + 13} "
            f"text-anchor=end>terakhir {last}</text>"
        )
    rest = f"<p><small>dan {len(places) - 12} lainnya · and more</small></p>" if len(places) > 12 else ""
    height = len(shown) * 22
    return f"<svg viewBox='0 0 680 {height}' role=img aria-label='Akses per faskes'>{''.join(lines)}</svg>{rest}"


def _short(name: str) -> str:
    return name if len(name) <= 38 else name[:37] + "…"


def _kinds(accesses: int, refused: int, glass: int) -> list[tuple[str, int]]:
    seen = (("ok", accesses - refused - glass), ("glass", glass), ("no", refused))
    return [(kind, n) for kind, n in seen if n > 0]


def _timeline(days: Sequence[DayLooks]) -> str:
    """A column per day, week or month, whatever fits the width."""
    if not days:
        return "<p>—</p>"
    first, last = days[0].day, days[-1].day
    span = (last - first).days + 1
    size = 1 if span <= 62 else 7 if span <= 434 else -(-span // 60)
    columns: dict[int, list[int]] = {}
    for d in days:
        column = columns.setdefault((d.day - first).days // size, [0, 0, 0])
        for i, n in enumerate((d.accesses, d.refused, d.break_glass)):
            column[i] += n
    slots, most = max(-(-span // size), 12), max(c[0] for c in columns.values())
    width, lines = 640 / slots, ["<line x1=30 x2=670 y1=90.5 y2=90.5 class=axis />"]
    for at, (accesses, refused, glass) in columns.items():
        y = 90.0
        for kind, n in _kinds(accesses, refused, glass):
            height = 78 * n / most
            y -= height
            x, wide = 30 + at * width, max(width - 1.5, 1)
            lines.append(f"<rect x={x:.1f} y={y:.1f} width={wide:.1f} height={height:.1f} class={kind} />")
    end = 30 + -(-span // size) * width
    lines.append(f"<text x=26 y=16 text-anchor=end>{_number(most)}</text><text x=26 y=92 text-anchor=end>0</text>")
    lines.append(f"<text x=30 y=104 class=soft>{day(first)}</text>")
    if span > 1:
        anchor = f"x={end:.1f} y=104 text-anchor=end" if end > 160 else "x=100 y=104"
        lines.append(f"<text class=soft {anchor}>{day(last)}</text>")
    unit = {1: ("hari", "day"), 7: ("minggu", "week")}.get(size, (f"{size} hari", f"{size} days"))
    return (
        f"<svg viewBox='0 0 680 108' role=img aria-label='Akses per {unit[0]}'>{''.join(lines)}</svg>"
        f"<small>satu kolom = satu {unit[0]} · one column = one {unit[1]}</small>"
    )


def _ways(ways: Sequence[Way]) -> str:
    """Who referred the person where."""
    if not ways:
        return ""
    rows = "".join(f"<tr><td>{escape(w.sentence.id)}<br><small>{escape(w.sentence.en)}</small></td></tr>" for w in ways)
    return f"<h2>Siapa merujuk saya ke mana <span class=en>who referred me where</span></h2><table>{rows}</table>"


def _day(on: date, looks: Sequence[Look], zone: ZoneInfo) -> str:
    rows = "".join(_line(look, zone) for look in looks)
    return f"<h3>{day(on)}</h3><table>{rows}</table>"


def _line(look: Look, zone: ZoneInfo) -> str:
    marks = ""
    if look.refused:
        marks += " <span class='mark refused'>ditolak · refused</span>"
    if look.break_glass:
        marks += " <span class='mark btg'>akses darurat · break-glass</span>"
    said, also = (text.rpartition(", ")[0] for text in (look.sentence.id, look.sentence.en))
    beside = also.removeprefix(look.facility_name + ", ")
    at = look.at.astimezone(zone)
    return (
        f"<tr><td class=at>{at:%H.%M}</td><td>{escape(said)}{marks}<br><small>{escape(beside)}</small></td>"
        f"<td><small>{escape(look.actor)}</small></td></tr>"
    )


def _rest(report: Report) -> str:
    left = report.totals.accesses - len(report.entries)
    if report.next is None or left <= 0:
        return ""
    return (
        f"<p><b>{_number(left)} akses lain tidak dicetak di sini</b>; minta rentang yang lebih pendek. "
        "<span class=en>More accesses are not printed here; ask for a shorter period.</span></p>"
    )


def _footer() -> str:
    return (
        "<footer><p>Setiap akses tercatat sebelum jawabannya keluar, dan catatannya dirantai dengan hash sehingga "
        "perubahan ketahuan. Anda berhak meminta penjelasan atau perbaikan (UU 27/2022): hubungi faskes Anda atau "
        "Dinas Kesehatan. <span class=en>Every access is logged before its answer leaves, in a chain of hashes that "
        "shows any change. You may ask for an explanation or a correction at your facility or the health office."
        "</span></p></footer>"
    )
