"""worklists: outcomes of calls and visits; whose people a provider's are"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WORDS = sqlmodel.sql.sqltypes.AutoString()


def upgrade() -> None:
    op.create_table(
        "outcome",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("said_of", sa.Uuid(), nullable=False),
        *(sa.Column(name, WORDS, nullable=False) for name in ("kind", "way", "actor")),
        sa.Column("on_date", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Date(), nullable=True) for name in ("come_on", "rest_until")),
        *(
            sa.Column(name, WORDS, nullable=True)
            for name in ("by", "served_at", "note", "village", "facility", "verdict", "answered_by")
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "id"),
    )
    op.create_index("outcome_said_of", "outcome", ["said_of"])
    op.create_index("outcome_id", "outcome", ["id"])
    op.create_index("encounter_provider", "encounter", [sa.text("coalesce(provider, client)"), "start"])
    op.create_index("member_registered", "member", ["registered_facility"])


def downgrade() -> None:
    op.drop_index("member_registered", "member")
    op.drop_index("encounter_provider", "encounter")
    op.drop_table("outcome")
