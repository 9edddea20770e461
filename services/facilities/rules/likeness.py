"""How likely a row of a foreign list and a facility of ours are one place, with the evidence.

Bits are added as Fellegi and Sunter (1969) do: log2 of how much oftener an outcome is met between two rows of one place
than between two places. Calibrated on a made set (tests/unit/facilities/test_likeness.py prints precision and recall).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import asin, cos, log2, radians, sin, sqrt

from services.facilities.contract import Kind
from services.facilities.rules.facility_names import Name, near

PRIOR = -9.0
PROBABLE, CERTAIN = 0.6, 0.99
_CAP_NAME, _MOST_WORD = 14.0, 8.0
_WHOLE = 9.0
_OTHER_WORD, _DROPPED, _OTHER_NUMERAL, _LONE_NUMERAL = -6.0, -1.2, -10.0, -3.0
_KIND_SAME, _KIND_OTHER = 1.0, -7.0
_METRES = ((100, 6.0), (300, 5.0), (1_000, 3.0), (3_000, 0.0), (10_000, -3.0))
_FARTHER = -7.0
_VILLAGE, _KECAMATAN, _KABUPATEN, _ELSEWHERE = 4.0, 1.0, -4.0, -8.0
_PLACE_CAP = 6.0
_PHONE = 6.0
_CODE, _OTHER_CODE = {"satusehat_id": 16.0, "bpjs_code": 16.0, "registration": 12.0}, -5.0
_CLINICS = frozenset({Kind.KLINIK_PRATAMA, Kind.KLINIK_UTAMA})

Share = Callable[[str], float]
"""What part of our facilities' names holds a word."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a facility is recognised by."""

    name: Name
    kind: Kind | None
    village: str
    at: tuple[float, float] | None
    phone: str
    codes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Clue:
    """What one field says: agree, close or disagree, and how many bits."""

    field: str
    outcome: str
    bits: float


def likeness(a: Place, b: Place, share: Share) -> tuple[float, list[Clue]]:
    """The probability that two rows are of one place, and why."""
    clues = [_name(a.name, b.name, share), *_kind(a, b), *_where(a, b), *_codes(a, b)]
    if a.phone and a.phone == b.phone:
        clues.append(Clue("phone", "agree", _PHONE))
    bits = PRIOR + sum(c.bits for c in clues)
    if clues[0].outcome == "disagree" and not any(c.field in _CODE and c.outcome == "agree" for c in clues):
        bits = min(bits, -1.0)  # neighbours with other names are two places, however near
    return round(1 / (1 + 2.0 ** -max(-50.0, min(50.0, bits))), 4), clues


def _name(a: Name, b: Name, share: Share) -> Clue:
    left, right = map(list, sorted((a.words, b.words)))  # the same whichever comes first
    bits, met = 0.0, 0
    whole = _whole(left, right) or _whole(right, left)
    if whole:
        bits, met, left, right = _WHOLE, 1, [], []
    for alike, part in ((str.__eq__, 1.0), (near, 0.75), (_begins, 0.5)):
        for x in tuple(left):
            y = next((y for y in right if alike(x, y)), None)
            if y is not None:
                left.remove(x)
                right.remove(y)
                bits += part * min(_MOST_WORD, -log2(share(x)))
                met += 1
    both = min(len(left), len(right))
    bits += both * _OTHER_WORD + abs(len(left) - len(right)) * _DROPPED
    if a.numerals != b.numerals:
        bits += _OTHER_NUMERAL if a.numerals and b.numerals else _LONE_NUMERAL
    same = met and not left and not right and a.numerals == b.numerals
    numbered = a.numerals and b.numerals and a.numerals != b.numerals
    outcome = "agree" if same else "disagree" if both >= max(1, met) or not met or numbered else "close"
    return Clue("name", outcome, round(min(bits, _CAP_NAME), 2))


def _whole(parts: list[str], wholes: list[str]) -> bool:
    """Two words of one name that are one of the other: Selat Panjang, Selatpanjang."""
    if len(parts) != 2 or len(wholes) != 1:
        return False
    return any(wholes[0] == joined or near(wholes[0], joined) for joined in ("".join(parts), "".join(parts[::-1])))


def _begins(x: str, y: str) -> bool:
    """A word cut short: Medik, Medika."""
    return min(len(x), len(y)) >= 3 and (x.startswith(y) or y.startswith(x))


def _kind(a: Place, b: Place) -> list[Clue]:
    mine, theirs = a.kind or a.name.kind, b.kind or b.name.kind
    if mine is None or theirs is None:
        return []
    if mine == theirs:
        return [Clue("kind", "agree", _KIND_SAME)]
    close = {mine, theirs} <= _CLINICS or {mine, theirs} == {Kind.TPMD, Kind.DENTIST}
    return [Clue("kind", "close" if close else "disagree", _KIND_OTHER / 3 if close else _KIND_OTHER)]


def _where(a: Place, b: Place) -> list[Clue]:
    """Village and distance say nearly the same, so together no more than one of them well could."""
    clues = []
    if a.at and b.at:
        far = metres(a.at, b.at)
        bits = next((bits for most, bits in _METRES if far <= most), _FARTHER)
        clues.append(Clue("distance", "agree" if bits > 3 else "close" if bits >= 0 else "disagree", bits))
    if a.village and b.village:
        n = min(len(a.village), len(b.village))
        same = next((k for k in (10, 6, 4) if n >= k and a.village[:k] == b.village[:k]), 0)
        bits = {10: _VILLAGE, 6: _KECAMATAN, 4: _KABUPATEN if n >= 6 else 0.0, 0: _ELSEWHERE}[same]
        clues.append(Clue("village", "agree" if same == 10 else "close" if bits >= 0 else "disagree", bits))
    total = sum(c.bits for c in clues)
    if len(clues) == 2 and abs(total) > _PLACE_CAP:
        scale = _PLACE_CAP / abs(total)
        clues = [Clue(c.field, c.outcome, round(c.bits * scale, 2)) for c in clues]
    return clues


def _codes(a: Place, b: Place) -> list[Clue]:
    found = []
    for field, bits in _CODE.items():
        mine, theirs = a.codes.get(field), b.codes.get(field)
        if mine and theirs:
            same = mine == theirs
            found.append(Clue(field, "agree" if same else "disagree", bits if same else _OTHER_CODE))
    return found


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The way between two points (latitude, longitude) on the ground."""
    x, y = radians(b[0] - a[0]), radians(b[1] - a[1])
    h = sin(x / 2) ** 2 + cos(radians(a[0])) * cos(radians(b[0])) * sin(y / 2) ** 2
    return 12_742_000 * asin(sqrt(h))
