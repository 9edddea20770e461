"""Names of facilities as words to compare: what kind they tell, titles and offices off, numerals alike.

One place is "Puskesmas Alai", "PKM ALAI", "UPT Puskesmas Alai" and "UPTD. Pusk. Alai"; "Klinik Pratama Harapan Ibu" is
"KP Harapan Ibu"; "Praktik dr. Agus Salim, Sp.A" is "Praktek Dokter Agus Salim"; "Serang Kota II" is "Serang Kota 2".
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from services.facilities.contract import Kind
from services.kernel.spelling import distance

_PHRASES: tuple[tuple[str, Kind | None], ...] = (
    ("puskesmas pembantu", Kind.PUSTU), ("pustu", Kind.PUSTU), ("posyandu", Kind.POSYANDU), ("posy", Kind.POSYANDU),
    ("puskesmas", Kind.PUSKESMAS), ("pusat kesehatan masyarakat", Kind.PUSKESMAS), ("pusk", Kind.PUSKESMAS),
    ("pkm", Kind.PUSKESMAS), ("klinik pratama", Kind.KLINIK_PRATAMA), ("kp", Kind.KLINIK_PRATAMA),
    ("klinik utama", Kind.KLINIK_UTAMA), ("ku", Kind.KLINIK_UTAMA), ("klinik", None), ("balai pengobatan", None),
    ("bp", None), ("praktik mandiri dokter gigi", Kind.DENTIST), ("praktik dokter gigi", Kind.DENTIST),
    ("dokter gigi", Kind.DENTIST), ("drg", Kind.DENTIST), ("tempat praktik mandiri dokter", Kind.TPMD),
    ("praktik mandiri dokter", Kind.TPMD), ("dokter praktik mandiri", Kind.TPMD), ("praktik dokter", Kind.TPMD),
    ("dokter keluarga", Kind.TPMD), ("tpmd", Kind.TPMD), ("dpm", Kind.TPMD), ("dokter", Kind.TPMD), ("dr", Kind.TPMD),
    ("praktik mandiri bidan", Kind.TPMB), ("bidan praktik mandiri", Kind.TPMB), ("praktik bidan", Kind.TPMB),
    ("tpmb", Kind.TPMB), ("pmb", Kind.TPMB), ("bpm", Kind.TPMB), ("bidan", Kind.TPMB), ("bd", Kind.TPMB),
    ("rumah sakit umum daerah", Kind.RS), ("rumah sakit umum", Kind.RS), ("rumah sakit ibu dan anak", Kind.RS),
    ("rumah sakit", Kind.RS), ("rsud", Kind.RS), ("rsia", Kind.RS), ("rsu", Kind.RS), ("rs", Kind.RS),
    ("laboratorium", Kind.LAB), ("labkes", Kind.LAB), ("lab", Kind.LAB), ("apotek", Kind.APOTEK),
    ("dinas kesehatan", Kind.DINKES), ("dinkes", Kind.DINKES), ("praktik", None),
)  # fmt: skip
_PHRASE = re.compile(r"(?<![^ ])(" + "|".join(sorted((p for p, _ in _PHRASES), key=len, reverse=True)) + r")(?![^ ])")
_KINDS = dict(_PHRASES)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_OFF = _set(
    "upt uptd blud non rawat inap jalan rawatinap ri nri mandiri tempat swasta pemerintah h hj hajjah "
    "haji prof ns amd amdkeb skeb sked skep skm mkes mm mph mars spa spog sppd spb spkk spm sptht spkj "
    "spjp spp sps spdv strkeb sst the dan ke"
)
"""Offices, titles and degrees: of no use in telling two places apart."""
_SAME = {
    "praktek": "praktik", "prakter": "praktik", "apotik": "apotek", "sei": "sungai", "sel": "selat", "tj": "tanjung",
    "tg": "tanjung", "tjg": "tanjung", "tlk": "teluk", "tl": "teluk", "kab": "kabupaten", "kec": "kecamatan",
    "kep": "kepulauan", "moh": "muhamad", "muh": "muhamad", "moch": "muhamad", "mohd": "muhamad", "muhd": "muhamad",
    "mohammad": "muhamad", "muhammad": "muhamad", "mochamad": "muhamad", "mohamad": "muhamad", "abd": "abdul",
    "poliklinik": "klinik",
}  # fmt: skip
_ROMAN = {roman: str(n) for n, roman in enumerate("i ii iii iv v vi vii viii ix x".split(), 1)}  # noqa: SIM905
_SPELLING = (
    (re.compile("oe"), "u"), (re.compile("tj"), "c"), (re.compile("dj"), "j"), (re.compile("sy|sj"), "s"),
    (re.compile("kh|ch"), "h"), (re.compile("ph|v"), "f"), (re.compile("th"), "t"), (re.compile(r"(.)\1+"), r"\1"),
    (re.compile(r"(?<=[aiueo])h$"), ""), (re.compile(r"y$"), "i"),
)  # fmt: skip
_DEGREE = re.compile(r"\b(s\.? ?(ked|kep|keb|si)|(am|amd)\.? ?keb|m\.? ?kes|sp\.? ?[a-z]{1,3})\b\.?")


@dataclass(frozen=True, slots=True)
class Name:
    """A facility's name: the words that are its own, its numerals, and the kind that the other words tell."""

    words: tuple[str, ...]
    numerals: tuple[str, ...]
    kind: Kind | None


@lru_cache(maxsize=100_000)
def read(text: str) -> Name:
    """A name as words to compare. Of a name that is nothing but its kind, the kind's own words are kept."""
    plain = unicodedata.normalize("NFKD", text.lower())
    head, *tail = plain.split(",")  # degrees stand after a comma; so do places
    plain = " ".join([head, *(t for t in tail if not all(d in _OFF for d in t.replace(".", "").split()))])
    plain = _DEGREE.sub(" ", plain)
    tokens = re.findall("[a-z0-9]+", plain.replace("'", "").replace("\u2019", ""))
    tokens = [_SAME.get(t, t) for t in tokens]
    line = " ".join(tokens)
    told: list[Kind | None] = [_KINDS[m.group()] for m in _PHRASE.finditer(line)]
    own = [t for t in _PHRASE.sub(" ", line).split() if t not in _OFF]
    numerals = tuple(sorted(_ROMAN.get(t, t) for n, t in enumerate(own) if t.isdigit() or (n and t in _ROMAN)))
    words = [spelt(t) for n, t in enumerate(own) if not (t.isdigit() or (n and t in _ROMAN))]
    kind = next((k for k in told if k), None)
    return Name(tuple(dict.fromkeys(w for w in words if len(w) > 1)) or tuple(tokens[:3]), numerals, kind)


@lru_cache(maxsize=100_000)
def spelt(word: str) -> str:
    """One spelling of a word."""
    for pattern, right in _SPELLING:
        word = pattern.sub(right, word)
    return _SAME.get(word, word)


@lru_cache(maxsize=200_000)
def near(a: str, b: str) -> bool:
    """One slip of the fingers apart; two in a long word."""
    most = 2 if min(len(a), len(b)) >= 8 else 1
    return min(len(a), len(b)) >= 4 and abs(len(a) - len(b)) <= most and distance(a, b, most) <= most


def keys(name: Name) -> set[str]:
    """Where to look for names like this: how its words begin and how they end, so that one slip hides none."""
    found = {k for w in name.words for k in (f"^{w[:3]}", f"-{w[-3:]}")}
    return found | {f"={w}" for w in name.words}
