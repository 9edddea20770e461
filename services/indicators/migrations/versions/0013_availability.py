"""availability of goods and personnel, for the index"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TEXT = sqlmodel.sql.sqltypes.AutoString()


def upgrade() -> None:
    op.create_table(
        "availability",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service", TEXT, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("place", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("item", TEXT, nullable=False),
        sa.Column("needed", sa.Numeric(), nullable=False),
        sa.Column("available", sa.Numeric(), nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_by", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("availability_service", "availability", ["service", "year", "place", "kind", "item"])


def downgrade() -> None:
    op.drop_table("availability")
