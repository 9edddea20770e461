"""The ILP panel's numbers out of what the network and the referrals say of themselves. Pure: no second truth."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from services.facilities.contract import Coverage, District, LearningVisit, Readiness, Results, TerritoryReport
from services.indicators.contract import Contribution, IlpNumber, Indicator, Learned, PrivateShare, Words
from services.indicators.rules.cells import percent
from services.referrals.contract import Figures

KMK = "KMK HK.01.07/MENKES/2015/2023"


def _number(
    code: str, title: tuple[str, str], formula: tuple[str, str], counted: tuple[float | None, float | None],
    link: str, source: str, **detail: Any,
) -> IlpNumber:  # fmt: skip
    value, of = counted
    share = round(value / of * 100, 2) if value is not None and of else None
    return IlpNumber(
        code=code, title=Words(id=title[0], en=title[1]), formula=Words(id=formula[0], en=formula[1]), value=value,
        of=of, percent=share, link=link, source=source, detail=detail,
    )  # fmt: skip


def kecamatan(r: TerritoryReport) -> list[IlpNumber]:
    """Kecamatan with a puskesmas; unknown while the office has no rule that asks for one."""
    without = [k.code for k in r.kecamatan_without if not k.puskesmas]
    judged = r.rule is not None and r.rule.puskesmas_per_kecamatan > 0
    return [_number(
        "kecamatan-puskesmas", ("Kecamatan dengan puskesmas", "Kecamatan with a puskesmas"),
        ("Kecamatan dengan sedikitnya satu puskesmas ÷ seluruh kecamatan",
         "Kecamatan with at least one puskesmas ÷ all kecamatan"),
        (r.kecamatan - len(without) if judged else None, r.kecamatan), f"/v1/territory/rule?on={r.on}",
        r.rule.regulation if r.rule else "Permenkes 19/2024", without=without,
    )]  # fmt: skip


def readiness(r: Readiness) -> list[IlpNumber]:
    """Puskesmas that implement ILP: against the year's target, and of all."""
    d, link = r.district, f"/v1/readiness?on={r.district.on}"
    title = "Puskesmas menerapkan ILP", "Puskesmas implementing ILP"
    return [
        _number(
            "puskesmas-ilp", title,
            ("Puskesmas yang semua kriteria wajibnya terverifikasi ÷ target tahun itu; boleh lebih dari 100 %",
             "Puskesmas with every required criterion verified ÷ the year's target; may exceed 100 %"),
            (d.reached, d.target), link, KMK,
        ),
        _number(
            "puskesmas-ilp-all", (f"{title[0]}, dari semua", f"{title[1]}, of all"),
            ("Puskesmas yang menerapkan ILP ÷ seluruh puskesmas", "Puskesmas implementing ILP ÷ all puskesmas"),
            (d.reached, d.of), link, KMK,
        ),
    ]  # fmt: skip


def nine_kinds(d: District) -> list[IlpNumber]:
    """Puskesmas with all nine kinds of health workers."""
    return [_number(
        "nine-kinds", ("Puskesmas dengan sembilan jenis tenaga", "Puskesmas with the nine kinds of health workers"),
        ("Puskesmas dengan sedikitnya satu orang ber-STR dan SIP berlaku pada tiap jenis ÷ seluruh puskesmas",
         "Puskesmas with at least one person with valid STR and SIP of each kind ÷ all puskesmas"),
        (d.complete, d.puskesmas), f"/v1/workforce/gaps?on={d.on}", "Permenkes 19/2024",
        enough=d.enough, lacking={k.profession.value: k.lacking for k in d.kinds if k.lacking},
    )]  # fmt: skip


def satisfaction(r: Results) -> list[IlpNumber]:
    """The index of satisfaction of the district, with what it rests on."""
    d = r.district
    return [_number(
        "ikm", ("Indeks kepuasan masyarakat (IKM)", "Index of satisfaction (IKM)"),
        ("Rata-rata sembilan unsur × 25; mutu ditentukan sesudah dibulatkan dua desimal",
         "Mean of the nine elements × 25; graded after rounding to two decimals"),
        (d.index, None), f"/v1/surveys/results?period={d.period}", d.source,
        grade=d.grade, n=d.n, minimum=d.minimum, too_few=d.too_few, weight=d.weight.used.value,
        other_weight={d.weight.other.value: d.weight.other_index},
        facilities=[
            {"facility": i.facility, "name": i.name, "index": i.index, "grade": i.grade, "n": i.n,
             "minimum": i.minimum, "other_index": i.weight.other_index} for i in r.items
        ],
    )]  # fmt: skip


def agreements(rows: Sequence[Coverage], on: str) -> list[IlpNumber]:
    """Private members with an agreement in force."""
    total = next((c for c in rows if c.kind == "total"), None)
    return [_number(
        "agreements", ("Anggota swasta dengan perjanjian berlaku", "Private members with an agreement in force"),
        ("Faskes swasta aktif dengan perjanjian berlaku ÷ faskes swasta aktif",
         "Active private facilities with an agreement in force ÷ active private facilities"),
        (total.with_agreement if total else 0, total.members if total else 0), f"/v1/agreements/coverage?on={on}", KMK,
        expiring=total.expiring if total else 0,
        kinds={c.kind: [c.with_agreement, c.members] for c in rows if c.kind != "total"},
    )]  # fmt: skip


def learning(visits: Sequence[LearningVisit], year: int, until: str) -> tuple[list[IlpNumber], list[Learned]]:
    """Learning visits done this year of those planned for it, and what each led to."""
    done = [v for v in visits if v.done_on is not None and str(v.done_on) <= until]
    planned = [v for v in visits if v.cancelled_on is None]
    window = urlencode({"since": f"{year}-01-01", "until": f"{year}-12-31"})
    number = _number(
        "learning-visits", ("Kunjungan belajar terlaksana", "Learning visits done"),
        ("Kunjungan belajar terlaksana ÷ yang direncanakan tahun ini dan tidak dibatalkan",
         "Learning visits done ÷ those planned this year and not cancelled"),
        (len(done), len(planned)), f"/v1/learning/visits?{window}", KMK,
    )  # fmt: skip
    return [number], [
        Learned(
            id=v.id, host=v.host, guests=list(v.guests), indicator=v.indicator, done_on=v.done_on,
            link=f"/v1/learning/visits/{v.id}/follow-up",
        )
        for v in done
    ]  # fmt: skip


LOOP = {
    "answered": ("Rujukan dijawab tepat waktu", "Referrals answered in time", "in_time", "answered",
                 "Dijawab tepat waktu ÷ dijawab", "Answered in time ÷ answered"),
    "arrived": ("Pasien rujukan tiba", "Referred patients who arrived", "arrived", "accepted",
                "Tiba ÷ diterima", "Arrived ÷ accepted"),
    "closed": ("Lingkaran rujukan tertutup", "Referral loop closed", "closed", "sent",
               "Ditutup dengan hasil ÷ dikirim", "Closed with an outcome ÷ sent"),
    "back-referred": ("Dirujuk balik", "Referred back", "back_referred", "closed",
                      "Dirujuk balik ÷ ditutup", "Referred back ÷ closed"),
}  # fmt: skip


def referral_loop(f: Figures) -> list[IlpNumber]:
    """The loop of referrals sent in the year: what became of them."""
    link = f"/v1/referrals/figures?from={f.since}&to={f.until}&by={f.by}"
    sent = _number(
        "referrals-sent", ("Rujukan dikirim", "Referrals sent"), ("Rujukan yang dikirim tahun ini", "Sent this year"),
        (f.all.sent, None), f.link or link, KMK,
    )  # fmt: skip
    said = f.all.model_dump()
    return [sent] + [
        _number(f"referrals-{code}", (id_, en), (by_id, by_en), (said[part], said[whole]), link, KMK)
        for code, (id_, en, part, whole, by_id, by_en) in LOOP.items()
    ]


def private(found: Indicator) -> PrivateShare:
    """What private members did of one number: units with an item of theirs, each once."""
    row = next((r for r in found.rows if isinstance(r, Contribution) and r.code == "private"), None)
    served, part = found.total.served, row.served if row else 0
    return PrivateShare(
        standard=found.standard, title=found.title, served=served, private=part,
        share=percent(part, served) if part is not None and served is not None else None,
        suppressed=part is None or served is None,
        link=f"/v1/indicators/{found.standard}/units?ownership=private&state=served&year={found.year}",
    )  # fmt: skip
