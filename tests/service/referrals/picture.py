"""The machine once more, as the issue draws it, and what must hold of every stored referral whatever was called.

Written apart from `rules.machine`, so that neither can be wrong alone. Reads the database, not the service.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import orjson


class Rows(Protocol):
    """Whoever reads the referrals' database."""

    async def rows(self, query: str, *args: Any) -> list[dict[str, Any]]:
        """Rows."""
        ...


AHEAD = timedelta(days=600)
"""A follow-up is named for a day that lies ahead, however far a test has put its clock on."""
NOBODY_HAS_IT = ("declined", "redirected", "expired")
BEFORE_ARRIVAL = ("draft", "sent", "accepted", *NOBODY_HAS_IT, "departed")
OPEN = (*BEFORE_ARRIVAL, "arrived", "in-care")
SIDES = {"sender", "receiver", "office"}

ARROWS: dict[tuple[str, str], tuple[str, set[str]]] = {
    **{(s, "send"): ("sent", {"sender", "office"}) for s in ("sent", *NOBODY_HAS_IT, "accepted", "departed")},
    ("draft", "send"): ("sent", {"sender"}),
    **{(s, "accept"): ("accepted", {"receiver"}) for s in ("sent", "expired")},
    **{(s, "decline"): ("declined", {"receiver"}) for s in ("sent", "expired")},
    **{(s, "redirect"): ("redirected", {"receiver"}) for s in ("sent", "expired", "accepted", "departed")},
    **{(s, "raise"): (s, {"sender"}) for s in BEFORE_ARRIVAL},
    ("accepted", "depart"): ("departed", {"sender"}),
    **{(s, "arrive"): ("arrived", {"receiver"}) for s in ("accepted", "departed")},
    **{(s, "no-show"): ("closed", {"receiver"}) for s in ("accepted", "departed")},
    ("arrived", "treat"): ("in-care", {"receiver"}),
    ("in-care", "refer-back"): ("closed", {"receiver"}),
    **{(s, "cancel"): ("closed", {"sender", "office"}) for s in BEFORE_ARRIVAL},
    ("accepted", "cancel"): ("closed", SIDES),
    **{(s, "close"): ("closed", {"sender", "office"}) for s in ("sent", *NOBODY_HAS_IT)},
    **{(s, "close"): ("closed", SIDES) for s in ("accepted", "departed")},
    **{(s, "close"): ("closed", {"receiver", "office"}) for s in ("arrived", "in-care")},
}
EMERGENCY: dict[tuple[str, str], tuple[str, set[str]]] = {
    **{(s, "depart"): ("departed", {"sender"}) for s in ("sent", "expired")},
    **{(s, "arrive"): ("arrived", {"receiver"}) for s in ("sent", "expired")},
}
TURN = {
    "draft": "sender", "sent": "receiver", "accepted": "sender", **dict.fromkeys(NOBODY_HAS_IT, "sender"),
    "departed": "receiver", "arrived": "receiver", "in-care": "receiver",
}  # fmt: skip
ENDS = {
    "refer-back": {"back-referred"},
    "no-show": {"no-show"},
    "cancel": {"cancelled"},
    "close": {"admitted", "discharged", "referred-on", "left", "died"},
}


def arrows(state: str, urgency: str, answered: bool) -> dict[str, tuple[str, set[str]]]:
    """Verb → (state, sides) from here."""
    drawn = ARROWS | (EMERGENCY if urgency == "emergency" else {})
    found = {verb: to for (at, verb), to in drawn.items() if at == state}
    if state == "departed" and not answered:
        found["accept"] = ("departed", {"receiver"})
    if urgency == "emergency":
        found.pop("raise", None)
    return found


def legal(row: dict[str, Any], side: str | None) -> set[str]:
    """What a side may do with the referral in this row."""
    found = arrows(row["state"], row["urgency"], row["answered_at"] is not None)
    return {verb for verb, (_, sides) in found.items() if side in sides}


def side_of(row: dict[str, Any], facility: str | None) -> str | None:
    """Whom somebody of `facility` acts for; None (no facility) is the office, "former" was asked before."""
    if facility is None:
        return "office"
    if facility == row["from_facility"]:
        return "sender"
    return "receiver" if facility in row["asked"] else "former" if facility in row["former"] else "third"


def fitting(row: dict[str, Any], verb: str, places: Iterable[str]) -> dict[str, Any]:
    """What a step on the referral in this row needs, told as it should be; it is sent to one of `places`."""
    later = (row.get("changed_at") or datetime.now(UTC)) + AHEAD
    elsewhere = next(f for f in places if f not in (*row["asked"], row["from_facility"]))
    return {
        "send": {"to_facility": elsewhere},
        "decline": {"reason": "Tempat tidur penuh"},
        "redirect": {"reason": "Bukan di sini", "to_facility": elsewhere},
        "raise": {"reason": "Memburuk", "urgency": "emergency"},
        "refer-back": {
            "advice": "Kontrol mingguan",
            "due": str(later.date()),
        },
        "close": {"outcome": {"arrived": "left", "in-care": "discharged"}.get(row["state"], "died")},
        "cancel": {"reason": "Permintaan keluarga"},
    }.get(verb, {})


async def holds(stage: Rows, persons: Iterable[str] | None = None) -> dict[str, dict[str, Any]]:
    """Everything that is always true, of the referrals of these persons (of all when None). They, by id."""
    which = list(persons) if persons is not None else None
    rows = await stage.rows("SELECT * FROM referral WHERE $1::text[] IS NULL OR person_id = ANY ($1)", which)
    ids = [r["id"] for r in rows]
    steps, told, looks = defaultdict(list), defaultdict(dict), Counter[str]()
    for s in await stage.rows("SELECT * FROM referral_step WHERE referral_id = ANY ($1) ORDER BY number", ids):
        steps[s["referral_id"]].append(s)
    columns = "SELECT subject, version, kind, person_id, data FROM"
    events = "{0} {1} WHERE type = 'referral' AND subject = ANY ($1)"
    both = " UNION ALL ".join(events.format(columns, table) for table in ("event", "event_pending"))
    for e in await stage.rows(both, ids):
        told[e["subject"]][e["version"]] = (e["kind"], orjson.loads(e["data"]))
    seen = "SELECT resources FROM {} WHERE action = 'write' AND outcome = 'allowed'"
    for a in await stage.rows(f"{seen.format('access_log')} UNION ALL {seen.format('access_pending')}"):
        looks.update(r.removeprefix("referral/") for r in _listed(a["resources"]))
    for row in rows:
        _stands(row)
        _history(row, steps[row["id"]], told[row["id"]])
        assert looks[row["id"]] == sum(s["side"] != "clock" for s in steps[row["id"]]), "an access row for every step"
    _one_open(rows)
    return {r["id"]: r for r in rows}


def _listed(resources: Any) -> list[str]:
    return resources.split() if isinstance(resources, str) else list(resources or [])


def _stands(row: dict[str, Any]) -> None:
    """A legal state, an owner, a due clock while it is open, an outcome when it has ended."""
    ended = row["state"] == "closed"
    assert ended or row["state"] in OPEN
    assert row["owner"] in SIDES
    whose = {"sender": row["from_facility"], "receiver": row["to_facility"]}
    assert row["owner_facility"] == whose.get(row["owner"], row["owner_facility"]) != ""
    assert ended == (row["closed_at"] is not None) == (row["outcome"] is not None)
    assert ended == (row["due_at"] is None) == (row["ring_at"] is None)
    assert not set(row["asked"]) & set(row["former"])
    assert row["from_facility"] not in (*row["asked"], *row["candidates"], row["to_facility"])
    if not ended:
        assert row["owner"] in (TURN[row["state"]], "office"), "whose turn it is, or escalated"
        assert legal(row, row["owner"]), "its owner can act"
        assert {"cancel", "close"} & legal(row, "office"), "the office can end what nobody moves"
    if row["state"] in ("accepted", "arrived", "in-care"):
        assert row["answered_at"] is not None
        assert row["asked"] == [row["to_facility"]], "one has it"
    if row["state"] == "sent":
        assert row["to_facility"] in row["asked"]


def _history(row: dict[str, Any], steps: list[dict[str, Any]], told: dict[int, tuple[str, Any]]) -> None:
    """Gapless, along the arrows, ending where the referral stands; the events tell the same."""
    assert [s["number"] for s in steps] == list(range(1, row["version"] + 1))
    assert sorted(told) == [s["number"] for s in steps], "an event for every step"
    assert steps[-1]["state"] == row["state"]
    assert sum(s["verb"] == "send" for s in steps) == row["leg"]
    recorded = [s["recorded_at"] for s in steps]
    assert recorded == sorted(recorded)
    asked = {facility for s in steps for facility in s["asked"] or ()}
    assert asked == {*row["asked"], *row["former"]}, "who was ever asked is remembered"
    before: dict[str, Any] = {"state": None}
    for s in steps:
        kind, data = told[s["number"]]
        assert kind == ("created" if s["number"] == 1 else "changed")
        assert (data["state"], data["step"]["verb"], data["step"]["side"]) == (s["state"], s["verb"], s["side"])
        assert (data["closed_at"] is not None) == (s["state"] == "closed") == (data["outcome"] is not None)
        assert s["actor"] and s["role"] and s["facility"]
        _arrow(before, s, data)
        before = data
    assert before["outcome"] == row["outcome"]
    assert before["owner_facility"] == row["owner_facility"]
    if row["state"] == "closed":
        assert row["outcome"] in ENDS[steps[-1]["verb"]]


def _arrow(before: dict[str, Any], step: dict[str, Any], after: dict[str, Any]) -> None:
    state, verb, side, to = before["state"], step["verb"], step["side"], step["state"]
    if state is None:
        assert (verb, to, side) in (("draft", "draft", "sender"), ("send", "sent", "sender"))
    elif verb == "draft":
        assert (state, to, side) == ("draft", "draft", "sender")
    elif verb in ("remind", "escalate"):
        assert (side, to) == ("clock", state)
    elif verb == "expire":
        assert (side, state, to) == ("clock", "sent", "expired")
    elif side == "clock":
        assert (verb, to) == ("send", "sent")
        assert state in ("declined", "expired"), "the clock asks the next only when nobody has it"
    else:
        drawn = arrows(state, before["urgency"], before["answered_at"] is not None)
        assert verb in drawn, f"{verb} from {state}"
        assert side in drawn[verb][1]
        parallel = verb in ("decline", "redirect") and len(before["asked"]) > 1
        assert to == (state if parallel else drawn[verb][0])
    assert verb == "raise" or state in (None, "draft") or after["urgency"] == before["urgency"]


def _one_open(rows: Iterable[dict[str, Any]]) -> None:
    """Two open referrals that may not stand beside each other are never there."""
    alone = [r for r in rows if r["state"] not in ("closed", "draft") and not r["doubled"] and r["beside"] is None]
    held = [r for r in alone if r["state"] not in ("declined", "redirected")]
    for keys in (
        [(r["person_id"], r["to_facility"]) for r in held],
        [(r["person_id"], r["from_facility"], r["diagnosis"][:3]) for r in alone],
    ):
        assert max(Counter(keys).values(), default=1) == 1
