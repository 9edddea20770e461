"""Indonesian names as words to compare: titles and degrees off, one spelling, how a word sounds.

A name may be one word, spelt in the order of 1901 or of 1972 (Soejono, Sujono, Suyono), shortened (Moch., St., Abd.),
given with a father's name (bin, binti) or with none, and a newborn's is often the mother's (By. Ny. Aminah).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from services.kernel.spelling import distance

MOST_WORDS = 8


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_BEFORE = _set(
    "h hj hjh haji hajjah hajah drs dra dr drg prof ir ny nyonya tn tuan nn nona an anak by bayi bpk bapak ibu sdr "
    "sdri alm almh almarhum almarhumah kh kiai kyai ust ustad ustadz ustaz ustadzah rr rd kapten serda"
)
"""Titles, wherever they stand before a name. A lone H or M that is all there is stays a name."""
_AFTER = _set(
    "spd spdi mpd mpdi se sh mh skm mkm mkes skep ns sst sstkeb amd amdkeb amdkep amkeb strkeb strkep strkes ssos sip "
    "st mt skom mkom sag mag sp mm msi ssi sked spog sppd spa lc ma mba phd bdn apt sfarm sgz sth stp spt keb kep pd "
    "psi sthi shi sei"
)
"""Degrees, after a name."""
_MARKS = _set("bin binti binte bt bte ibn ibnu alias")
_SHORT = {
    **dict.fromkeys(
        _set("moh moch much muh mhd mohd muhd md mohamad mohammad mohamed mohammed muhamad muhammad muhamed "
             "muhammed mochamad mochammad mukhamad mukhammad muchamad muchammad mohammat muhamat"),
        "muhamad",
    ),
    **dict.fromkeys(_set("siti sitti sity sti"), "siti"),
    **dict.fromkeys(_set("abd abdl abdoel abdul"), "abdul"),
    **dict.fromkeys(_set("noer noor nor nur"), "nur"),
    "chandra": "candra", "chaniago": "caniago", "sy": "sarifah", "hidajat": "hidayat",
}  # fmt: skip
_SPELLING = (
    (re.compile("oe"), "u"), (re.compile("tj"), "c"), (re.compile("dj"), "j"), (re.compile("nj"), "ny"),
    (re.compile("sj|sy|sh|ts"), "s"), (re.compile("kh|ch"), "h"), (re.compile("dz|dh|zh"), "z"),
    (re.compile("ph|v"), "f"), (re.compile("th"), "t"), (re.compile("gh"), "g"), (re.compile("q|ck"), "k"),
    (re.compile("(?<!^)x"), "ks"), (re.compile("ae|ei|ay(?![aiueo])"), "ai"), (re.compile("iy"), "i"),
    (re.compile("uw"), "u"), (re.compile(r"(?<=[aiueoh])j(?=[aiueo])"), "y"), (re.compile(r"(?<![aiueo])y$"), "i"),
    (re.compile(r"(.)\1+"), r"\1"), (re.compile(r"(?<=[aiueo])h$"), ""),
)  # fmt: skip
_SOUND = str.maketrans({"f": "p", "j": "y", "z": "y", "o": "a", "u": "a", "e": "a", "i": "a", "d": "t", "b": "p"})
_ALIKE = str.maketrans({"f": "p", "j": "y", "z": "y", "o": "u", "e": "i"})
_LETTERS = re.compile(r"[^a-z .,/]")


@dataclass(frozen=True, slots=True)
class Name:
    """A name's words in one spelling, sorted (their order says nothing), and whether it is only the mother's."""

    words: tuple[str, ...]
    baby: bool = False


def read(text: str) -> Name:
    """A name as it was typed, as words to compare."""
    plain = unicodedata.normalize("NFKD", text.lower())
    plain = _LETTERS.sub("", plain.replace("-", " ").replace("_", " "))
    found: list[str] = []
    baby = False
    for chunk in re.split(r"[ ,/]+", plain):
        whole = chunk.replace(".", "")
        parts = [whole] if whole in _AFTER or whole in _BEFORE or whole == "byny" else chunk.split(".")
        for part in parts:
            if part in ("by", "bayi", "byny") and not found:
                baby = True
            elif _is_name(part, bool(found)):
                found.append(part)
    found = found[:MOST_WORDS] or re.findall("[a-z]+", plain)[:1]
    words = [spelt("siti" if w == "st" else w) for w in found]
    return Name(tuple(sorted(w for w in words if w)), baby)


def _is_name(part: str, later: bool) -> bool:
    if not part or part in _MARKS:
        return False
    if later:
        return part not in _AFTER and part not in ("b", "hj")
    return part not in _BEFORE


@lru_cache(maxsize=50_000)
def spelt(word: str) -> str:
    """One spelling of a word: Soeharto and Suharto, Djamilah and Jamila, Achmad and Ahmad are the same."""
    word = _SHORT.get(word, word)
    for pattern, right in _SPELLING:
        word = pattern.sub(right, word)
    return _SHORT.get(word, word)


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """How a spelt word sounds, roughly: first letter, then consonants; f is p, z and j are y, d is t, b is p."""
    heard = word.translate(_SOUND)
    return heard[:1] + heard[1:].replace("a", "").replace("h", "")


def near(a: str, b: str) -> bool:
    """One slip of the fingers apart: a letter wrong, missing, added, or two swapped; two in a long word."""
    return _apart(a, b, 2 if min(len(a), len(b)) >= 8 else 1)


def far(a: str, b: str) -> bool:
    """Two slips apart in a word of five letters and more."""
    return min(len(a), len(b)) >= 5 and _apart(a, b, 2)


def _apart(a: str, b: str, most: int) -> bool:
    if min(len(a), len(b)) < 4 or abs(len(a) - len(b)) > most:
        return False
    return distance(a.translate(_ALIKE), b.translate(_ALIKE), most) <= most
