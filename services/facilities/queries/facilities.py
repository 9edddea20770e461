"""SQL of facilities: as they are (`facility`), and on any day (`facility_version`)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from services.facilities.contract import Facility, FacilityNear, HospitalClass, Kind, Ownership, Status
from services.facilities.queries.listing import Chosen, Listing, place_of
from services.facilities.tables.facilities import STATE
from services.kernel.db import Connection, Tx

_STATE = ", ".join(STATE)
COLUMNS = f"code, {_STATE}, valid_from, valid_until, version"
ON = "(SELECT * FROM facility_version WHERE {0} >= valid_from AND {0} <= coalesce(valid_until, {0})) AS facility"
"""The facilities as they were or will be on a day."""
_RESOLVE = """
SELECT {columns} FROM {source} WHERE code = $1 OR satusehat_id = $1 OR bpjs_code = $1
ORDER BY code = $1 DESC, satusehat_id = $1 DESC NULLS LAST LIMIT 1
"""
FACILITIES = Listing(
    "facility", Facility, key=("code",), named="name",
    geometry=place_of("facility.code"),
    sorts=(
        "code", "name", "kind", "ownership", "village", "satusehat_id", "bpjs_code", "registration", "licence_until",
        "hospital_class", "status", "valid_from",
    ),
)  # fmt: skip


async def resolve(conn: Connection, any_code: str, on: date | None = None) -> dict[str, Any] | None:
    """The facility behind our code, a SATUSEHAT organisation number or a BPJS code (in that order): as it is, or as
    it was on a day, by the codes of that day."""
    source, more = ("facility", []) if on is None else (ON.format("$2::date"), [on])
    row = await conn.fetchrow(_RESOLVE.format(columns=COLUMNS, source=source), any_code, *more)
    return dict(row) if row else None


DISTANCE_KM = """6371 * 2 * asin(sqrt(least(1, power(sin(radians(latitude - {0}) / 2), 2)
    + cos(radians({0})) * cos(radians(latitude)) * power(sin(radians(longitude - {1}) / 2), 2))))"""
_DISTANCE = f"(SELECT f.*, {DISTANCE_KM} AS distance_km FROM %s f) AS facility"
"""Facilities with their distance from a point (haversine)."""
NEAR = replace(FACILITIES, model=FacilityNear, sorts=(*FACILITIES.sorts, "distance_km"))
HOURS = """
coalesce(
    (SELECT hours FROM special_day s WHERE s.facility = facility.code AND s.day = {0}),
    (SELECT hours FROM opening_hours h
     WHERE h.facility = facility.code AND h.weekday = extract(isodow FROM {0})::int AND h.valid_from <= {0}
     ORDER BY h.valid_from DESC LIMIT 1))
"""
OPEN = f"""
(EXISTS (SELECT FROM unnest(string_to_array({HOURS}, ' ')) AS p
    WHERE left(p, 5) <= {{1}}::text AND ({{1}}::text < right(p, 5) OR right(p, 5) < left(p, 5)))
 OR EXISTS (SELECT FROM unnest(string_to_array({HOURS.format("({0} - 1)")}, ' ')) AS p
    WHERE right(p, 5) < left(p, 5) AND {{1}}::text < right(p, 5))
 OR EXISTS (SELECT FROM offered_service o JOIN service_type t ON t.code = o.service AND t.always_open
    WHERE o.facility = facility.code AND o.service = ANY({{2}}::text[])
      AND {{0}} >= o.valid_from AND {{0}} <= coalesce(o.valid_until, {{0}})))
"""
"""Open at a time of a day: by its hours, by those of the night before, or for a service that never closes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which facilities are asked for; None: any."""

    kinds: Sequence[Kind] | None = None
    ownership: Ownership | None = None
    area: str | None = None
    name: str | None = None
    active: bool | None = None
    status: Status | None = None
    inpatient: bool | None = None
    hospital_class: HospitalClass | None = None
    on: date | None = None
    services: Sequence[str] | None = None
    open_at: datetime | None = None
    near: tuple[float, float] | None = None
    within_km: float | None = None
    jkn: bool | None = None


def chosen(wanted: Wanted, today: date) -> Chosen:
    """Facilities of these kinds and owners, within an area, by parts of their name, …; as they are, or on a day."""
    found = (NEAR if wanted.near else FACILITIES).chosen()
    source = "facility" if wanted.on is None else ON.removesuffix(" AS facility")
    if wanted.near:
        found.source(
            _DISTANCE.replace("{0}", "{0}::float8").replace("{1}", "{1}::float8") % source.replace("{0}", "{2}"),
            *wanted.near,
            *([wanted.on] if wanted.on else []),
        )
    elif wanted.on is not None:
        found.source(ON, wanted.on)
    found.among("kind", wanted.kinds).equal("ownership", wanted.ownership).within("village", wanted.area)
    found.named(wanted.name).equal("active", wanted.active).equal("status", wanted.status)
    found.equal("inpatient", wanted.inpatient).equal("hospital_class", wanted.hospital_class)
    found.where("distance_km <= {}::float8", wanted.within_km)
    return _working(found, wanted, wanted.on or today)


def _working(found: Chosen, wanted: Wanted, day: date) -> Chosen:
    """What is offered, when, and whether JKN pays for it."""
    for service in wanted.services or ():
        found.where(
            f"EXISTS (SELECT FROM offered_service o WHERE {_HOLDS.format('o')} AND o.service = {{1}})", day, service
        )
    if wanted.jkn is not None:
        no = "" if wanted.jkn else "NOT "
        found.where(f"{no}EXISTS (SELECT FROM jkn_contract o WHERE {_HOLDS.format('o')})", day)
    if wanted.open_at is not None:
        at = wanted.open_at
        found.where("active").where(OPEN.replace("{0}", "{0}::date"), at.date(), f"{at:%H:%M}", wanted.services or [])
    return found


_HOLDS = "{0}.facility = facility.code AND {{0}} >= {0}.valid_from AND {{0}} <= coalesce({0}.valid_until, {{0}})"


async def versions(conn: Connection, codes: Sequence[str]) -> list[dict[str, Any]]:
    """All versions of some facilities, each facility's in order of their days."""
    sql = f"SELECT code, valid_from, {_STATE} FROM facility_version WHERE code = ANY($1::text[]) ORDER BY 1, 2"
    return [dict(r) for r in await conn.fetch(sql, codes)]


_HOLDERS = """
SELECT {0} AS value, code, valid_from, valid_until FROM facility_version
WHERE {0} = ANY($1::text[]) AND NOT code = ANY($2::text[])
"""


async def holders(conn: Connection, column: str, values: Sequence[str], but: Sequence[str]) -> list[dict[str, Any]]:
    """Which other facilities ever have one of these codes, and when."""
    return [dict(r) for r in await conn.fetch(_HOLDERS.format(column), values, but)]


_DUE = f"""
SELECT v.code FROM facility_version v JOIN facility f USING (code)
WHERE v.valid_from <= $1 AND (v.valid_until IS NULL OR v.valid_until >= $1)
  AND (v.valid_from, {", ".join(f"v.{c}" for c in STATE)})
      IS DISTINCT FROM (f.valid_from, {", ".join(f"f.{c}" for c in STATE)})
"""
_TAKE_IN = f"""
INSERT INTO facility_version (code, valid_from, {_STATE}, version)
SELECT code, coalesce(valid_from, DATE '2000-01-01'), {_STATE}, 1 FROM facility f
WHERE NOT EXISTS (SELECT FROM facility_version v WHERE v.code = f.code)
"""


async def due(tx: Tx, today: date) -> list[str]:
    """Facilities that are today what was planned for them, and not yet shown so."""
    await tx.execute(_TAKE_IN)  # written by the release before this one, while both ran
    return [r["code"] for r in await tx.fetch(_DUE, today)]


_RECORDED = """
SELECT recorded_at, recorded_by, row::text FROM history
WHERE of = 'facility_version' AND starts_with(key, $1 || '/') OR of = 'facility' AND key = $1 AND row IS NULL
ORDER BY recorded_at, key, version
"""


async def recorded(conn: Connection, code: str) -> list[dict[str, Any]]:
    """Everything that was ever recorded of a facility's versions, in the order of recording; no `row` where the
    facility was taken back."""
    return [dict(r) for r in await conn.fetch(_RECORDED, code)]


async def on(conn: Connection, day: date) -> list[dict[str, Any]]:
    """All facilities as on a day, in order of their code."""
    sql = f"SELECT {COLUMNS} FROM {ON.format('$1::date')} ORDER BY code"
    return [dict(r) for r in await conn.fetch(sql, day)]


async def standing(conn: Connection, codes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Facilities as they are, by code."""
    rows = await conn.fetch(f"SELECT {COLUMNS} FROM facility WHERE code = ANY($1::text[])", codes)
    return {r["code"]: dict(r) for r in rows}


async def kinds(conn: Connection, codes: Sequence[str]) -> dict[str, str]:
    """Kinds of the registered facilities among `codes`."""
    rows = await conn.fetch("SELECT code, kind FROM facility WHERE code = ANY($1::text[])", codes)
    return {r["code"]: r["kind"] for r in rows}
