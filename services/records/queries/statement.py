"""The storing statement, put together from the parts a batch needs: what is not needed costs nothing.

Parts name their values (`@ids`); `compiled` numbers them in the order they appear.
"""

import re
from functools import lru_cache

from services.kernel import access

ALIAS = "urn:simpul:patient-id"
"""Identifier system of a Patient id that was given by a sender for a person who already had one."""

IHS = "https://fhir.kemkes.go.id/id/ihs-number"

_KNOWN = f"""coalesce(
        (SELECT r.person_id FROM resource r WHERE r.type = 'Patient' AND r.id = {{ref}} AND NOT r.deleted),
        (SELECT i.person_id FROM person_identifier i WHERE i.system IN ('{IHS}', '{ALIAS}') AND i.value = {{ref}}
         LIMIT 1)
    )"""
"""The person behind a Patient id, an alias or an IHS number."""

_ONE = f"""input AS (
    SELECT @type::text AS type, @id::text AS id, w.person_id, @client::text AS client, false AS deleted,
           nextval('resource_receipt_seq') AS receipt
    FROM (SELECT CASE WHEN @patient_ref::text IS NULL THEN @person_id::text
                 ELSE {_KNOWN.format(ref="@patient_ref::text")} END AS person_id) w
    WHERE w.person_id IS NOT NULL OR @patient_ref::text IS NULL
), stored AS (
    INSERT INTO resource (type, id, person_id, version, receipt, client, updated_at, status, date, encounter_id,
                          organization, codes, body) OVERRIDING SYSTEM VALUE
    SELECT type, id, person_id, 1, receipt, client, @at::timestamptz, @status::text, @date::timestamptz,
           @encounter_id::text, @organization::text, string_to_array(@codes::text, chr(31)), @body::text FROM input
), events AS (
    INSERT INTO event_pending (type, kind, subject, version, person_id, data)
    SELECT type, 'created', id, 1, person_id, '{{"receipt":' || receipt || ',' || substr(@event::text, 2) FROM input
), looked AS (
    INSERT INTO access_pending ({access.COLUMNS})
    SELECT @actor::text, @role::text, @facility::text, person_id, 'write', type, @purpose::text, 'allowed',
           @request_id::text, @origin::text, type || '/' || id FROM input WHERE person_id IS NOT NULL
)"""
"""A single new resource of no sensitive class: values instead of arrays, and nothing to join (67 against 93 µs of
PostgreSQL's time, 33 against 45 of the driver's)."""

_INPUT = f"""raw AS (
    SELECT * FROM unnest(@types::text[], @ids::text[], @person_ids::text[], @versions::int[], @clients::text[],
                         @deleted::bool[], @statuses::text[], @dates::timestamptz[], @encounter_ids::text[],
                         @organizations::text[], @codes::text[], @bodies::text[], @kinds::text[], @events::text[],
                         @patient_refs::text[]{{values}})
    WITH ORDINALITY i(type, id, person_id, version, client, deleted, status, date, encounter_id, organization, codes,
                      body, kind, data, patient_ref{{names}}, ord)
), who AS (
    SELECT q.ref, {_KNOWN.format(ref="q.ref")} AS person_id
    FROM (SELECT DISTINCT patient_ref AS ref FROM raw WHERE patient_ref IS NOT NULL) q
), input AS (
    SELECT raw.type, raw.id, coalesce(raw.person_id, who.person_id) AS person_id, version, client, deleted, status,
           date, encounter_id, organization, codes, body, kind, data, ord{{settled}}
    FROM raw LEFT JOIN who ON who.ref = raw.patient_ref
    WHERE NOT EXISTS (SELECT 1 FROM who WHERE person_id IS NULL)
)"""

_PLAIN_INPUT = _INPUT.format(values="", names="", settled="")
_SENSITIVE_INPUT = _INPUT.format(
    values=", @sensitives::text[], @carried::text[]",
    names=", bounds, carried",
    settled=""",
           array(SELECT split_part(c, '|', 1) FROM unnest(string_to_array(raw.bounds, chr(31))) c
                 WHERE c NOT LIKE '%|%' OR coalesce((
                     SELECT extract(year FROM age(coalesce(raw.date, @at::timestamptz)::date, p.birth_date))
                            BETWEEN split_part(c, '|', 2)::int AND split_part(c, '|', 3)::int
                     FROM person p WHERE p.person_id = coalesce(raw.person_id, who.person_id)), true)) AS sensitive,
           raw.carried""",
)
"""With sensitive classes: one that is bound to an age ("SEX|10|18") counts when the person was of that age."""

_HISTORY = """history AS (
    INSERT INTO resource_history (type, id, version, person_id, client, updated_at, deleted, body, sensitive, date)
    SELECT r.type, r.id, r.version, r.person_id, r.client, r.updated_at, r.deleted, r.body, r.sensitive, r.date
    FROM input i JOIN resource r ON r.type = i.type AND r.id = i.id WHERE i.version > 1
)"""

_STORED = """stored AS (
    INSERT INTO resource AS r (type, id, person_id, version, client, updated_at, deleted, status, date, encounter_id,
                               organization, codes, body{column})
    SELECT type, id, person_id, version, client, @at::timestamptz, deleted, status, date, encounter_id, organization,
           string_to_array(codes, chr(31)), body{value} FROM input ORDER BY ord
    {conflict}
    RETURNING type, id, receipt
)"""

_SENSITIVE = {"column": ", sensitive", "value": ", nullif(sensitive, '{}')"}
_NEW = _STORED.format(conflict="", column="", value="")
_NEW_SENSITIVE = _STORED.format(conflict="", **_SENSITIVE)
_NEXT = _STORED.format(
    **_SENSITIVE,
    conflict="""ON CONFLICT (type, id) DO UPDATE SET person_id = excluded.person_id, version = excluded.version,
        updated_at = excluded.updated_at, deleted = excluded.deleted, status = excluded.status, date = excluded.date,
        encounter_id = excluded.encounter_id, organization = excluded.organization, codes = excluded.codes,
        body = excluded.body, sensitive = CASE WHEN excluded.deleted THEN r.sensitive
            WHEN r.type = 'Encounter' AND r.sensitive IS NOT NULL
            THEN array(SELECT DISTINCT c FROM unnest(r.sensitive || excluded.sensitive) c) ELSE excluded.sensitive END
    WHERE r.version = excluded.version - 1""",
)

_CARRIED = """carried AS (
    UPDATE resource e SET sensitive = array(SELECT DISTINCT c FROM unnest(e.sensitive || k.classes) c)
    FROM (SELECT encounter_id, person_id, client, array_agg(DISTINCT c) AS classes
          FROM input i, unnest(string_to_array(i.carried, chr(31))) c
          WHERE c = ANY(i.sensitive) GROUP BY 1, 2, 3) k
    WHERE e.type = 'Encounter' AND e.id = k.encounter_id AND e.person_id = k.person_id AND e.client = k.client
      AND NOT EXISTS (SELECT 1 FROM input i WHERE i.type = 'Encounter' AND i.id = e.id)
)"""
"""A diagnosis of a class gives its class to its visit, when the same facility wrote both; an Encounter keeps it."""

_ANNOUNCED = f"""events AS (
    INSERT INTO event_pending (type, kind, subject, version, person_id, data)
    SELECT i.type, i.kind, i.id, i.version, i.person_id, '{{"receipt":' || s.receipt || ',' || substr(i.data, 2)
    FROM input i JOIN stored s USING (type, id) ORDER BY ord
), looked AS (
    INSERT INTO access_pending ({access.COLUMNS})
    SELECT @actor::text, @role::text, @facility::text, person_id, 'write',
           CASE WHEN count(*) = 1 THEN min(type) ELSE 'Bundle' END, @purpose::text, 'allowed', @request_id::text,
           @origin::text, {access.refs("type", "id", "receipt")}
    FROM input JOIN stored USING (type, id) WHERE person_id IS NOT NULL GROUP BY person_id
)"""

_RELATIONS = """relations AS (
    INSERT INTO care_relation (person_id, facility, reason)
    SELECT DISTINCT person_id, client, CASE type WHEN 'Patient' THEN 'registration' ELSE 'encounter' END FROM input
    WHERE type IN ('Patient', 'Encounter') AND person_id IS NOT NULL AND client IS NOT NULL AND NOT deleted
    ON CONFLICT DO NOTHING
)"""

_IDENTIFIERS = """new_identifier AS (
    SELECT n.* FROM unnest(@identifier_types::text[], @identifier_ids::text[], @identifier_systems::text[],
                           @identifier_values::text[]) n(type, id, system, value)
    JOIN input i USING (type, id)
), identifiers AS (
    INSERT INTO resource_identifier (type, id, system, value)
    SELECT DISTINCT type, id, system, value FROM new_identifier ON CONFLICT DO NOTHING
)"""

_UNRESOLVED = """new_unresolved AS (
    SELECT u.* FROM unnest(@reference_types::text[], @reference_ids::text[], @target_types::text[],
                           @target_ids::text[]) u(type, id, target_type, target_id)
    JOIN input i USING (type, id)
    WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE r.type = u.target_type AND r.id = u.target_id)
), unresolved AS (
    INSERT INTO unresolved_reference (type, id, target_type, target_id)
    SELECT DISTINCT type, id, target_type, target_id FROM new_unresolved ON CONFLICT DO NOTHING
)"""

_REPLACED = """gone_identifier AS (
    DELETE FROM resource_identifier o USING input c WHERE c.version > 1 AND o.type = c.type AND o.id = c.id
    AND NOT EXISTS (SELECT 1 FROM new_identifier n
                    WHERE (n.type, n.id, n.system, n.value) = (o.type, o.id, o.system, o.value))
), gone_unresolved AS (
    DELETE FROM unresolved_reference o USING input c WHERE c.version > 1 AND o.type = c.type AND o.id = c.id
    AND NOT EXISTS (SELECT 1 FROM new_unresolved n
                    WHERE (n.type, n.id, n.target_type, n.target_id) = (o.type, o.id, o.target_type, o.target_id))
), arrived AS (
    DELETE FROM unresolved_reference o USING input c WHERE o.target_type = c.type AND o.target_id = c.id
)"""
"""What an update takes away, and references that waited for what has come (only a sender's id can be waited for)."""

_PERSONS = """persons AS (
    INSERT INTO person (person_id, patient_id, name, birth_date, sex, village)
    SELECT * FROM unnest(@persons::text[], @person_patients::text[], @person_names::text[], @person_births::date[],
                         @person_sexes::text[], @person_villages::text[])
    ON CONFLICT (person_id) DO UPDATE SET patient_id = excluded.patient_id, name = excluded.name,
        birth_date = excluded.birth_date, sex = excluded.sex, village = excluded.village
), identity AS (
    INSERT INTO person_identifier (system, value, person_id)
    SELECT * FROM unnest(@key_systems::text[], @key_values::text[], @key_persons::text[])
    ON CONFLICT DO NOTHING RETURNING 1
), reviews AS (
    INSERT INTO identity_review (person_id, other_person_id, reason)
    SELECT * FROM unnest(@review_persons::text[], @review_others::text[], @review_reasons::text[])
    ON CONFLICT DO NOTHING
)"""

_NOTES = """provisional AS (
    INSERT INTO provisional_person AS p (person_id, reason, facility)
    SELECT * FROM unnest(@new_persons::text[], @new_reasons::text[], @new_facilities::text[])
    ON CONFLICT (person_id) DO UPDATE SET reason = excluded.reason
), doubted AS (
    INSERT INTO identity_doubt (person_id, code, facility)
    SELECT * FROM unnest(@doubt_persons::text[], @doubt_codes::text[], @doubt_facilities::text[])
    ON CONFLICT DO NOTHING
)"""
"""For who has no number yet, and where something should be looked at again; both are few."""

KEPT = f"""
WITH looked AS (
    INSERT INTO access_pending ({access.COLUMNS})
    SELECT $1::text, $2::text, $3::text, person_id, 'read',
           CASE WHEN count(*) = 1 THEN min(split_part(ref, '/', 1)) ELSE 'Bundle' END, $4::text, 'allowed',
           ($5::text[])[1], ($5::text[])[2], string_agg(ref, ' ')
    FROM unnest($6::text[], $7::text[]) k(person_id, ref) GROUP BY person_id
)
INSERT INTO care_relation (person_id, facility, reason)
SELECT DISTINCT person_id, client, 'registration' FROM unnest($8::text[], $9::text[]) r(person_id, client)
ON CONFLICT DO NOTHING
"""
"""What is answered as it lies was looked at all the same; and who registers a known person has a reason from now on."""


@lru_cache(maxsize=64)
def statement(
    *,
    new: bool,
    persons: bool,
    relations: bool,
    identifiers: bool,
    references: bool,
    sensitive: bool,
    carried: bool,
    notes: bool = False,
) -> tuple[str, list[str]]:
    """The SQL for a batch and the names of its values in order.

    `new`: only first versions under fresh ids; then nothing is replaced and no person changes.
    """
    if not new:
        parts = [_SENSITIVE_INPUT, _HISTORY, _NEXT, _ANNOUNCED]
    else:
        parts = [_SENSITIVE_INPUT, _NEW_SENSITIVE] if sensitive else [_PLAIN_INPUT, _NEW]
        parts.append(_ANNOUNCED)
    if carried:
        parts.append(_CARRIED)
    if relations:
        parts.append(_RELATIONS)
    if identifiers or not new:
        parts.append(_IDENTIFIERS)
    if references or not new:
        parts.append(_UNRESOLVED)
    if not new:
        parts.append(_REPLACED)
    if persons:
        parts.append(_PERSONS)
    if notes:
        parts.append(_NOTES)
    count = "(SELECT count(*) FROM identity)" if persons else "0"
    return compiled(
        "WITH " + ", ".join(parts)
        + f"\nSELECT (SELECT count(*) FROM stored), (SELECT count(*) FROM who WHERE person_id IS NULL), {count}"
    )  # fmt: skip


@lru_cache(maxsize=8)
def single(*, relations: bool, identifiers: bool, references: bool) -> tuple[str, list[str]]:
    """The SQL for one new resource of no sensitive class, and the names of its values in order."""
    parts = [_ONE]
    parts += [_RELATIONS] if relations else []
    parts += [_IDENTIFIERS] if identifiers else []
    parts += [_UNRESOLVED] if references else []
    return compiled("WITH " + ", ".join(parts) + "\nSELECT n, 1 - n, 0 FROM (SELECT count(*) AS n FROM input) c")


def compiled(named: str) -> tuple[str, list[str]]:
    """SQL with `@name`s numbered, and the names in order."""
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    return re.sub(r"@(\w+)", number, named), names
