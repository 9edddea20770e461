"""lent facts: where a child was born counts for its mother; who delivered at which facility"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("fact", sa.Column("child_id", sa.Uuid(), nullable=True))
    op.create_index("fact_lent", "fact", ["child_id"], postgresql_where=sa.text("child_id IS NOT NULL"))
    op.create_index("fact_hosted", "fact", ["facility"], postgresql_where=sa.text("hosted AND concept = 'delivery'"))


def downgrade() -> None:
    op.drop_index("fact_hosted", "fact")
    op.drop_index("fact_lent", "fact")
    op.drop_column("fact", "child_id")
