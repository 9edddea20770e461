"""standards loaded into the running service, and which of them is shown and built"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TEXT = sqlmodel.sql.sqltypes.AutoString()


def upgrade() -> None:
    op.create_table(
        "standard_text",
        sa.Column("edition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=True),
        sa.Column("loaded_by", TEXT, nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("edition"),
    )
    op.create_index("standard_text_key", "standard_text", ["key", "edition"])
    for name in ("edition", "building_edition"):
        op.add_column("state", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("state", "building_edition")
    op.drop_column("state", "edition")
    op.drop_table("standard_text")
