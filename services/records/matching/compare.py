"""How likely two descriptions are of one person, field by field, after Fellegi and Sunter (1969).

Each field adds bits: log2 of how much oftener its outcome is met among records of one person than among strangers. A
rare name says more than a common one. Village, telephone, family card and mother are shared by a family, so together
they may add no more than one of them well could. What no sum may decide is said by `_capped`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log2
from typing import Any

from services.records.matching.names import far, near, sound
from services.records.matching.traits import PERSONAL, Born, Traits, told_by

Weights = Mapping[str, Any]
Share = Callable[[str], float]
"""What part of the population's words of names a word is."""
GRADES = ("certain", "probable", "possible", "certainly-not")
_OUTCOMES = {"same": "agree", "other": "disagree", "about": "disagree", "sequence": "disagree"}


@dataclass(frozen=True, slots=True)
class Field:
    """The evidence of one field: agree, close or disagree, how so, and how many bits it says."""

    field: str
    outcome: str
    how: str
    weight: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two descriptions compared: a probability, its grade, and the evidence. Fields one of them lacks say nothing."""

    score: float
    grade: str
    evidence: tuple[Field, ...]

    def outcome(self, field: str) -> str | None:
        """Outcome of a field, None when it could not be compared."""
        return next((f.outcome for f in self.evidence if f.field == field), None)


def compare(a: Traits, b: Traits, w: Weights, share: Share) -> Likeness:
    """The likeness of two persons; the same whichever comes first."""
    found = [f for f in (_name(a, b, w["name"], share), _born(a, b, w["born"])) if f]
    if a.sex in ("male", "female") and b.sex in ("male", "female"):
        found.append(_field("sex", "same" if a.sex == b.sex else "other", w["sex"]))
    found += [f for kind in PERSONAL if (f := _number(kind, a, b, w["number"][kind]))]
    if a.order and b.order and a.order != b.order:
        found.append(_field("birth-order", "other", w["order"]))
    found += _family(a, b, w["family"])
    bits = sum(f.weight for f in found) + w["prior"]
    score = 1 / (1 + 2.0 ** -max(-60.0, min(60.0, bits)))
    evidence = tuple(found)
    score, grade = _capped(score, evidence, w["grades"])
    return Likeness(round(score, 4), grade, evidence)


def _field(name: str, how: str, table: Weights) -> Field:
    return Field(name, _OUTCOMES.get(how, "close"), how, round(float(table[how]), 2))


def _capped(score: float, evidence: tuple[Field, ...], grades: Weights) -> tuple[float, str]:
    """What no sum of bits decides: one number under two names and birth dates (a child under its mother's NIK), two
    names without a number in common (twins), birth dates a generation apart (a son under his father's name), and two
    birth orders of one birth."""
    said = {f.field: f.outcome for f in evidence}
    number = any(said.get(kind) == "agree" for kind in PERSONAL)
    name, born = said.get("name"), said.get("birth-date")
    apart = any(f.field == "birth-date" and f.how == "other" for f in evidence)
    most = 1.0
    if said.get("birth-order") == "disagree":
        most = 0.05
    elif name == "disagree" or (said.get("nik") == "disagree" and name != "agree") or (apart and not number):
        most = 0.5
    elif (not number and (name != "agree" or born not in ("agree", "close"))) or (number and born == "disagree"):
        most = grades["certain"] - 0.001
    score = min(score, most)
    return score, next((g for g in GRADES[:3] if score >= grades[g]), GRADES[3])


# --- name -----------------------------------------------------------------------------------------------


def _name(a: Traits, b: Traits, w: Weights, share: Share) -> Field | None:
    options = [_words(x, y, w, share) for x in a.names for y in b.names]
    return max(options, key=lambda f: f.weight) if options else None


def _words(a: tuple[str, ...], b: tuple[str, ...], w: Weights, share: Share) -> Field:
    """Words paired: the same, sounding alike, a slip apart, an initial; what is left on both sides speaks against."""
    x, y = sorted((a, b))
    same = [word for word in dict.fromkeys(x) if word in y]
    left, right = _without(x, same), _without(y, same)
    bits = sum(_bits(word, w, share) + w["same"] for word in same)
    how = "same" if same else "other"
    if left and right:
        joined = _joined(left, right) or _joined(right, left)
        if joined:
            word, parts = joined
            left, right = (_without(_without(side, [word]), parts) for side in (left, right))
            bits += _bits(word, w, share) + w["sound"]
            how = "same"
    for kind, alike in (("sound", _sounds), ("near", near), ("far", far), ("initial", _initial)):
        for p, q in [(p, q) for p in left for q in right if alike(p, q)]:
            if p in left and q in right:
                left, right = _without(left, [p]), _without(right, [q])
                bits += w["initial"] if kind == "initial" else min(_bits(p, w, share), _bits(q, w, share)) + w[kind]
                how = kind
    both = min(len(left), len(right))
    if both:
        bits, how = bits + both * w["other"], "other" if both >= max(len(x), len(y)) / 2 else "part"
    elif left or right:
        bits, how = bits + w["dropped"] * abs(len(left) - len(right)), "part" if how == "same" else how
    return Field("name", _OUTCOMES.get(how, "close"), how, round(min(bits, w["all"]), 2))


def _bits(word: str, w: Weights, share: Share) -> float:
    return min(float(w["most"]), -log2(share(word)))


def _without(words: tuple[str, ...], gone: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    rest = list(words)
    for word in gone:
        if word in rest:
            rest.remove(word)
    return tuple(rest)


def _joined(parts: tuple[str, ...], wholes: tuple[str, ...]) -> tuple[str, list[str]] | None:
    """A word of one name that is two words of the other: Nurhayati, Nur Hayati."""
    for p in parts:
        for q in parts:
            for whole in wholes if p != q else ():
                if p + q == whole or near(p + q, whole):
                    return whole, [p, q]
    return None


def _sounds(p: str, q: str) -> bool:
    return min(len(p), len(q)) > 2 and sound(p) == sound(q) and abs(len(p) - len(q)) <= 2


def _initial(p: str, q: str) -> bool:
    return min(len(p), len(q)) <= 2 and (p.startswith(q) or q.startswith(p))


# --- the day of birth -----------------------------------------------------------------------------------


def _born(a: Traits, b: Traits, w: Weights) -> Field | None:
    if a.born is None or b.born is None:
        return None
    how = _dates(a.born, b.born)
    if w[how] < w["nik"] and (_tells(a, b.born) or _tells(b, a.born)):
        how = "nik"
    return _field("birth-date", how, w)


def _dates(a: Born, b: Born) -> str:
    if a == b and a[2]:
        return "same"
    if not a[2] or not b[2] or (1, 1) in (a[1:], b[1:]):  # only the year is known, or was guessed
        return "year_only" if a[0] == b[0] and (not a[1] or not b[1] or (1, 1) in (a[1:], b[1:])) else _years(a, b)
    if a[0] == b[0] and a[1:] == (b[2], b[1]):
        return "swapped"
    if a[1:] == b[1:]:
        return "year" if abs(a[0] - b[0]) in (1, 2, 10, 20, 100) or _turned(a[0], b[0]) else _years(a, b)
    if a[0] == b[0] and a[1] == b[1]:
        return "day"
    if a[0] == b[0] and a[2] == b[2]:
        return "month"
    return _years(a, b)


def _years(a: Born, b: Born) -> str:
    """An age that was guessed is off by a few years; a generation is not."""
    return "about" if abs(a[0] - b[0]) <= 5 else "other"


def _turned(a: int, b: int) -> bool:
    return a // 100 == b // 100 and a % 100 == (b % 10) * 10 + b % 100 // 10


def _tells(t: Traits, born: Born | None) -> bool:
    """Whether its NIK tells this birth date."""
    return born is not None and any(told_by(nik) == (born[2], born[1], born[0] % 100) for nik in t.number("nik"))


# --- numbers --------------------------------------------------------------------------------------------


def _number(kind: str, a: Traits, b: Traits, w: Weights) -> Field | None:
    mine, theirs = a.number(kind), b.number(kind)
    if not mine or not theirs:
        return None
    if set(mine) & set(theirs):
        return _field(kind, "same", w)
    slip = "near" in w and any(_slip(x, y) for x in mine for y in theirs)
    how = "near" if slip else "other"
    if slip and kind == "nik":
        how = (
            "other" if _explained(a, b) else "sequence" if all(x[:12] == y[:12] for x in mine for y in theirs) else how
        )
    return _field(kind, how, w)


def _explained(a: Traits, b: Traits) -> bool:
    """Whether the digit in which two NIKs differ is where or when each was born: then it is no slip."""
    if a.born != b.born and _tells(a, a.born) and _tells(b, b.born):
        return True
    areas = [all(nik[:6] == t.village[:6] for nik in t.number("nik")) for t in (a, b)]
    return a.village[:6] != b.village[:6] and all(areas)


def _slip(x: str, y: str) -> bool:
    """One digit wrong, or two neighbours swapped."""
    if len(x) != len(y):
        return False
    off = [i for i, (p, q) in enumerate(zip(x, y, strict=True)) if p != q]
    return len(off) == 1 or (
        len(off) == 2 and off[1] == off[0] + 1 and (x[off[0]], x[off[1]]) == (y[off[1]], y[off[0]])
    )


# --- the family -----------------------------------------------------------------------------------------


def _family(a: Traits, b: Traits, w: Weights) -> list[Field]:
    """What a household has in common; together cut at what one of them well says, for and against (who moves has
    another village, address and card at once)."""
    found: list[Field] = []
    if a.village and b.village:
        near_by = "near" if a.village[:6] == b.village[:6] else "other"
        found.append(_field("village", "same" if a.village == b.village else near_by, w["village"]))
    if a.phones and b.phones:
        found.append(_field("phone", "same" if set(a.phones) & set(b.phones) else "other", w["phone"]))
    for kind, field in (("kk", "kk"), ("mother", "mother_nik")):
        if a.number(kind) and b.number(kind):
            same = "same" if set(a.number(kind)) & set(b.number(kind)) else "other"
            found.append(_field(field.replace("_", "-"), same, w[field]))
    if a.home and b.home:
        found.append(_field("address", _homes(set(a.home), set(b.home)), w["home"]))
    if a.mother and b.mother:
        found.append(_field("mother", _mothers(a.mother, b.mother), w["mother"]))
    room, least = float(w["most"]), float(w["least"])
    cut = []
    for f in sorted(found, key=lambda f: -abs(f.weight)):
        bits = min(f.weight, room) if f.weight > 0 else max(f.weight, least)
        room, least = room - max(0.0, bits), least - min(0.0, bits)
        cut.append(Field(f.field, f.outcome, f.how, round(bits, 2)))
    return cut


def _mothers(a: tuple[str, ...], b: tuple[str, ...]) -> str:
    if a == b:
        return "same"
    few, many = sorted((a, b), key=len)
    return "near" if all(any(_sounds(p, q) or near(p, q) or p == q for q in many) for p in few) else "other"


def _homes(a: set[str], b: set[str]) -> str:
    if a == b:
        return "same"
    numbers = [{w for w in side if w.isdigit()} for side in (a, b)]
    if a <= b or b <= a or (numbers[0] == numbers[1] and a & b):
        return "near"
    return "other"
