"""Registrations as they are typed: the demo's people, some of them twice with mistakes, and strangers who look alike.

`registrations(people, seed)` gives (entity, Patient). Patients of one entity are one person. A tenth of the people is
registered again at another desk: a letter wrong, the spelling of grandfather's time, initials, a title, day and month
swapped, another year, no NIK, moved, another telephone. Hard to tell apart on purpose: twins, neighbours of one name,
fathers and sons of one name, families on one telephone. What the record joins by itself (the same NIK or card with
the same birth date) is no pair to find, so a second registration never has both.
"""

import copy
import random
from collections.abc import Iterator
from datetime import date
from typing import Any

from deploy.demo import names, network
from deploy.demo.people import STREETS, Person
from deploy.demo.population import persons
from deploy.demo.registration import patient
from services.kernel.ids import nik_fault

Resource = dict[str, Any]
TODAY = date(2026, 11, 22)
TWICE, THRICE = 0.10, 0.05
TWINS, NEIGHBOURS, SONS = 0.004, 0.010, 0.004
NIK, IBU, JKN, KK = (f"https://fhir.kemkes.go.id/id/{s}" for s in ("nik", "nik-ibu", "bpjs", "kk"))
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {c: (row[i - 1 : i] + row[i + 1 : i + 2]) for row in _ROWS for i, c in enumerate(row)}
_OLD = (("u", "oe"), ("j", "dj"), ("c", "tj"), ("y", "j"), ("sy", "sj"))
_NOW = (
    ("sy", "s"), ("kh", "h"), ("f", "v"), ("z", "j"), ("ai", "ae"), ("dh", "d"), ("i", "y"), ("y", "i"), ("th", "t"),
    ("rr", "r"), ("l", "ll"), ("s", "ss"), ("d", "t"), ("u", "o"), ("o", "u"), ("p", "f"), ("f", "p"), ("q", "k"),
)  # fmt: skip
_MUHAMMAD = ("Muhamad", "Mohammad", "Mohamad", "Moh.", "Moch.", "Muh.", "Muhd", "M.", "Mochamad")
_TITLES = (
    "H. {}",
    "Hj. {}",
    "Ny. {}",
    "Tn. {}",
    "Bpk. {}",
    "Ibu {}",
    "{}, S.Pd",
    "Drs. {}",
    "{}, S.E.",
    "Sdr. {}",
    "{}, A.Md.Keb",
    "An. {}",
)


def registrations(people: int, seed: int) -> Iterator[tuple[int, Resource]]:
    """(entity, Patient) of everybody, the second registrations, and those who only look alike."""
    rng = random.Random(seed)
    everyone = persons(people, seed, TODAY, network.load())
    villages = sorted({p.household.village for p in everyone})
    entity = len(everyone)
    for number, person in enumerate(everyone):
        first = patient(person, TODAY.toordinal())
        if rng.random() < 0.10:
            _forget(first, rng)
        yield number, _written(first)
        if rng.random() < TWICE:
            for _ in range(1 + (rng.random() < THRICE)):
                yield number, _written(again(first, person, villages, rng))
        for chance, alike in ((TWINS, _twin), (NEIGHBOURS, _neighbour), (SONS, _son)):
            if rng.random() < chance and (other := alike(first, person, rng)):
                yield entity, _written(other)
                entity += 1


def _village(resource: Resource) -> str:
    return str(resource["address"][0]["extension"][0]["extension"][3]["valueCode"])


def _written(resource: Resource) -> Resource:
    """As it is sent: without a list that is empty."""
    return {k: v for k, v in resource.items() if v != []}


def _new_id(rng: random.Random) -> str:
    bits = f"{rng.getrandbits(128):032x}"
    return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-9{bits[17:20]}-{bits[20:]}"


def _numbers(resource: Resource) -> dict[str, Resource]:
    return {i["system"]: i for i in resource["identifier"]}


def _forget(resource: Resource, rng: random.Random) -> None:
    """A first registration without its NIK or card, as many are."""
    gone = {NIK, JKN} if rng.random() < 0.7 else {NIK}
    resource["identifier"] = [i for i in resource["identifier"] if i["system"] not in gone]


# --- the same person again ------------------------------------------------------------------------------


def again(first: Resource, person: Person, villages: list[str], rng: random.Random) -> Resource:
    """The same person at another desk."""
    resource = copy.deepcopy(first)
    resource["id"] = _new_id(rng)
    resource["name"][0]["text"] = _name(first["name"][0]["text"], person, rng)
    _birth_date(resource, rng)
    if rng.random() < 0.01:
        resource["gender"] = "male" if resource["gender"] == "female" else "female"
    _numbers_again(resource, rng)
    _lives(resource, villages, rng)
    chance = rng.random()
    if chance < 0.30:
        resource.pop("telecom", None)
    elif chance < 0.45:
        resource["telecom"] = [{"system": "phone", "value": f"08{rng.randint(10**8, 10**10)}"}]
    elif "telecom" in resource and rng.random() < 0.3:
        resource["telecom"][0]["value"] = "+62" + resource["telecom"][0]["value"][1:]
    return resource


def _numbers_again(resource: Resource, rng: random.Random) -> None:
    kept = []
    for one in resource["identifier"]:
        number, chance = dict(one), rng.random()
        if one["system"] in (NIK, JKN):
            if chance < 0.75:
                continue
            number["value"] = _digit_slip(one["value"], rng)
            if one["system"] == NIK and nik_fault(number["value"]):
                continue
        elif (one["system"] == KK and chance < 0.5) or (one["system"] == IBU and chance < 0.3):
            continue
        elif one["system"] == IBU:
            resource.pop("multipleBirthInteger", None)
        kept.append(number)
    if IBU not in {i["system"] for i in kept} or not resource.get("multipleBirthInteger"):
        resource.pop("multipleBirthInteger", None)
    resource["identifier"] = [i for i in kept if i["system"] != IBU or rng.random() < 0.5]


def _digit_slip(value: str, rng: random.Random) -> str:
    at = rng.randrange(len(value) - 1)
    if rng.random() < 0.4 and value[at] != value[at + 1]:
        return value[:at] + value[at + 1] + value[at] + value[at + 2 :]
    return value[:at] + str((int(value[at]) + rng.randint(1, 9)) % 10) + value[at + 1 :]


def _birth_date(resource: Resource, rng: random.Random) -> None:
    year, month, day = map(int, resource["birthDate"].split("-"))
    chance = rng.random()
    if chance < 0.76:
        return
    if chance < 0.81:
        month, day = (day, month) if day <= 12 else (month, day)
    elif chance < 0.87:
        year += rng.choice((-10, -2, -1, -1, 1, 1, 2, 10))
    elif chance < 0.92:
        day = rng.randint(1, 28)
    elif chance < 0.95:
        month, day = rng.randint(1, 12), min(day, 28)
    elif chance < 0.985:
        resource["birthDate"] = rng.choice((f"{year}", f"{year}-01-01", f"{year}-01-01"))
        return
    else:
        year, month, day = year + rng.randint(-6, 6), rng.randint(1, 12), rng.randint(1, 28)
    resource["birthDate"] = min(f"{year}-{month:02d}-{min(day, 28 if month == 2 else 30):02d}", TODAY.isoformat())


def _lives(resource: Resource, villages: list[str], rng: random.Random) -> None:
    chance = rng.random()
    if chance < 0.05:
        resource.pop("address")
        return
    if chance < 0.16:
        near = [v for v in villages if v[:6] == _village(resource)[:6]]
        village = rng.choice(near if rng.random() < 0.5 else villages)
        if rng.random() < 0.5:  # another family card, after a marriage
            kept = [i for i in resource["identifier"] if i["system"] != KK]
            resource["identifier"] = [*kept, {"system": KK, "value": f"{village[:6]}{rng.randint(10**9, 10**10 - 1)}"}]
        for part in resource["address"][0]["extension"][0]["extension"]:
            if part["url"] == "village":
                part["valueCode"] = village
            elif part["url"] == "district":
                part["valueCode"] = village[:6]
        resource["address"][0]["line"] = [f"Jl. {rng.choice(STREETS)} No. {rng.randint(1, 120)}"]
    _line(resource["address"][0], rng)


def _line(address: Resource, rng: random.Random) -> None:
    """An address is written as it comes to mind: not at all, the street alone, in other words."""
    chance = rng.random()
    if chance < 0.45:
        address.pop("line")
        return
    street, _, number = address["line"][0].removeprefix("Jl. ").partition(" No. ")
    if chance < 0.65:
        address["line"] = [f"Jalan {street}"]
    elif chance < 0.80:
        address["line"] = [f"JL {street.upper()} {number}"]
    elif chance < 0.90:
        address["line"] = [f"Jl. {street} No. {rng.randint(1, 120)}"]


def _name(text: str, person: Person, rng: random.Random) -> str:
    words = text.split()
    if (TODAY.toordinal() - person.birth) < 300 and person.mother and rng.random() < 0.6:
        return f"By. Ny. {person.mother.name}"
    if words[0] == "Muhammad" and rng.random() < 0.6:
        words[0] = rng.choice(_MUHAMMAD)
    if words[0] == "Siti" and rng.random() < 0.3:
        words[0] = rng.choice(("St.", "Sitti", "Sity"))
    at = rng.randrange(len(words))
    if rng.random() < 0.22:
        words[at] = _respelt(words[at], rng)
    if rng.random() < 0.15:
        words[at] = _slip(words[at], rng)
    if len(words) > 1:
        chance = rng.random()
        if chance < 0.06:
            words[-1] = words[-1][0] + "."
        elif chance < 0.12:
            del words[rng.choice((0, -1, -1))]
        elif chance < 0.16:
            words.reverse()
        elif chance < 0.18:
            words = ["".join(words).capitalize()]
    elif rng.random() < 0.06:
        words.append(rng.choice(names.LAST_FEMALE[0] if person.female else names.LAST_MALE[0]))
    text = " ".join(words)
    if rng.random() < 0.20:
        text = rng.choice(_TITLES).format(text)
    return text.upper() if rng.random() < 0.5 else text


def _respelt(word: str, rng: random.Random) -> str:
    lower = word.lower()
    options = [(a, b) for a, b in _OLD + _NOW if a in lower]
    if lower.endswith("h") and rng.random() < 0.5:
        return word[:-1]
    if lower.endswith("a") and rng.random() < 0.3:
        return word + "h"
    if not options:
        return word
    a, b = rng.choice(options)
    return lower.replace(a, b, 1).capitalize()


def _slip(word: str, rng: random.Random) -> str:
    if len(word) < 3:
        return word
    at, kind = rng.randrange(len(word)), rng.random()
    letter = word[at].lower()
    if kind < 0.35:
        return word[:at] + rng.choice(_BESIDE.get(letter, "a") or "a") + word[at + 1 :]
    if kind < 0.60:
        return word[:at] + word[at + 1 :]
    if kind < 0.80 and at + 1 < len(word):
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + rng.choice(_BESIDE.get(letter, "a") or "a") + word[at:]


# --- others who look alike ------------------------------------------------------------------------------


def _other(first: Resource, rng: random.Random, name: str, born: str) -> Resource:
    other = copy.deepcopy(first)
    other["id"], other["name"][0]["text"], other["birthDate"] = _new_id(rng), name, born
    other.pop("multipleBirthInteger", None)
    other["identifier"] = [i for i in other["identifier"] if i["system"] == KK]
    if rng.random() < 0.85:
        y, m, d = born.split("-")
        day = int(d) + (40 if other["gender"] == "female" else 0)
        value = f"{_village(first)[:6]}{day:02d}{m}{y[2:]}{rng.randint(1, 8999):04d}"
        other["identifier"].insert(0, {"use": "official", "system": NIK, "value": value})
    return other


def _twin(first: Resource, person: Person, rng: random.Random) -> Resource | None:
    """Another child of the same birth: everything is the same but the name, the NIK and the order."""
    if person.mother is None:
        return None
    text = first["name"][0]["text"]
    if rng.random() < 0.25:  # Rina and Rini
        name = text[:-1] + ("i" if text[-1] != "i" else "a")
    else:
        name = names.name(rng, rng.randrange(3), person.female)
        if len(text.split()) > 1 and rng.random() < 0.5:
            name = f"{name.split()[0]} {text.split()[-1]}"
    if name == text:
        return None
    other = _other(first, rng, name, first["birthDate"])
    ibu = _numbers(first).get(IBU)
    if ibu and first.get("multipleBirthInteger"):
        other["identifier"].append(ibu)
        other["multipleBirthInteger"] = 2 if first["multipleBirthInteger"] == 1 else 1
    return other


def _neighbour(first: Resource, person: Person, rng: random.Random) -> Resource:
    """The same name and sex in the same village, of about the same age."""
    year = int(first["birthDate"][:4]) + rng.choice((-2, -1, 0, 0, 0, 1, 2))
    born = min(f"{year}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}", TODAY.isoformat())
    other = _other(first, rng, first["name"][0]["text"], born)
    other["identifier"] = [i for i in other["identifier"] if i["system"] != KK]
    other["address"][0]["line"] = [f"Jl. {rng.choice(STREETS)} No. {rng.randint(1, 120)}"]
    other.pop("telecom", None)
    if rng.random() < 0.6:
        other["telecom"] = [{"system": "phone", "value": f"08{rng.randint(10**8, 10**10)}"}]
    return other


def _son(first: Resource, person: Person, rng: random.Random) -> Resource | None:
    """A child under the parent's name, on the parent's telephone and family card."""
    if int(first["birthDate"][:4]) > 1995:
        return None
    year = min(2025, int(first["birthDate"][:4]) + rng.randint(20, 35))
    return _other(first, rng, first["name"][0]["text"], f"{year}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}")
