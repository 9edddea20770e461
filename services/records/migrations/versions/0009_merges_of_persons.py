"""merges of persons: what moved, so that it can move back"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STRING = sqlmodel.sql.sqltypes.AutoString()
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("person_identifier", sa.Column("origin", _STRING, nullable=True))
    op.create_table(
        "person_merge",
        sa.Column("id", _STRING, nullable=False),
        sa.Column("survivor", _STRING, nullable=False),
        sa.Column("other", _STRING, nullable=False),
        sa.Column("survivor_patient", _STRING, nullable=False),
        sa.Column("other_patient", _STRING, nullable=False),
        sa.Column("reason", _STRING, nullable=False),
        sa.Column("actor", _STRING, nullable=False),
        sa.Column("facility", _STRING, nullable=True),
        sa.Column("merged_at", _MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_at", _MOMENT, nullable=True),
        sa.Column("undone_by", _STRING, nullable=True),
        sa.Column("undo_reason", _STRING, nullable=True),
        sa.Column("gained", _STRING, nullable=False),
        sa.Column("was_active", sa.Boolean(), nullable=True),
        sa.Column("survivor_version", sa.Integer(), nullable=False),
        sa.Column("person", _STRING, nullable=False),
        sa.Column("settled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    standing, open_ = sa.text("undone_at IS NULL"), sa.text("NOT settled")
    op.create_index("person_merge_other", "person_merge", ["other"], unique=True, postgresql_where=standing)
    op.create_index("person_merge_survivor", "person_merge", ["survivor"])
    op.create_index("person_merge_at", "person_merge", ["merged_at", "id"])
    op.create_index("person_merge_unsettled", "person_merge", ["id"], postgresql_where=open_)
    op.create_table(
        "merged_resource",
        sa.Column("versions", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("merge_id", _STRING, nullable=False),
        sa.Column("type", _STRING, nullable=False),
        sa.Column("id", _STRING, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("later", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("merge_id", "type", "id"),
    )
    op.create_table(
        "merged_identifier",
        sa.Column("merge_id", _STRING, nullable=False),
        sa.Column("system", _STRING, nullable=False),
        sa.Column("value", _STRING, nullable=False),
        sa.PrimaryKeyConstraint("merge_id", "system", "value"),
    )
    op.create_index("event_merge", "event", ["position"], postgresql_where=sa.text("type = 'merge'"))


def downgrade() -> None:
    op.drop_index("event_merge", table_name="event")
    op.drop_table("merged_identifier")
    op.drop_table("merged_resource")
    op.drop_table("person_merge")
    op.drop_column("person_identifier", "origin")
