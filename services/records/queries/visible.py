"""The access decision, in one place: may this actor see this person, and this row of theirs?

A person is seen by a facility with a care relation (registration, encounter, referral while open and 30 days after)
or by the puskesmas that answers for the village the person lives in, unless the person has opted out; by the roles of
the district's office; and, whatever else holds, by an account that has broken the glass, as long as that lasts.
A row of a sensitive class asks for more: see `cleared`. What a facility wrote itself it always sees.

Statements that select resources for an actor use `shown`; statements about a person as a whole use `visible_to`.
"""

from dataclasses import dataclass

from services.kernel import access
from services.kernel.auth import Actor, Role

SEES_ALL = frozenset({Role.DINKES_ADMIN})


SHARED = frozenset({
    "Organization", "Location", "Practitioner", "PractitionerRole", "HealthcareService", "OrganizationAffiliation",
    "Medication", "Endpoint", "Questionnaire", "Schedule", "Slot", "Device", "Substance",
})  # fmt: skip
"""Types that speak of no person: everyone with a token may read them."""


@dataclass(frozen=True, slots=True)
class Asker:
    """The placeholders under which a statement knows who asks: `Actor.subject`, `.facility`, `sees_all`, and today."""

    subject: str = "$1"
    facility: str = "$3"
    sees_all: str = "$6"
    today: str = "$7"


ASKER = Asker()
"""As numbered by `reading._actor`."""


def open_to(row: str, by: Asker) -> str:
    """SQL condition: a row (alias) of no person that is shared by all, or one the facility wrote itself."""
    shared = ", ".join(f"'{t}'" for t in sorted(SHARED))
    return (
        f"({row}.person_id IS NULL AND {row}.type IN ({shared})"
        f" OR {row}.client = {by.facility} AND {row}.type <> 'Patient')"
    )


def visible_to(person: str, by: Asker) -> str:
    """SQL condition over a qualified person-id column ("r.person_id"): may the asker see this person's record?

    Unqualified, the name would mean the column of the inner tables, and everyone would see everyone.
    """
    if "." not in person:
        raise ValueError("the person column must be qualified")
    return f"(({related(person, by)} AND {_consented(person, by)}) OR {glass(person, by)})"


def shown(row: str, by: Asker, person_seen: str | None = None) -> str:
    """SQL condition: may the asker see this row (alias of `resource`, or of anything with its columns type, person_id,
    client and sensitive)? The one condition for reading, searching, exporting and following.

    `person_seen`: a column that already holds `visible_to` of the row's person, decided once for many rows.
    A Patient stays visible to the office and to whoever registered the person: there it is known who this is.
    """
    person = f"{row}.person_id"
    seen = person_seen or visible_to(person, by)
    known = f"{row}.type = 'Patient' AND {registered(person, by)}"
    return f"({open_to(row, by)} OR {seen} AND {cleared(row, by)} OR {known})"


def cleared(row: str, by: Asker) -> str:
    """SQL condition: the row is of no sensitive class, or the asker may see every class it is of.

    What the person said of a class decides (the most specific, then the latest word); without a word, a facility with
    an open referral of the person, or one that treats under that class (an encounter of its own with that class).
    """
    treats = f"""EXISTS (SELECT 1 FROM resource t WHERE t.person_id = {row}.person_id AND t.type = 'Encounter'
            AND t.client = {by.facility} AND NOT t.deleted AND t.sensitive IS NOT NULL
            AND s.class = ANY(t.sensitive))"""
    referred = f"""EXISTS (SELECT 1 FROM care_relation c WHERE c.person_id = {row}.person_id
            AND c.facility = {by.facility} AND c.reason = 'referral' AND c.until IS NULL)"""
    return f"""({row}.sensitive IS NULL OR NOT EXISTS (SELECT 1 FROM unnest({row}.sensitive) s(class)
        WHERE NOT coalesce({_word(f"{row}.person_id", "s.class", by)}, {treats} OR {referred}))
        OR {glass(f"{row}.person_id", by)})"""


def withheld(person: str, by: Asker) -> str:
    """SQL condition: something of this person is kept from an asker who may see the person. Decided for the person
    as a whole, so that no other condition of a search can be tried out on what is withheld."""
    return f"""EXISTS (SELECT 1 FROM resource w WHERE w.person_id = {person} AND w.sensitive IS NOT NULL
        AND NOT w.deleted AND NOT coalesce({open_to("w", by)} OR {cleared("w", by)}, false))"""


def glass(person: str, by: Asker) -> str:
    """SQL condition: the asker's account has broken the glass for this person, and the time is not over."""
    return f"""EXISTS (SELECT 1 FROM break_glass b WHERE b.person_id = {person} AND b.facility = {by.facility}
        AND b.subject = {by.subject} AND b.until > now())"""


def purpose(person: str, by: Asker, given: str = "$4") -> str:
    """SQL expression: the purpose to log; whatever is read of a person while the glass is broken is logged as such."""
    return f"CASE WHEN {glass(person, by)} THEN 'BTG' ELSE {given} END"


def registered(person: str, by: Asker) -> str:
    """SQL condition: the asker registered this person, or keeps the district's register; who this is, is no secret."""
    return f"""({by.sees_all}::boolean OR EXISTS (SELECT 1 FROM care_relation c WHERE c.person_id = {person}
        AND c.facility = {by.facility} AND c.reason = 'registration'))"""


def related(person: str, by: Asker) -> str:
    """SQL condition: the asker has a reason to see this person, whatever the person says."""
    return f"""({by.sees_all}::boolean
    OR EXISTS (SELECT 1 FROM care_relation c WHERE c.person_id = {person} AND c.facility = {by.facility}
               AND (c.until IS NULL OR c.until > now()))
    OR EXISTS (SELECT 1 FROM person pe JOIN catchment k ON k.village = pe.village
               WHERE pe.person_id = {person} AND k.facility = {by.facility} AND k.valid_from <= {by.today}::date
               AND (k.valid_until IS NULL OR k.valid_until >= {by.today}::date)))"""


def _consented(person: str, by: Asker) -> str:
    """The person's word on the whole record; without one, the policy of the day."""
    return f"""coalesce({_word(person, "''", by)},
        (SELECT a.value = 'permit' FROM access_policy a WHERE a.name = 'consent-default'
         AND a.valid_from <= {by.today}::date ORDER BY a.valid_from DESC LIMIT 1), true)"""


def _word(person: str, class_: str, by: Asker) -> str:
    """What a person said (true permits, false denies, null nothing): of this facility before all, then the latest."""
    return f"""(SELECT w.permit FROM consent_rule w WHERE w.person_id = {person} AND w.class = {class_}
        AND w.facility IN ('', {by.facility}) AND w.valid_from <= {by.today}::date
        AND (w.valid_until IS NULL OR w.valid_until >= {by.today}::date)
        ORDER BY w.facility DESC, w.decided_at DESC, w.recorded_at DESC LIMIT 1)"""


def sees_all(actor: Actor) -> bool:
    """Whether the role sees every person."""
    return actor.role in SEES_ALL


VISIBLE_PERSONS = f"""
SELECT q.person_id FROM unnest($1::text[]) q(person_id)
WHERE {visible_to("q.person_id", Asker(subject="$2", facility="$3", sees_all="$4", today="$5"))}
"""

LOG = f"INSERT INTO access_pending ({access.COLUMNS})"
CAME = "($5::text[])[1], ($5::text[])[2]"
"""The columns `request_id, origin` of `LOG`, where $5 is `came(actor)`."""


def came(actor: Actor) -> list[str]:
    """Which request, from where."""
    return [actor.request_id, actor.origin]
