"""The steps of the tuberculosis cascade: what makes each, against which it is measured, what codings cannot say. Pure.

KMK HK.01.07/MENKES/2015/2023: screened → suspect → tested → notified → started → success; HIV and diabetes test of
each case; at least 20 contacts investigated for each index case; preventive therapy.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.indicators.contract import TbStep, Words

CONTACTS_WANTED = 20


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `facts` concepts make it; `anybody` of the step `of` counts only. `after`: on or after the first fact
    of `of`. Without `facts` no coding says it."""

    title: Words
    facts: tuple[str, ...] = ()
    of: TbStep | None = None
    after: bool = False
    closed: bool = False
    ever: tuple[str, ...] = ()
    note: Words | None = None


SUSPECT = ("tb_suspect", "tb_test", "tb_case")
STEPS: Mapping[TbStep, Step] = {
    TbStep.SCREENED: Step(
        Words(id="Diskrining", en="Screened"), ("tb_screening",),
        note=Words(
            id="Hanya yang ditulis sebagai Z11.1; skrining tanpa temuan jarang dikode, jadi angka ini batas bawah.",
            en="Only those written as Z11.1; screening without findings is seldom coded, so this is a lower bound.",
        ),
    ),
    TbStep.SUSPECT: Step(
        Words(id="Terduga", en="Suspects"), SUSPECT,
        note=Words(id="Sama dengan sasaran SPM 11.", en="The population of SPM 11."),
    ),
    TbStep.TESTED: Step(Words(id="Diperiksa", en="Tested"), ("tb_test",), TbStep.SUSPECT),
    TbStep.MOLECULAR: Step(Words(id="Diperiksa TCM", en="Tested by TCM"), ("tb_molecular",), TbStep.TESTED),
    TbStep.CASE: Step(
        Words(id="Kasus TBC", en="TB cases"), ("tb_case",), TbStep.TESTED,
        note=Words(
            id="Diagnosis A15–A19. Apakah sudah dilaporkan ke SITB tidak terkode. Kasus tanpa pemeriksaan ikut "
            "dihitung, jadi bagiannya bukan angka positif.",
            en="Diagnosis A15–A19. Whether SITB was told is not coded. Cases without a test count too, so the share is "
            "not a positivity rate.",
        ),
    ),
    TbStep.TREATED: Step(
        Words(id="Mulai diobati", en="Started treatment"), ("tb_treatment",), TbStep.CASE,
        note=Words(
            id="Episode pengobatan TB-SO atau obat KDT yang diserahkan.",
            en="A TB-SO treatment episode, or fixed-dose drugs handed over.",
        ),
    ),
    TbStep.ENDED: Step(
        Words(id="Episode pengobatan berakhir", en="Treatment episode ended"), ("tb_treatment",), TbStep.TREATED,
        closed=True,
        note=Words(id="Akhir episode tidak mengatakan hasilnya.", en="Its end does not tell the outcome."),
    ),
    TbStep.SUCCESS: Step(
        Words(id="Berhasil diobati", en="Treated with success"), of=TbStep.TREATED,
        note=Words(
            id="Hasil pengobatan tidak punya kode dalam kiriman yang kita terima; lihat SITB.",
            en="The outcome has no coding in what we receive; see SITB.",
        ),
    ),
    TbStep.HIV_TESTED: Step(Words(id="Kasus dites HIV", en="Cases tested for HIV"), ("hiv_test",), TbStep.CASE),
    TbStep.DIABETES_TESTED: Step(
        Words(id="Kasus diperiksa gula darah", en="Cases tested for diabetes"), ("glucose",), TbStep.CASE,
        ever=("diabetes",),
        note=Words(
            id="Gula darah tahun ini, atau diabetes sudah diketahui.", en="Glucose this year, or diabetes is known."
        ),
    ),
    TbStep.CONTACT: Step(
        Words(id="Kontak yang dicatat", en="Contacts recorded"), ("tb_contact",),
        note=Words(
            id="Z20.1 pada kontaknya; siapa kasus indeksnya tidak terkode.",
            en="Z20.1 on the contact; who the index case is, is not coded.",
        ),
    ),
    TbStep.CONTACT_TESTED: Step(
        Words(id="Kontak diperiksa", en="Contacts tested"), ("tb_test",), TbStep.CONTACT, after=True
    ),
    TbStep.PREVENTION: Step(
        Words(id="Terapi pencegahan (TPT)", en="Preventive therapy"), of=TbStep.CONTACT,
        note=Words(id="Belum ada kode obatnya dalam daftar kita.", en="Its drugs have no coding in our list yet."),
    ),
}  # fmt: skip
CODED = [step for step, s in STEPS.items() if s.facts]
