"""merged persons: who was joined to whom, and what JKN said of them"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("member", sa.Column("via", sa.Uuid(), nullable=True))
    op.create_table(
        "person_merge",
        sa.Column("other", sa.Uuid(), nullable=False),
        sa.Column("survivor", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("other"),
    )
    op.create_index("person_merge_survivor", "person_merge", ["survivor"])


def downgrade() -> None:
    op.drop_table("person_merge")
    op.drop_column("member", "via")
