"""The figures' formulas in words, their shares, and what is too small to be shown; pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from services.facilities.contract import Kind as FacilityKind
from services.kernel.sheets import to_csv, to_xlsx
from services.referrals.contract import Figures, Formula, Measure, Unit

FIRST_LEVEL = (
    FacilityKind.PUSKESMAS, FacilityKind.PUSTU, FacilityKind.KLINIK_PRATAMA, FacilityKind.TPMD, FacilityKind.TPMB,
    FacilityKind.DENTIST,
)  # fmt: skip
"""FKTP: the facilities whose referrals the non-specialist ratio looks at."""

SMALLEST = 5
"""Fewer referrals with one diagnosis than this are not shown to who may see no person."""

SHARES: Mapping[str, tuple[Measure, Measure]] = {
    "in_time_share": (Measure.IN_TIME, Measure.DECIDED),
    "acceptance_share": (Measure.ACCEPTED, Measure.DECIDED),
    "declined_share": (Measure.DECLINED, Measure.DECIDED),
    "redirected_share": (Measure.REDIRECTED, Measure.DECIDED),
    "expired_share": (Measure.EXPIRED, Measure.DECIDED),
    "arrival_share": (Measure.ARRIVED, Measure.ACCEPTED),
    "closed_share": (Measure.CLOSED, Measure.SENT),
    "back_referred_share": (Measure.BACK_REFERRED, Measure.CLOSED),
    "followed_in_time_share": (Measure.FOLLOWED_IN_TIME, Measure.FOLLOW_UPS),
    "non_specialist_share": (Measure.NON_SPECIALIST, Measure.VERTICAL),
}
"""Each share: which number over which; `closed_share` is over what was sent and not cancelled, and for who was asked
over what it accepted."""


def numbers(row: Mapping[str, Any], unit: Unit) -> dict[str, Any]:
    """The wire form of one counted row: its counts, minutes and shares."""
    counts = {m.value: int(row[m]) for m in Measure}
    return counts | shares(counts, unit) | {
        "response_median_minutes": _minutes(row["response"], 0),
        "response_p90_minutes": _minutes(row["response"], 1),
    }  # fmt: skip


def shares(counts: Mapping[str, int], unit: Unit) -> dict[str, float | None]:
    """Every share of these counts; None when there is nothing to divide by."""
    below = {name: counts[whole] for name, (_, whole) in SHARES.items()}
    below["closed_share"] = counts["sent"] - counts["cancelled"] if unit == "referrals" else counts["accepted"]
    return {name: round(counts[SHARES[name][0]] / n, 4) if n else None for name, n in below.items()}


def _minutes(seconds: Sequence[float] | None, at: int) -> float | None:
    return round(seconds[at] / 60, 1) if seconds and seconds[at] is not None else None


OTHER = "other"
"""The code of the row that holds what is too small to stand alone."""


def merged(rows: Sequence[dict[str, Any]], unit: Unit) -> tuple[list[dict[str, Any]], int]:
    """Rows of a breakdown by diagnosis as who sees no person may have them: those under `SMALLEST` joined to one; when
    that is still too small the smallest shown goes with them, so that no difference to the sum gives one away. How many
    were joined; without any left the joined row says nothing."""
    small = [r for r in rows if r[Measure.SENT] < SMALLEST]
    shown = sorted((r for r in rows if r[Measure.SENT] >= SMALLEST), key=lambda r: -r[Measure.SENT])
    while small and sum(r[Measure.SENT] for r in small) < SMALLEST and shown:
        small.append(shown.pop())
    if not small:
        return shown, 0
    counts = {m.value: sum(r[m] for r in small) for m in Measure}
    joined = {"code": OTHER, "name": None, "link": None, **_SILENT}
    if counts[Measure.SENT] >= SMALLEST:
        joined |= counts | shares(counts, unit)
    return [*shown, joined], len(small)


_SILENT: Mapping[str, None] = dict.fromkeys(
    (*(m.value for m in Measure), *SHARES, "response_median_minutes", "response_p90_minutes")
)


def silent() -> dict[str, Any]:
    """A row that says nothing."""
    return dict(_SILENT)


KBK = "Peraturan BPJS Kesehatan No. 7 Tahun 2019 (Kapitasi Berbasis Kinerja)"
_ASKED = "dihitung sekali tiap rujukan bagi pengirim, sekali tiap pengiriman bagi tiap faskes yang ditanya"
FORMULAS: Sequence[Formula] = (
    Formula(
        name="sent",
        id="Rujukan yang dikirim dalam masa itu (draf tidak). Rujukan yang dikirim berkali-kali " + _ASKED,
        en="Referrals sent in the period (no drafts). One sent over several legs counts once for its sender, and once "
        "per leg for each facility asked",
    ),
    Formula(
        name="answered",
        id="Yang dijawab penerima: diterima, ditolak atau dialihkan; kedatangan pasien gawat darurat juga jawaban",
        en="Answered by a receiver: accepted, declined or redirected; an emergency's arrival is an answer too",
    ),
    Formula(
        name="response_median_minutes, response_p90_minutes",
        id="Median dan persentil ke-90 dari: saat dijawab dikurangi saat ditanya. Bagi pengirim: dari pengiriman "
        "pertama sampai jawaban pertama dari siapa pun",
        en="Median and 90th percentile of answered minus asked; for a sender from the first sending to the first "
        "answer",
    ),
    Formula(
        name="decided",
        id="Sudah ada kepastian: dijawab, atau dibiarkan lewat batas jam rujukan (expired)",
        en="Decided: answered, or left to expire",
    ),
    Formula(
        name="in_time_share",
        id="in_time ÷ decided: dijawab sebelum batas jam rujukan (menurut kegawatan) terlampaui. Bagi pengirim: "
        "jawaban pertama sebelum batas pertama",
        en="in_time ÷ decided: answered before the clock's limit for its urgency; for a sender the first answer before "
        "the first limit",
    ),
    Formula(
        name="acceptance_share",
        id="accepted ÷ decided. Bagi pengirim: akhirnya diterima oleh siapa pun",
        en="accepted ÷ decided. For a sender: accepted by anybody in the end",
    ),
    Formula(
        name="declined_share, redirected_share, expired_share",
        id="declined, redirected, expired ÷ decided. Bagi pengirim: sekurangnya satu yang ditanya menjawab demikian; "
        "expired yang kemudian dijawab tidak lagi dihitung expired",
        en="declined, redirected, expired ÷ decided. For a sender: at least one of those asked did so; an expired one "
        "answered later is not expired any more",
    ),
    Formula(
        name="arrival_share",
        id="arrived ÷ accepted: pasien dinyatakan tiba oleh yang menerima",
        en="arrived ÷ accepted: the one who accepted says that the patient has arrived",
    ),
    Formula(
        name="closed_share",
        id="Lingkaran tertutup = closed ÷ (sent - cancelled); bagi penerima closed ÷ accepted. closed: ditutup dengan "
        "hasil setelah pasien tiba; dirujuk balik hanya dihitung dengan saran",
        en="The loop closed = closed ÷ (sent - cancelled); for a receiver closed ÷ accepted. closed: ended with an "
        "outcome after the patient arrived; a back-referral counts with its advice only",
    ),
    Formula(
        name="back_referred_share",
        id="back_referred ÷ closed: dirujuk balik dengan saran",
        en="back_referred ÷ closed: referred back with advice",
    ),
    Formula(
        name="followed_in_time_share",
        id="followed_in_time ÷ follow_ups: tindak lanjut di faskes asal (rujuk balik, "
        "tidak datang, pergi) yang dilakukan paling lambat pada tanggal "
        "kontrol; follow_ups adalah yang sudah dilakukan atau sudah lewat tanggalnya",
        en="followed_in_time ÷ follow_ups: follow-ups done by their due date, of those done or past due",
    ),
    Formula(
        name="open, overdue",
        id="Masih terbuka sekarang; dan yang langkah berikutnya sudah lewat batas waktunya sekarang",
        en="Open now; and of these whose next step is past its limit now",
    ),
    Formula(
        name="non_specialist_share",
        id="Rasio rujukan non-spesialistik (RRNS) = non_specialist ÷ vertical. non_specialist: rujukan vertikal FKTP "
        "dengan diagnosis dalam kompetensi FKTP (daftar yang berlaku pada hari itu) tanpa alasan TACC (waktu, umur, "
        "komplikasi, komorbiditas). vertical: semua rujukan vertikal FKTP, yaitu ke rumah sakit atau klinik utama. "
        "Yang dibatalkan tidak dihitung. Dalam KBK dihitung tiap bulan; sasaran paling banyak 2 %",
        en="Non-specialist referral ratio = non_specialist ÷ vertical. non_specialist: an FKTP's vertical referrals of "
        "a diagnosis within FKTP competence that day, without a TACC reason. vertical: all vertical referrals of "
        "FKTPs, the cancelled left out. Monthly in KBK; at most 2 %",
        source=KBK,
    ),
)  # fmt: skip


HEADINGS: Mapping[str, str] = {
    "code": "Kode", "name": "Nama", "sent": "Dikirim", "decided": "Sudah pasti", "answered": "Dijawab",
    "response_median_minutes": "Median waktu jawab (menit)", "response_p90_minutes": "P90 waktu jawab (menit)",
    "in_time": "Tepat waktu", "in_time_share": "Bagian tepat waktu", "accepted": "Diterima",
    "acceptance_share": "Bagian diterima", "declined": "Ditolak", "declined_share": "Bagian ditolak",
    "redirected": "Dialihkan", "redirected_share": "Bagian dialihkan", "expired": "Tidak dijawab",
    "expired_share": "Bagian tidak dijawab", "arrived": "Tiba", "arrival_share": "Bagian tiba",
    "cancelled": "Batal", "no_show": "Tidak datang", "closed": "Lingkaran tertutup",
    "closed_share": "Bagian tertutup", "back_referred": "Dirujuk balik", "back_referred_share": "Bagian rujuk balik",
    "follow_ups": "Tindak lanjut", "followed_in_time": "Tindak lanjut tepat waktu",
    "followed_in_time_share": "Bagian tindak lanjut tepat waktu", "open": "Terbuka", "overdue": "Lewat batas",
    "vertical": "Rujukan vertikal FKTP", "non_specialist": "Non-spesialistik tanpa TACC",
    "non_specialist_share": "RRNS",
}  # fmt: skip
"""Columns of the files, in order."""


def to_file(found: Figures, form: Literal["csv", "xlsx"]) -> bytes:
    """The table as a file for Excel: its headings, all, then each row."""
    everything = {"code": "", "name": "Semua (all)"} | found.all.model_dump()
    rows = [everything, *(r.model_dump() for r in found.rows)]
    lines = [list(HEADINGS.values()), *([row[f] for f in HEADINGS] for row in rows)]
    return to_csv(lines) if form == "csv" else to_xlsx(lines, "rujukan")
