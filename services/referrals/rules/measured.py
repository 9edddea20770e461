"""What the record measures most, in the letter's language; the page has the same words (gateway, rujukan/words.js)."""

import re

NAMES = {
    "8480-6": "TD sistolik", "8462-4": "TD diastolik", "8310-5": "suhu", "8867-4": "nadi", "9279-1": "napas",
    "29463-7": "berat badan", "8302-2": "tinggi badan", "8280-0": "lingkar perut", "39156-5": "IMT",
    "284473002": "lingkar lengan atas", "2345-7": "gula darah", "2093-3": "kolesterol total", "718-7": "Hb",
    "4548-4": "HbA1c", "2160-0": "kreatinin", "5804-0": "protein urin", "20508-8": "sifilis (RDT)",
    "75410-1": "HBsAg (RDT)", "883-9": "golongan darah", "18185-9": "usia kehamilan",
    "55283-6": "denyut jantung janin", "8665-2": "HPHT",
}  # fmt: skip
"""By code (LOINC, SNOMED CT); of any other the sender's own words stay."""
_UNITS = {"mm[Hg]": "mmHg", "{beats}/min": "/menit", "Cel": "°C", "wk": "minggu"}
_ANSWERS = {
    "Non-Reactive": "non-reaktif", "Reactive": "reaktif", "Negative": "negatif", "Positive": "positif",
}  # fmt: skip


def value(said: str) -> str:
    """A value as people here write it: comma, unit, day, answer."""
    if said in _ANSWERS:
        return _ANSWERS[said]
    if day := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", said):
        return f"{day[3]}-{day[2]}-{day[1]}"
    measured = re.fullmatch(r"(-?\d+)(?:\.(\d+))?(?: (\S+))?", said)
    if measured is None:
        return said
    whole, parts, unit = measured.groups()
    number = f"{whole},{parts}" if parts else whole
    return f"{number} {_UNITS.get(unit, unit)}" if unit else number
