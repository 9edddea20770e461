"""JKN as said: memberships, monthly lists, referrals, merges and spans of the network as they came; PBI proposals"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TEXT, MOMENT = sqlmodel.sql.sqltypes.AutoString(), sa.DateTime(timezone=True)
CONTACT = sa.text("concept = 'contact'")


def _position() -> sa.Column[int]:
    return sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False)


def _taken(name: str = "taken_at") -> sa.Column[object]:
    return sa.Column(name, MOMENT, nullable=False)


def upgrade() -> None:
    op.create_table(
        "member_said",
        sa.Column("person_id", sa.Uuid(), nullable=False), _position(), _taken(),
        sa.Column("checked_on", sa.Date(), nullable=False), sa.Column("status", TEXT, nullable=False),
        sa.Column("payer", TEXT), sa.Column("facility", TEXT),
        sa.Column("prolanis", sa.ARRAY(sa.Text()), nullable=False), sa.Column("source", TEXT),
        sa.PrimaryKeyConstraint("person_id", "position"),
    )  # fmt: skip
    op.create_index(
        "member_said_facility", "member_said", ["facility"], postgresql_where=sa.text("facility IS NOT NULL")
    )
    op.create_table(
        "capitation_said",
        sa.Column("place", TEXT, nullable=False), sa.Column("month", sa.Date(), nullable=False), _position(), _taken(),
        sa.Column("facility", TEXT), sa.Column("bpjs_code", TEXT, nullable=False),
        sa.Column("members", sa.Integer(), nullable=False), sa.Column("active", sa.Integer()),
        sa.Column("by_segment", postgresql.JSONB(), nullable=False), sa.Column("dm", sa.Integer()),
        sa.Column("ht", sa.Integer()), sa.Column("paid_members", sa.Integer()), sa.Column("norm", sa.Integer()),
        sa.Column("amount", sa.BigInteger()), sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("place", "month", "position"),
    )  # fmt: skip
    op.create_table(
        "referral_said",
        sa.Column("referral_id", sa.Uuid(), nullable=False), _position(), _taken(),
        sa.Column("person_id", sa.Uuid(), nullable=False), sa.Column("facility", TEXT, nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False), sa.Column("kind", TEXT, nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False), sa.Column("outcome", TEXT),
        sa.Column("non_specialist", sa.Boolean()), sa.Column("tacc", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("referral_id", "position"),
    )  # fmt: skip
    op.create_index("referral_said_sender", "referral_said", ["facility", "opened_on"])
    op.create_table(
        "merge_said",
        _position(), _taken(), sa.Column("other", sa.Uuid(), nullable=False),
        sa.Column("survivor", sa.Uuid(), nullable=False), sa.Column("joined", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
    )  # fmt: skip
    op.create_index("merge_said_other", "merge_said", ["other", "position"])
    op.create_table(
        "network_span",
        sa.Column("type", TEXT, nullable=False), sa.Column("id", TEXT, nullable=False),
        sa.Column("facility", TEXT, nullable=False), sa.Column("value", TEXT, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False), sa.Column("valid_until", sa.Date()),
        sa.PrimaryKeyConstraint("type", "id"),
    )  # fmt: skip
    op.create_index("network_span_facility", "network_span", ["type", "facility"])
    _proposals()
    op.create_index("fact_contact", "fact", ["date", "facility"], postgresql_where=CONTACT)
    op.create_index("fact_gone_contact", "fact_gone", ["date", "facility"], postgresql_where=CONTACT)


def _proposals() -> None:
    op.create_table(
        "pbi_proposal",
        sa.Column("id", sa.Uuid(), nullable=False), sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("state", TEXT, nullable=False), sa.Column("village", TEXT), sa.Column("found", TEXT, nullable=False),
        sa.Column("facility", TEXT), sa.Column("proposed_by", TEXT, nullable=False), _taken("proposed_at"),
        sa.Column("exported_at", MOMENT), sa.Column("decided_at", MOMENT), sa.Column("decided_by", TEXT),
        sa.Column("reason", TEXT), sa.Column("payer", TEXT),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index(
        "pbi_proposal_open", "pbi_proposal", ["person_id"], unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'exported')"),
    )  # fmt: skip
    op.create_index("pbi_proposal_state", "pbi_proposal", ["state", "id"])


def downgrade() -> None:
    op.drop_index("fact_gone_contact", "fact_gone")
    op.drop_index("fact_contact", "fact")
    for table in (
        "pbi_proposal", "network_span", "merge_said", "referral_said", "capitation_said", "member_said",
    ):  # fmt: skip
        op.execute(f"DELETE FROM {table}")
        op.drop_table(table)
