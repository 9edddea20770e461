"""the whole machine: drafts, legs, owners, clocks; only `closed` is an end, and it says how

The former ends (declined, cancelled, no-show) become closed with an outcome. Two triggers say in the new words what the
previous release still writes in the old ones while it is being replaced; the next release drops them.
"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STRING = sqlmodel.sql.sqltypes.AutoString()
_MOMENT = sa.DateTime(timezone=True)
_CODES = postgresql.ARRAY(sa.Text())
_PART = "substr(md5('referral:' || id), {}, 4)"
_NUMBER = f"upper({_PART.format(1)} || '-' || {_PART.format(5)} || '-' || {_PART.format(9)})"
_ONLY = "closed_at IS NULL AND NOT doubled AND beside IS NULL AND state NOT IN ('draft', 'declined', 'redirected')"
_SAME = "closed_at IS NULL AND NOT doubled AND beside IS NULL AND state <> 'draft'"
_OLD_ENDS = "'declined', 'cancelled', 'no-show'"

_BEFORE = "Terbuka sebelum pembaruan (open before the update)"

_OLD_WORDS = f"""
CREATE FUNCTION referral_old_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IN ({_OLD_ENDS}) AND NEW.closed_at IS NOT NULL THEN
        NEW.outcome := CASE NEW.state WHEN 'no-show' THEN 'no-show' ELSE 'cancelled' END;
        NEW.state := 'closed';
    END IF;
    IF NEW.closed_at IS NOT NULL THEN
        NEW.ring_at := NULL;
    ELSIF NEW.ring_at IS NULL OR (TG_OP = 'UPDATE' AND NEW.ring_at = OLD.ring_at AND NEW.due_at <> OLD.due_at) THEN
        NEW.ring_at := NEW.due_at;
    END IF;
    IF NEW.owner IS NULL OR (TG_OP = 'UPDATE' AND NEW.owner = OLD.owner AND NEW.owner_facility <> OLD.owner_facility) THEN
        NEW.owner := CASE NEW.owner_facility WHEN NEW.from_facility THEN 'sender' ELSE 'receiver' END;
    END IF;
    IF TG_OP = 'INSERT' AND NEW.sent_at IS NULL AND NEW.state = 'sent' THEN
        NEW.sent_at := NEW.opened_at;
        NEW.asked := ARRAY[NEW.to_facility];
        IF EXISTS (SELECT 1 FROM referral o WHERE o.person_id = NEW.person_id AND o.from_facility = NEW.from_facility
                   AND left(o.diagnosis, 3) = left(NEW.diagnosis, 3) AND o.closed_at IS NULL
                   AND o.to_facility <> NEW.to_facility) THEN
            NEW.beside := '{_BEFORE}';
        END IF;
    END IF;
    RETURN NEW;
END $$
"""
_OLD_STEPS = f"""
CREATE FUNCTION referral_step_old_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.side := CASE WHEN NEW.verb IN ('accept', 'decline', 'arrive', 'no-show', 'treat', 'refer-back')
                     THEN 'receiver' ELSE 'sender' END;
    IF NEW.state IN ({_OLD_ENDS}) THEN
        NEW.state := 'closed';
    END IF;
    RETURN NEW;
END $$
"""
_BESIDE = f"""
UPDATE referral r SET beside = '{_BEFORE}' WHERE closed_at IS NULL AND EXISTS (
    SELECT 1 FROM referral o WHERE o.person_id = r.person_id AND o.from_facility = r.from_facility
    AND left(o.diagnosis, 3) = left(r.diagnosis, 3) AND o.closed_at IS NULL AND (o.opened_at, o.id) < (r.opened_at, r.id))
"""
"""The release before allowed a person several open ones for one category: all but the first stand beside it."""
_STEPS = """
UPDATE referral_step p SET
    side = CASE WHEN p.facility = r.from_facility THEN 'sender' ELSE 'receiver' END,
    state = CASE WHEN p.state IN ('declined', 'cancelled', 'no-show') THEN 'closed' ELSE p.state END,
    asked = CASE WHEN p.verb = 'send' THEN ARRAY[r.to_facility] END
FROM referral r WHERE r.id = p.referral_id
"""
_REFERRALS = f"""
UPDATE referral SET
    owner = CASE owner_facility WHEN from_facility THEN 'sender' ELSE 'receiver' END,
    asked = ARRAY[to_facility], sent_at = opened_at, ring_at = due_at,
    arrived_at = (SELECT min(p.recorded_at) FROM referral_step p WHERE p.referral_id = referral.id AND p.verb = 'arrive'),
    outcome = CASE WHEN state = 'no-show' THEN 'no-show' WHEN state IN ({_OLD_ENDS}) THEN 'cancelled' ELSE outcome END,
    state = CASE WHEN state IN ({_OLD_ENDS}) THEN 'closed' ELSE state END
"""


def upgrade() -> None:
    for name in ("referral_end_has_time", "referral_closed_has_outcome", "referral_has_owner"):
        op.drop_constraint(name, "referral", type_="check")
    for column in _columns():
        op.add_column("referral", column)
    op.add_column("referral_step", sa.Column("side", _STRING))
    op.add_column("referral_step", sa.Column("asked", _CODES))
    op.alter_column("referral", "to_facility", nullable=True)
    op.execute(_STEPS)
    op.execute(_REFERRALS)
    op.execute(_BESIDE)
    op.alter_column("referral", "owner", nullable=False)
    op.alter_column("referral_step", "side", nullable=False)
    for name, condition in _CHECKS.items():
        op.create_check_constraint(name, "referral", condition)
    op.drop_index("referral_one_open", table_name="referral")
    _index("referral_one_open", ["person_id", "to_facility"], _ONLY, unique=True)
    _index("referral_one_reason", ["person_id", "from_facility", sa.text("left(diagnosis, 3)")], _SAME, unique=True)
    op.create_index("referral_number", "referral", ["number"], unique=True)
    _index("referral_rings", ["ring_at"], "closed_at IS NULL")
    _index("referral_parallel", ["asked"], "closed_at IS NULL AND cardinality(asked) > 1", postgresql_using="gin")
    op.execute(_OLD_WORDS)
    op.execute(_OLD_STEPS)
    op.execute(
        "CREATE TRIGGER referral_old_words BEFORE INSERT OR UPDATE ON referral"
        " FOR EACH ROW EXECUTE FUNCTION referral_old_words()"
    )
    op.execute(
        "CREATE TRIGGER referral_step_old_words BEFORE INSERT ON referral_step"
        " FOR EACH ROW WHEN (NEW.side IS NULL) EXECUTE FUNCTION referral_step_old_words()"
    )


_CHECKS = {
    "referral_end_has_time": "(state = 'closed') = (closed_at IS NOT NULL)",
    "referral_open_has_clock": "(closed_at IS NULL) = (ring_at IS NOT NULL)",
    "referral_closed_has_outcome": "(state = 'closed') = (outcome IS NOT NULL)",
    "referral_owner_is_a_side": "owner IN ('sender', 'receiver', 'office')",
    "referral_has_owner": "owner_facility <> ''",
    "referral_goes_somewhere": "to_facility IS NOT NULL OR leg = 0",
}


def _columns() -> list[sa.Column]:
    none = sa.text("'{}'")
    return [
        sa.Column("number", sa.Text(), sa.Computed(_NUMBER, persisted=True), nullable=False),
        sa.Column("numbers", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("leg", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("asked", _CODES, server_default=none, nullable=False),
        sa.Column("former", _CODES, server_default=none, nullable=False),
        sa.Column("candidates", _CODES, server_default=none, nullable=False),
        sa.Column("beside", _STRING),
        sa.Column("owner", _STRING),
        sa.Column("ring_at", _MOMENT),
        sa.Column("rung", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent_at", _MOMENT),
        sa.Column("arrived_at", _MOMENT),
        sa.Column("non_specialist", sa.Boolean()),
        sa.Column("payer", _STRING),
        sa.Column("valid_until", sa.Date()),
        sa.Column("summary", postgresql.JSONB()),
    ]


def _index(name: str, columns: list[sa.TextClause | str], where: str, **options: object) -> None:
    op.create_index(name, "referral", columns, postgresql_where=sa.text(where), **options)


def downgrade() -> None:
    op.execute("DROP TRIGGER referral_old_words ON referral")
    op.execute("DROP TRIGGER referral_step_old_words ON referral_step")
    op.execute("DROP FUNCTION referral_old_words()")
    op.execute("DROP FUNCTION referral_step_old_words()")
    for name in ("referral_one_open", "referral_one_reason", "referral_number", "referral_rings", "referral_parallel"):
        op.drop_index(name, table_name="referral")
    for name in _CHECKS:
        op.drop_constraint(name, "referral", type_="check")
    op.execute("DELETE FROM referral_step WHERE referral_id IN (SELECT id FROM referral WHERE to_facility IS NULL)")
    op.execute("DELETE FROM referral WHERE to_facility IS NULL")
    op.execute("UPDATE referral SET state = outcome, outcome = NULL WHERE outcome IN ('no-show', 'cancelled')")
    op.execute("UPDATE referral SET state = 'sent' WHERE state IN ('draft', 'declined', 'redirected', 'expired')")
    op.execute("UPDATE referral SET owner_facility = to_facility WHERE owner = 'office'")
    op.drop_column("referral_step", "side")
    op.drop_column("referral_step", "asked")
    op.alter_column("referral", "to_facility", nullable=False)
    for column in reversed(_columns()):
        op.drop_column("referral", column.name)
    ends = "'declined', 'cancelled', 'no-show', 'closed'"
    for name, condition in {
        "referral_end_has_time": f"(state IN ({ends})) = (closed_at IS NOT NULL)",
        "referral_closed_has_outcome": "(state = 'closed') = (outcome IS NOT NULL)",
        "referral_has_owner": "owner_facility IN (from_facility, to_facility)",
    }.items():
        op.create_check_constraint(name, "referral", condition)
    _index("referral_one_open", ["person_id", "to_facility"], "closed_at IS NULL AND NOT doubled", unique=True)
