"""who may see more is told in the feed: by triggers, whatever writes the reasons (decision 0017)"""

from collections.abc import Sequence

from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TOLD = "INSERT INTO event_pending (type, kind, subject, version, person_id, data) VALUES ('grant', 'created', "
_OF_PERSON = f"""
CREATE FUNCTION tell_grant_of_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {_TOLD} NEW.person_id, 1, NEW.person_id, json_build_object('facility', nullif(NEW.facility, ''))::text);
    RETURN NULL;
END $$
"""
_TO_ANYONE = f"""
CREATE FUNCTION tell_grant_to_anyone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {_TOLD} OLD.person_id, 1, OLD.person_id, '{{}}');
    RETURN NULL;
END $$
"""
_OF_VILLAGE = f"""
CREATE FUNCTION tell_grant_of_village() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {_TOLD} NEW.village, 1, NULL, json_build_object('facility', NEW.facility, 'village', NEW.village)::text);
    RETURN NULL;
END $$
"""
_TRIGGERS = (
    ("care_relation", "grant_new", "INSERT", "", "tell_grant_of_person"),
    ("care_relation", "grant_longer", "UPDATE",
     "WHEN ((NEW.person_id, NEW.facility) IS DISTINCT FROM (OLD.person_id, OLD.facility)"
     " OR OLD.until IS NOT NULL AND (NEW.until IS NULL OR NEW.until > OLD.until))", "tell_grant_of_person"),
    ("consent_rule", "grant_permitted", "INSERT OR UPDATE", "WHEN (NEW.permit)", "tell_grant_of_person"),
    ("consent_rule", "grant_withdrawn", "UPDATE OR DELETE", "WHEN (NOT OLD.permit)", "tell_grant_to_anyone"),
    ("break_glass", "grant_broken", "INSERT", "", "tell_grant_of_person"),
    ("person", "grant_moved", "UPDATE OF village", "WHEN (NEW.village IS DISTINCT FROM OLD.village)",
     "tell_grant_to_anyone"),
    ("catchment", "grant_catchment", "INSERT OR UPDATE", "", "tell_grant_of_village"),
)  # fmt: skip


def upgrade() -> None:
    for function in (_OF_PERSON, _TO_ANYONE, _OF_VILLAGE):
        op.execute(function)
    for table, name, when, condition, function in _TRIGGERS:
        op.execute(
            f"CREATE TRIGGER {name} AFTER {when} ON {table} FOR EACH ROW {condition} EXECUTE FUNCTION {function}()"
        )


def downgrade() -> None:
    for table, name, _, _, _ in _TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON {table}")
    for function in ("tell_grant_of_person", "tell_grant_to_anyone", "tell_grant_of_village"):
        op.execute(f"DROP FUNCTION {function}()")
