"""Births and newborns by the rule text (services 2 and 3, PIP 4), slowly and plainly. Permenkes 6/2024."""

from datetime import date, timedelta

from tests.service.indicators.oracle_counting import Due, Units, nth
from tests.service.indicators.oracle_facts import F, Facts, local, moment

DELIVERING = {"102", "103", "104", "OT000004", "OT000006", "OT000007", "OT000010", "OT000011", "OT000013"}


def near(one: date | None, other: date) -> bool:
    """At most two days apart."""
    return one is not None and abs((one - other).days) <= 2


class Births(Facts):
    """Answers about deliveries and newborns."""

    def spm02(self, who: str, facts: list[F], year: int, day: date) -> Units:
        """Deliveries."""
        return self._deliveries(who, facts, year, day, ("facility", "attendants"))

    def pip4(self, who: str, facts: list[F], year: int, day: date) -> Units:
        """Deliveries, for their place alone."""
        return self._deliveries(who, facts, year, day, ("facility",))

    def _deliveries(self, who: str, facts: list[F], year: int, day: date, items: tuple[str, ...]) -> Units:
        groups = list[list[F]]()
        found: Units = []
        for f in sorted((f for f in facts if f.concept == "delivery"), key=lambda f: f.day):
            if groups and (f.day - groups[-1][-1].day).days <= 2:
                groups[-1].append(f)
            else:
                groups.append([f])
        for told in groups:
            born = told[0].day
            if born.year != year:
                continue
            asked = {"facility": self._place(who, facts, told, born, day), "attendants": self._team(facts, told, born)}
            unit = min(told, key=lambda f: (f.receipt, f.id)).id
            due = born - timedelta(days=2), born + timedelta(days=2)
            missing: dict[str, Due] = {name: due for name in items if asked[name] is None}
            found.append((unit, missing, {n: m for n in items if (m := asked[n])}, False))
        return found

    def _belong(self, facts: list[F], told: list[F], born: date) -> list[F]:
        visits = {f.encounter for f in told} - {None}
        return [f for f in facts if f.encounter in visits or near(f.day, born)]

    def _place(self, who: str, facts: list[F], told: list[F], born: date, day: date) -> tuple[date, str] | None:
        places = [f for f in self._belong(facts, told, born) if f.concept == "place"]
        for child in self.people():
            told_of = self.person(child)
            if child != who and self.mother(child) == who and near(local(told_of.get("birthDate")), born):
                places += [f for f in self.facts.get(child, []) if f.concept == "place" and f.day <= day]
        if places:
            return nth([f for f in places if "facility" in f.kinds], 1)
        hosts = []
        for f in told:
            covered = f.visit_start and f.visit_start <= f.day and (f.visit_until is None or f.day <= f.visit_until)
            if f.host and self.world.types.get(f.host) in DELIVERING and (covered or near(f.visit_start, f.day)):
                hosts.append(f)
        return (born, min(hosts, key=lambda f: f.receipt).host or "") if hosts else None

    def _team(self, facts: list[F], told: list[F], born: date) -> tuple[date, str] | None:
        team = [f for f in self._belong(facts, told, born) if f.concept == "attendant" and f.kinds]
        for day in sorted({f.day for f in team}):
            by_then = [f for f in team if f.day <= day]
            if len({f.id for f in by_then}) >= 2 and any(set(f.kinds) & {"doctor", "midwife"} for f in by_then):
                return nth([f for f in team if f.day == day], 1)
        return None

    def spm03(self, who: str, facts: list[F], year: int, day: date) -> Units:
        """Newborns."""
        told = self.person(who)
        birth, at = local(told.get("birthDate")), moment(told.get("birthTime"))
        if birth is None or birth > day or (birth + timedelta(days=28)).year != year:
            return []
        age = lambda f: (f.day - birth).days  # noqa: E731
        early = [f for f in facts if age(f) >= 0]
        contacts = [f for f in early if f.concept == "neonatal"]

        def hours(f: F) -> float | None:
            return (f.at - at).total_seconds() / 3600 if f.at and at else None

        def kn1(f: F) -> bool:
            t = hours(f)
            return age(f) <= 2 if t is None else 6 <= t < 48

        def kn2(f: F) -> bool:
            t = hours(f)
            return 3 <= age(f) <= 7 if t is None else t >= 48 and age(f) <= 7

        of = lambda last, *concepts: nth([f for f in early if f.concept in concepts and age(f) <= last], 1)  # noqa: E731
        asked = {
            "kn1": nth([f for f in contacts if kn1(f)], 1),
            "kn2": nth([f for f in contacts if kn2(f)], 1),
            "kn3": nth([f for f in contacts if 8 <= age(f) <= 28], 1),
            "hb0": of(7, "hepb"),
            "vitamin_k": of(2, "vitamin_k"),
            "eye_ointment": of(2, "eye_ointment"),
            "early_care": of(2, "early_breastfeeding", "cord_care"),
        }
        due = {"kn2": (3, 7), "kn3": (8, 28), "hb0": (0, 7)}
        day_of = lambda a: birth + timedelta(days=a)  # noqa: E731
        missing = {
            n: (day_of(due.get(n, (0, 2))[0]), day_of(due.get(n, (0, 2))[1])) for n, m in asked.items() if m is None
        }
        return [(who, missing, {n: m for n, m in asked.items() if m}, False)]
