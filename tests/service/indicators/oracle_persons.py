"""The rule text of the services that count persons (04 to 12), written down a second time. Permenkes 6/2024."""

from abc import abstractmethod
from datetime import date, timedelta
from typing import Any

from tests.service.indicators.oracle_counting import (
    Asked,
    Due,
    Units,
    completed,
    counted,
    doses,
    month_end,
    nth,
    of,
    on,
    pressures,
    split,
)
from tests.service.indicators.oracle_facts import F, Facts, local


class Persons(Facts):
    """Services 04 to 12."""

    @abstractmethod
    def pregnancies(self, facts: list[F], day: date) -> list[dict[str, Any]]:
        """Eligible pregnancies, as service 01 has them."""

    def _months_old(self, who: str, day: date, first: int, last: int | None) -> bool:
        """Alive on the day and of an age in completed months, both ends included."""
        birth = local(self.person(who).get("birthDate"))
        if birth is None or self.dead(who, day) or completed(birth, first) > day:
            return False
        return last is None or completed(birth, last + 1) > day

    # service 4

    def spm04(self, who: str, facts: list[F], year: int, day: date) -> Units:
        """Children of 12 to 59 months."""
        if not self._months_old(who, day, 12, 59):
            return []
        birth = local(self.person(who)["birthDate"])
        assert birth
        mine = [f for f in facts if f.day >= date(year, 1, 1)]
        ever = [f for f in facts if f.day >= birth]
        asked: Asked = {
            "weight": nth(of(mine, "weight"), 8),
            "height": nth(of(mine, "height", "lying"), 2),
            "development": nth(of(mine, "development"), 2),
            "vitamin_a": doses(of(mine, "vitamin_a"), 2, 30),
        }
        first, last = date(year, 1, 1), date(year, 12, 31)
        given = counted(of(mine, "vitamin_a"), 30)
        due: dict[str, Due] = {"vitamin_a": (given[0] + timedelta(days=30) if given else first, last)}
        early = [f for f in ever if (f.day - birth).days <= 7]
        soon = min(last, birth + timedelta(days=7))
        idl = [
            (of(early, "hepb"), 1),
            *((of(ever, name), n) for name, n in (("bcg", 1), ("opv", 4), ("dpt", 3), ("mr", 1))),
        ]
        asked["idl"], due["idl"] = self._all_doses(idl, birth, [soon, last, last, last, last])
        if completed(birth, 24) <= day:
            boosters = [(of(ever, "dpt"), 4), (of(ever, "mr"), 2)]
            asked["booster"], due["booster"] = self._all_doses(boosters, birth, [last, last])
        missing, met = split(asked, (first, last), due)
        return [(who, missing, met, False)]

    @staticmethod
    def _all_doses(
        parts: list[tuple[list[F], int]], birth: date, ends: list[date]
    ) -> tuple[tuple[date, str] | None, Due]:
        """Several vaccines as one item: met when the last of them is, due as soon as one that is lacking."""
        days = [counted(facts) for facts, _ in parts]
        lacking = [k for k, (_, need) in enumerate(parts) if len(days[k]) < need]
        if lacking:
            starts = [days[k][-1] + timedelta(days=24) if days[k] and parts[k][1] > 1 else birth for k in lacking]
            return None, (min(starts), min(ends[k] for k in lacking))
        met = [days[k][need - 1] for k, (_, need) in enumerate(parts)]
        last = max(met)
        return on([f for (facts, _), day in zip(parts, met, strict=True) if day == last for f in facts], last), (
            None,
            None,
        )

    # services 5 to 7

    def _yearly(self, who: str, asked: Asked, year: int) -> Units:
        missing, met = split(asked, (date(year, 1, 1), date(year, 12, 31)))
        return [(who, missing, met, False)]

    def _screening(self, facts: list[F], year: int, *items: str) -> Asked:
        """Each at least once in the year; blood pressure as a pair, height in either posture."""
        mine = [f for f in facts if f.day >= date(year, 1, 1)]
        asked: Asked = {}
        for item in items:
            match item:
                case "bp":
                    asked[item] = nth(pressures(mine), 1)
                case "height":
                    asked[item] = nth(of(mine, "height", "lying"), 1)
                case "cognition" | "mood":
                    asked[item] = nth(of(mine, item, "skilas"), 1)
                case _:
                    asked[item] = nth(of(mine, item), 1)
        return asked

    def spm05(self, who: str, facts: list[F], year: int, day: date) -> Units:
        """School age: 7 to 15 years."""
        if not self._months_old(who, day, 7 * 12, 15 * 12 + 11):
            return []
        return self._yearly(who, self._screening(facts, year, "weight", "height", "bp", "vision", "hearing"), year)

    def spm06(self, who: str, facts: list[F], year: int, day: date) -> Units:
        """Working age: 15 to 59 years."""
        if not self._months_old(who, day, 15 * 12, 59 * 12 + 11):
            return []
        items = "weight", "height", "waist", "bp", "glucose", "risk_behaviour"
        return self._yearly(who, self._screening(facts, year, *items), year)

    def spm07(self, who: str, facts: list[F], year: int, day: date) -> Units:
        """60 years and over."""
        if not self._months_old(who, day, 60 * 12, None):
            return []
        items = "bp", "glucose", "cholesterol", "independence", "cognition", "mood"
        return self._yearly(who, self._screening(facts, year, *items), year)

    # services 8 and 9

    def spm08(self, who: str, facts: list[F], year: int, day: date) -> Units:
        """People with hypertension."""
        return self._monthly(who, facts, year, day, "hypertension", "bp")

    def spm09(self, who: str, facts: list[F], year: int, day: date) -> Units:
        """People with diabetes."""
        return self._monthly(who, facts, year, day, "diabetes", "glucose")

    def _open(self, facts: list[F], condition: str, day: date) -> list[F]:
        return [f for f in of(facts, condition) if not f.closed or (f.until is not None and f.until > day)]

    def _monthly(self, who: str, facts: list[F], year: int, day: date, condition: str, item: str) -> Units:
        open_now = self._open(facts, condition, day)
        if not open_now or not self._months_old(who, day, 15 * 12, None):
            return []
        since, january = min(f.day for f in open_now), date(year, 1, 1)
        measures = pressures(facts) if item == "bp" else of(facts, item)
        asked: Asked = {}
        due: dict[str, Due] = {}
        month = max(january, since.replace(day=1))
        while month_end(month) <= day:
            due[f"{item}:{month:%Y-%m}"] = month, month_end(month)
            asked[f"{item}:{month:%Y-%m}"] = nth([f for f in measures if month <= f.day <= month_end(month)], 1)
            month = month_end(month) + timedelta(days=1)
        if not asked:
            due[item] = max(since, january), month_end(day)
            asked[item] = nth([f for f in measures if f.day >= max(since, january)], 1)
        asked["education"] = nth([f for f in of(facts, "education") if f.day >= january], 1)
        missing, met = split(asked, (january, date(year, 12, 31)), due)
        return [(who, missing, met, False)]

    # services 10 to 12

    def spm10(self, who: str, facts: list[F], year: int, day: date) -> Units:
        """People with a severe mental disorder: known to the record, alive, of any age."""
        if not self.person(who) or self.dead(who, day) or not self._open(facts, "severe_mental_disorder", day):
            return []
        return self._yearly(who, self._screening(facts, year, "mental_status_exam", "education"), year)

    def spm11(self, who: str, facts: list[F], year: int, day: date) -> Units:
        """People suspected of tuberculosis."""
        del day
        if not of([f for f in facts if f.day >= date(year, 1, 1)], "tb_suspect", "tb_test", "tb_case"):
            return []
        return self._yearly(who, self._screening(facts, year, "tb_test", "education"), year)

    def spm12(self, who: str, facts: list[F], year: int, day: date) -> Units:
        """People at risk of HIV."""
        january = date(year, 1, 1)
        theirs = [p for p in self.pregnancies(facts, day) if p["year"] == year]
        mine = [f for f in facts if f.day >= january]
        if not theirs and not of(mine, "tb_case", "sti", "hiv_risk_group", "hiv_screening"):
            return []
        windows = [(p["lmp"], p["end"]) for p in theirs if p["lmp"] and p["lmp"] <= day]
        inside = [f for f in facts if f.day >= january or any(a <= f.day <= b for a, b in windows)]
        asked: Asked = {name: nth(of(inside, name), 1) for name in ("hiv_test", "education")}
        first = min([january, *(a for a, _ in windows)])
        missing, met = split(asked, (first, date(year, 12, 31)))
        return [(who, missing, met, False)]
