"""The rule text, service by service, written down a second time, slowly and plainly, without SQL.

It knows nothing of the service's own code: resources in, standings out. Permenkes 6/2024 (service 1; persons in
`oracle_persons`), Permenkes 12/2017 (basic immunisation). Loops over everything; made to be read beside the rule.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.service.indicators.oracle_births import Births
from tests.service.indicators.oracle_counting import (
    Due,
    Split,
    Units,
    completed,
    counted,
    doses,
    nth,
    on,
    pressures,
    split,
    total,
)
from tests.service.indicators.oracle_facts import F, local
from tests.service.indicators.oracle_growth import Status, status
from tests.service.indicators.oracle_persons import Persons

GROWTH = ("pip3", "stunting", "wasting", "underweight", "remeasure")
"""These look at every measure, absurd or not: it is what puts a child on the list to measure again."""


@dataclass(frozen=True)
class Row:
    """A standing."""

    served_on: date | None
    month: int
    missing: tuple[str, ...]
    due: tuple[Due, ...]
    facilities: tuple[str, ...]
    village: str
    sex: str
    payer: str


class Oracle(Persons, Births):
    """Answers for one world."""

    def standings(self, service: str, year: int, day: date) -> dict[str, Row]:
        """Every eligible unit of a service."""
        day = min(day, date(year, 12, 31))
        found = {}
        for who in self.people():
            facts = sorted((f for f in self.facts.get(who, []) if f.day <= day), key=lambda f: (f.day, f.receipt))
            if service not in GROWTH:
                facts = [f for f in facts if not f.absurd]
            for unit, missing, met, carried in getattr(self, service)(who, facts, year, day):
                found[unit] = self._row(who, year, day, missing, met, carried)
        return found

    def _row(
        self, who: str, year: int, day: date, missing: dict[str, Due], met: dict[str, tuple[date, str]], never: bool
    ) -> Row:
        served_on = max(on for on, _ in met.values()) if not missing and not never else None
        month = -1 if served_on is None else 0 if served_on < date(year, 1, 1) else served_on.month
        facilities = tuple(sorted({f for _, f in met.values()}))
        sex = self.person(who).get("gender", "unknown")
        due = tuple(missing.values())
        return Row(served_on, month, tuple(missing), due, facilities, self.village(who), sex, self.payer(who, day))

    # service 1

    def spm01(self, who: str, facts: list[F], year: int, day: date, older: bool = False) -> Units:
        """Pregnancies."""
        found = []
        for p in self.pregnancies(facts, day):
            if p["year"] != year:
                continue
            if p["lmp"] is None:
                found.append((p["unit"], {"lmp": (None, None)}, {}, True))
                continue
            missing, met = self._pregnancy_items(facts, p["lmp"], p["end"], older)
            found.append((p["unit"], missing, met, False))
        return found

    def spm01_2019(self, *a: Any) -> Units:
        """Pregnancies by Permenkes 4/2019: four contacts, no ultrasound."""
        return self.spm01(*a, older=True)

    def _lmp(self, facts: list[F], episodes: set[str]) -> date | None:
        of = [f for f in facts if set(f.episodes) & episodes]
        lmps = [f for f in of if f.concept == "lmp"]
        edds = [f for f in of if f.concept == "edd"]
        ages = [f for f in of if f.concept == "age"]
        if lmps:
            return max(lmps, key=lambda f: (f.day, f.receipt)).says
        if edds:
            said = max(edds, key=lambda f: (f.day, f.receipt)).says
            return said - timedelta(days=280) if said else None
        if ages:
            first = min(ages, key=lambda f: (f.day, f.receipt))
            return first.day - timedelta(days=int(round(first.value * 7, 6)))
        return None

    def pregnancies(self, facts: list[F], day: date) -> list[dict[str, Any]]:
        episodes = sorted((f for f in facts if f.concept == "episode"), key=lambda f: (f.day, f.receipt, f.id))
        births = [f.day for f in facts if f.concept == "delivery"]
        losses = [f.day for f in facts if f.concept == "loss"]
        dated = sorted(((lmp, e.id, e) for e in episodes if (lmp := self._lmp(facts, {e.id}))), key=lambda t: t[:2])
        groups: list[list[tuple[date, str, F]]] = []
        for entry in dated:
            before = groups[-1][-1][0] if groups else None
            if before and (entry[0] - before).days <= 60 and not any(before < x < entry[0] for x in losses):
                groups[-1].append(entry)
            else:
                groups.append([entry])
        lmps = [self._lmp(facts, {i for _, i, _ in g}) for g in groups]
        found, windows = [], []
        for n, group in enumerate(groups):
            lmp = lmps[n]
            assert lmp
            bound = lmp + timedelta(days=308)
            if n + 1 < len(groups):
                bound = min(bound, lmps[n + 1] - timedelta(days=1))  # type: ignore[operator]
            born = min((x for x in births if lmp <= x <= bound), default=None)
            lost = min((x for x in losses if lmp <= x <= bound), default=None)
            end = min(x for x in (bound, born, lost) if x)
            windows.append((lmp, end))
            if lost and not (born and born <= lost):
                continue
            first = min((e for _, _, e in group), key=lambda e: (e.day, e.receipt, e.id))
            found.append({"unit": first.id, "lmp": lmp, "end": end, "year": (born or lmp + timedelta(days=280)).year})
        for e in episodes:
            if self._lmp(facts, {e.id}):
                continue
            last = e.until or e.day + timedelta(days=308)
            if any(e.day <= end and last >= lmp for lmp, end in windows):
                continue
            ended = [
                x
                for x in losses
                if e.day <= x <= e.day + timedelta(days=308) and not any(e.day <= b <= x for b in births)
            ]
            if not ended:
                found.append({"unit": e.id, "lmp": None, "end": None, "year": e.day.year})
        return found

    def _pregnancy_items(self, facts: list[F], lmp: date, end: date, older: bool) -> Split:
        inside = [f for f in facts if lmp <= f.day <= end]
        held = {f.encounter for f in facts if f.concept == "delivery"}
        contacts = [f for f in inside if f.concept == "contact" and f.encounter not in held]
        g = lambda f: (f.day - lmp).days  # noqa: E731
        usg = [f for f in inside if f.concept == "usg"]
        asked: dict[str, tuple[date, str] | None] = {
            "contact_t1": nth([f for f in contacts if g(f) <= 90], 1),
            "contact_t2": nth([f for f in contacts if 91 <= g(f) <= 174], 1 if older else 2),
            "contact_t3": nth([f for f in contacts if g(f) >= 175], 2 if older else 3),
        }
        if not older:
            asked["usg_t1"] = nth([f for f in usg if g(f) <= 90], 1)
            asked["usg_t3"] = nth([f for f in usg if g(f) >= 175], 1)
        asked |= {
            "weight": nth([f for f in inside if f.concept == "weight"], 1),
            "height": nth([f for f in inside if f.concept in ("height", "lying")], 1),
            "bp": nth(pressures(inside), 1),
        }
        for name in ("muac", "fundal_height", "fetal_heart_rate", "td"):
            asked[name] = nth([f for f in inside if f.concept == name], 1)
        asked["iron"] = total([f for f in inside if f.concept == "iron"], 90)
        for name in (
            "hemoglobin",
            "blood_group",
            "urine_protein",
            "hiv_test",
            "syphilis_test",
            "hbsag_test",
            "education",
        ):
            asked[name] = nth([f for f in inside if f.concept == name], 1)
        days = lambda a, b: (lmp + timedelta(days=a), end if b is None else min(end, lmp + timedelta(days=b)))  # noqa: E731
        first, second, third = days(0, 90), days(91, 174), days(175, None)
        anchored = {"contact_t1": first, "contact_t2": second, "contact_t3": third, "usg_t1": first, "usg_t3": third}
        return split(asked, (lmp, end), anchored)

    # basic immunisation

    def pip2(self, who: str, facts: list[F], year: int, day: date, newer: bool = False) -> Units:
        """Children."""
        birth = local(self.person(who).get("birthDate"))
        if birth is None:
            return []
        birthday = completed(birth, 12)
        if birthday.year != year or birthday > day or self.dead(who, birthday):
            return []
        early = [f for f in facts if birth <= f.day < birthday]
        needs = {"bcg": 1, "opv": 4, "dpt": 3, "mr": 1}
        if newer and birth >= date(2023, 1, 1):
            needs |= {"ipv": 2, "pcv": 2, "rotavirus": 3}
        asked: dict[str, tuple[date, str] | None] = {
            "hb0": doses([f for f in early if f.concept == "hepb" and (f.day - birth).days <= 7], 1)
        }
        asked |= {name: doses([f for f in early if f.concept == name], n) for name, n in needs.items()}
        last = birthday - timedelta(days=1)
        due: dict[str, Due] = {"hb0": (birth, min(last, birth + timedelta(days=7)))}
        for name in needs:
            had = counted([f for f in early if f.concept == name])
            due[name] = (had[-1] + timedelta(days=24) if had and needs[name] > 1 else birth), last
        missing, met = split(asked, (birth, last), due)
        return [(who, missing, met, False)]

    def pip2_2023(self, *a: Any) -> Units:
        """Children, with the newer antigens."""
        return self.pip2(*a, newer=True)

    # nutritional status

    def _measured(self, who: str, facts: list[F], year: int, day: date) -> Status | None:
        birth = local(self.person(who).get("birthDate"))
        if birth is None or birth > day or completed(birth, 60) <= day or self.dead(who, day):
            return None
        return status(facts, birth, self.person(who).get("gender", "unknown"), year)

    def _graded(self, who: str, found: Status, asked: dict[str, bool]) -> Units:
        met = {name: on(found.facts, found.day) for name, ok in asked.items() if ok}
        year = (date(found.day.year, 1, 1), date(found.day.year, 12, 31))
        return [(who, {name: year for name, ok in asked.items() if not ok}, met, False)]

    def pip3(self, *a: Any) -> Units:
        """Children measured; those not normal lack their class."""
        found = self._measured(*a)
        if found is None or not found.plausible:
            return []
        z = found.z["wfl"]
        assert z is not None
        return self._graded(a[0], found, {
            "gizi_buruk": not z < -3, "gizi_kurang": not -3 <= z < -2, "risiko_lebih": not 1 < z <= 2,
            "gizi_lebih": not 2 < z <= 3, "obesitas": not z > 3,
        })  # fmt: skip

    def _low(self, name: str, index: str, *a: Any) -> Units:
        found = self._measured(*a)
        if found is None or not found.plausible:
            return []
        return self._graded(a[0], found, {name: (found.z[index] or 0) < -2})

    def stunting(self, *a: Any) -> Units:
        """Short for age."""
        return self._low("stunting", "lfa", *a)

    def wasting(self, *a: Any) -> Units:
        """Thin for length."""
        return self._low("wasting", "wfl", *a)

    def underweight(self, *a: Any) -> Units:
        """Light for age."""
        return self._low("underweight", "wfa", *a)

    def remeasure(self, *a: Any) -> Units:
        """Children to be measured again."""
        found = self._measured(*a)
        return [] if found is None or found.plausible else self._graded(a[0], found, {"remeasure": False})
