"""The access decision, in one place: may this actor see this person, and this row of theirs?

A person is seen by a facility with a care relation (registration, encounter, referral while open and 30 days after)
or by the puskesmas that answers for the village the person lives in, unless the person has opted out; by the roles of
the district's office; and, whatever else holds, by an account that has broken the glass, as long as that lasts.
A private facility also needs an agreement in force that lets it see the shared record (`bound`, decision 0024).
A row of a sensitive class asks for more: see `cleared`. What a facility wrote itself it always sees.

Statements that select resources for an actor use `shown`; statements about a person as a whole use `visible_to`.
"""

from dataclasses import dataclass
from functools import cache

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


@cache
def open_to(row: str, by: Asker) -> str:
    """SQL condition: a row (alias) of no person that is shared by all, or one the facility wrote itself."""
    shared = ", ".join(f"'{t}'" for t in sorted(SHARED))
    return (
        f"({row}.person_id IS NULL AND {row}.type IN ({shared})"
        f" OR {row}.client = {by.facility} AND {row}.type <> 'Patient')"
    )


@cache
def visible_to(person: str, by: Asker) -> str:
    """SQL condition over a qualified person-id column ("r.person_id"): may the asker see this person's record?"""
    _check(person)
    return f"(({related(person, by)} AND {consented(person, by)}) OR {glass(person, by)})"


@cache
def shown(row: str, by: Asker, person_seen: str | None = None) -> str:
    """SQL condition: may the asker see this row (alias of `resource`, or of anything with its columns type, person_id,
    client and sensitive)? The one condition for reading, searching, exporting and following.

    `person_seen`: a column that already holds `visible_to` of the row's person, decided once for many rows.
    A Patient stays visible to the office and to whoever registered the person: there it is known who this is.
    A referral itself (ServiceRequest and Task) is visible to whoever it was sent to, whatever else holds.
    """
    person = f"{row}.person_id"
    _check(person)
    seen = person_seen or visible_to(person, by)
    known = f"{row}.type = 'Patient' AND {registered(person, by)}"
    return f"({open_to(row, by)} OR {seen} AND {cleared(row, by)} OR {known} OR {sent(row, by)})"


@cache
def sent(row: str, by: Asker) -> str:
    """SQL condition: the row is a referral's ServiceRequest or Task, and the asker is asked by it or has accepted it.
    It was written for them: neither an agreement, nor the word on the record, nor a class is asked for."""
    asked = f"{row}.person_id, {row}.id, {by.facility}, {by.today}::date"
    return f"{row}.type IN ('ServiceRequest', 'Task') AND sent_to({asked})"


@cache
def cleared(row: str, by: Asker) -> str:
    """SQL condition: the row is of no sensitive class, or the asker may see every class it is of.

    What the person said of a class decides (the most specific, then the latest word); without a word, a facility with
    an open referral of the person, or one that treats under that class (an encounter of its own with that class); or
    the asker has broken the glass. The rare question is a function, so that the common one costs nothing for it.
    """
    asked = f"{row}.person_id, {row}.sensitive, {by.facility}, {by.subject}, {by.today}::date"
    return f"({row}.sensitive IS NULL OR classes_cleared({asked}))"


@cache
def withheld(person: str, by: Asker) -> str:
    """SQL condition: something of this person is kept from an asker who may see the person. Decided for the person
    as a whole, so that no other condition of a search can be tried out on what is withheld."""
    return f"""EXISTS (SELECT 1 FROM resource its_row WHERE its_row.person_id = {person}
        AND its_row.sensitive IS NOT NULL AND NOT its_row.deleted
        AND NOT coalesce({open_to("its_row", by)} OR {cleared("its_row", by)} OR {sent("its_row", by)}, false))"""


@cache
def glass(person: str, by: Asker) -> str:
    """SQL condition: the asker's account has broken the glass for this person, and the time is not over."""
    return f"""EXISTS (SELECT 1 FROM break_glass its_glass WHERE its_glass.person_id = {person}
        AND its_glass.facility = {by.facility} AND its_glass.subject = {by.subject} AND its_glass.until > now())"""


@cache
def purpose(person: str, by: Asker, given: str = "$4") -> str:
    """SQL expression: the purpose to log; whatever is read of a person while the glass is broken is logged as such."""
    return f"CASE WHEN {glass(person, by)} THEN 'BTG' WHEN {given} = 'BTG' THEN 'TREAT' ELSE {given} END"


@cache
def registered(person: str, by: Asker) -> str:
    """SQL condition: the asker registered this person, or keeps the district's register; who this is, is no secret."""
    return f"""({by.sees_all}::boolean OR EXISTS (SELECT 1 FROM care_relation its_care
        WHERE its_care.person_id = {person} AND its_care.facility = {by.facility}
        AND its_care.reason = 'registration'))"""


@cache
def known_to(person: str, by: Asker) -> str:
    """SQL condition: the asker may know who this person is, though perhaps not see the record."""
    _check(person)
    return f"({registered(person, by)} OR {visible_to(person, by)})"


@cache
def reason(person: str, by: Asker) -> str:
    """SQL condition: the asker has a reason to see this person, whatever the person and the agreements say.

    OFFSET 0 changes nothing in the answer: it keeps the planner from reading all relations of the facility into a hash
    table, which costs more the more there are.
    """
    return f"""({by.sees_all}::boolean
    OR EXISTS (SELECT 1 FROM care_relation its_care WHERE its_care.person_id = {person}
               AND its_care.facility = {by.facility} AND (its_care.until IS NULL OR its_care.until > now()) OFFSET 0)
    OR EXISTS (SELECT 1 FROM person its_person JOIN catchment its_area ON its_area.village = its_person.village
               WHERE its_person.person_id = {person} AND its_area.facility = {by.facility}
               AND its_area.valid_from <= {by.today}::date
               AND (its_area.valid_until IS NULL OR its_area.valid_until >= {by.today}::date) OFFSET 0))"""


@cache
def bound(by: Asker) -> str:
    """SQL condition: nothing bars the asker's facility from the shared record today: it is public or unknown, or
    private with an agreement in force that lets it see. It speaks of no row, so it is evaluated once per statement
    (OFFSET 0 keeps it from becoming a join)."""
    return f"""(NOT EXISTS (SELECT 1 FROM barred its_bar WHERE its_bar.facility = {by.facility}
        AND its_bar.days @> {by.today}::date OFFSET 0))"""


@cache
def related(person: str, by: Asker) -> str:
    """SQL condition: the asker has a reason to see this person, and an agreement where one is needed; an emergency
    referral waits for none."""
    return f"({reason(person, by)} AND ({bound(by)} OR in_emergency({person}, {by.facility})))"


def _check(person: str) -> None:
    """Unqualified, or under a name the conditions use within, the column would mean an inner table's, and everyone
    would see everyone."""
    if "." not in person or person.startswith("its_"):
        raise ValueError("the person column must be qualified by a name that does not begin with its_")


@cache
def consented(person: str, by: Asker) -> str:
    """The person's word on the whole record; a rule of nobody is the policy of its days. Where nobody denies, no word
    is weighed."""
    return f"""(NOT EXISTS (SELECT 1 FROM consent_rule its_word WHERE its_word.person_id IN ('', {person})
               AND its_word.class = '' AND NOT its_word.permit)
         OR coalesce(word_of({person}, '', {by.facility}, {by.today}::date), true))"""


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
