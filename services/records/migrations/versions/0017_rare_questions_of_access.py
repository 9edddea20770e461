"""the rare questions of the access decision as functions; the default of consent is a rule of nobody"""

from collections.abc import Sequence

from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_WORD = """
CREATE FUNCTION word_of(person text, of_class text, at_facility text, today date) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (SELECT w.permit FROM consent_rule w
            WHERE w.person_id IN ('', person) AND w.class = of_class AND w.facility IN ('', at_facility)
              AND w.valid_from <= today AND (w.valid_until IS NULL OR w.valid_until >= today)
            ORDER BY w.person_id DESC, w.facility DESC, w.decided_at DESC, w.recorded_at DESC LIMIT 1);
END $$
"""
_CLEARED = """
CREATE FUNCTION classes_cleared(person text, classes text[], at_facility text, account text, today date)
RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT 1 FROM unnest(classes) s(class)
        WHERE NOT coalesce(word_of(person, s.class, at_facility, today), EXISTS (
            SELECT 1 FROM resource t WHERE t.person_id = person AND t.type = 'Encounter' AND t.client = at_facility
            AND NOT t.deleted AND t.sensitive IS NOT NULL AND s.class = ANY(t.sensitive)
        ) OR EXISTS (
            SELECT 1 FROM care_relation c WHERE c.person_id = person AND c.facility = at_facility
            AND c.reason = 'referral' AND c.until IS NULL))
    ) OR EXISTS (
        SELECT 1 FROM break_glass b WHERE b.person_id = person AND b.facility = at_facility AND b.subject = account
        AND b.until > now());
END $$
"""


def upgrade() -> None:
    for function in (_WORD, _CLEARED):
        op.execute(function)
    op.execute(
        "INSERT INTO consent_rule (consent_id, part, person_id, permit, valid_from, decided_at)"
        " SELECT 'policy-' || valid_from, 0, '', value = 'permit', valid_from, valid_from FROM access_policy"
        " WHERE name = 'consent-default' AND valid_from > '2020-01-01'"
    )
    op.execute("DELETE FROM access_policy WHERE name = 'consent-default'")


def downgrade() -> None:
    op.execute("INSERT INTO access_policy (name, valid_from, value) VALUES ('consent-default', '2020-01-01', 'permit')")
    op.execute("DELETE FROM consent_rule WHERE person_id = ''")
    op.execute("DROP FUNCTION classes_cleared(text, text[], text, text, date)")
    op.execute("DROP FUNCTION word_of(text, text, text, date)")
