"""KBK once more, in plain Python from the text of the regulation and nothing of the service: what was told is a list of
statements with their moments, and every answer is worked out from those known at a moment."""

from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

Moment = datetime | int


@dataclass
class Told:
    """Everything that was ever said, each with when it was taken (a number that grows)."""

    visits: list[tuple[int, str, dict[str, Any] | None]] = field(default_factory=list)
    """(taken, encounter, {person, facility, day} or None)"""
    measures: list[tuple[int, str, dict[str, Any] | None]] = field(default_factory=list)
    """(taken, observation, {person, kind, day, values} or None); kind gdp or bp"""
    members: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    lists: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    referrals: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    merges: list[tuple[int, str, str, bool]] = field(default_factory=list)
    births: dict[str, date] = field(default_factory=dict)
    above: dict[str, str] = field(default_factory=dict)

    def now_is(self, person: str, at: int) -> str:
        """Who a person is at a moment."""
        joined: dict[str, str] = {}
        for taken, survivor, other, together in self.merges:
            if taken <= at:
                joined.pop(other, None)
                if together:
                    joined[other] = survivor
        while person in joined:
            person = joined[person]
        return person

    def house(self, facility: str) -> str:
        """The FKTP a pustu or posyandu belongs to."""
        while facility in self.above:
            facility = self.above[facility]
        return facility

    def _latest(self, rows: list[tuple[int, str, Any]], at: int) -> dict[str, tuple[int, Any]]:
        found: dict[str, tuple[int, Any]] = {}
        for taken, name, said in rows:
            if taken <= at:
                found[name] = (taken, said)
        return {name: (taken, said) for name, (taken, said) in found.items() if said is not None}

    def statement(self, person: str, day: date, at: int) -> dict[str, Any] | None:
        """What JKN last said of a person up to a day; on one day, of the person itself before of a merged one."""
        mine = [
            (said["day"], said["person"] == person, taken, said)
            for taken, said in self.members
            if taken <= at and said["day"] <= day and self.now_is(said["person"], at) == person
        ]
        return max(mine, key=lambda m: m[:3])[3] if mine else None

    def month(self, fktp: str, first: date, last: date, at: int) -> dict[str, tuple[int, int]]:
        """contact, rrns, dm, ht → (count, of)."""
        everybody = {self.now_is(said["person"], at) for _, said in self.members}
        members = {
            p: s
            for p in everybody
            if (s := self.statement(p, last, at)) and s["fktp"] == fktp and s["status"] in ("active", "inactive")
        }
        visited = {
            self.now_is(v["person"], at)
            for _, v in self._latest(self.visits, at).values()
            if first <= v["day"] <= last and self.house(v["facility"]) == fktp
        }
        lists = [said for taken, said in self.lists if taken <= at and said["fktp"] == fktp and said["month"] == first]
        listed = lists[-1] if lists else {}
        dm, ht = ([p for p, s in members.items() if g in s["prolanis"]] for g in ("DM", "HT"))
        return {
            "contact": (len(visited & set(members)), listed.get("members", len(members))),
            "rrns": self._referred(fktp, first, last, at),
            "dm": (sum(self._sugar(p, first, last, at) for p in dm), listed.get("dm") or len(dm)),
            "ht": (sum(self._pressure(p, first, last, at) for p in ht), listed.get("ht") or len(ht)),
        }

    def _referred(self, fktp: str, first: date, last: date, at: int) -> tuple[int, int]:
        count = of = 0
        for _, r in self._latest(self.referrals, at).values():
            status = (self.statement(self.now_is(r["person"], at), last, at) or {}).get("status")
            if (
                r["fktp"] == fktp and first <= r["day"] <= last and r["kind"] == "vertical" and r["sent"]
                and r["outcome"] != "cancelled" and status not in ("inactive", "not_found")
            ):  # fmt: skip
                of += 1
                count += r["own"] and not r["tacc"]
        return count, of

    def _measured(
        self, kind: str, person: str, first: date, last: date, at: int
    ) -> list[tuple[date, int, list[float]]]:
        receipt = {name: n for n, (_, name, _) in reversed([*enumerate(self.measures)])}  # the first of each resource
        return [
            (m["day"], receipt[name], m["values"]) for name, (_, m) in self._latest(self.measures, at).items()
            if m["kind"] == kind and first <= m["day"] <= last and self.now_is(m["person"], at) == person
        ]  # fmt: skip

    def _sugar(self, person: str, first: date, last: date, at: int) -> bool:
        rows = self._measured("gdp", person, first, last, at)
        return bool(rows) and 80 <= max(rows)[2][0] <= 130

    def _pressure(self, person: str, first: date, last: date, at: int) -> bool:
        rows = self._measured("bp", person, first, last, at)
        if not rows or person not in self.births:
            return False
        day, _, (upper, lower) = max(rows)
        born = self.births[person]
        years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
        low, high = (120, 130) if 18 <= years <= 64 else (130, 139)
        return years >= 18 and low <= upper <= high and 70 <= lower <= 79


def score(kind: str, m: dict[str, tuple[int, int]]) -> tuple[list[Fraction], list[int], Fraction, int] | None:
    """Values, ratings, score and the percent that is paid."""
    if not m["contact"][1]:
        return None
    contact = Fraction(m["contact"][0] * 1000, m["contact"][1])
    rrns = Fraction(m["rrns"][0] * 100, m["rrns"][1]) if m["rrns"][1] else Fraction(0)
    shares = [Fraction(a * 100, b) for a, b in (m["dm"], m["ht"]) if b]
    rppt = sum(shares, Fraction(0)) / len(shares) if shares else Fraction(0)
    ratings = [
        4 if contact >= 150 else 3 if contact > 145 else 2 if contact > 140 else 1,
        4 if rrns <= 2 else 3 if rrns <= Fraction(5, 2) else 2 if rrns <= 3 else 1,
        4 if rppt >= 5 else 3 if rppt >= 4 else 2 if rppt >= 3 else 1,
    ]
    total = Fraction(40, 100) * ratings[0] + Fraction(50, 100) * ratings[1] + Fraction(10, 100) * ratings[2]
    percents = (100, 95, 90, 85) if kind == "puskesmas" else (100, 97, 96, 95)
    paid = percents[0] if total == 4 else percents[1] if total >= 3 else percents[2] if total >= 2 else percents[3]
    return [contact, rrns, rppt], ratings, total, paid
