"""moments: timed facts, what a visit lends (start, end, class), the time of birth, what a facility is"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT, TEXT = sa.DateTime(timezone=True), sqlmodel.sql.sqltypes.AutoString()
ADDED = (
    ("encounter", "start_at", MOMENT),
    ("encounter", "until", sa.Date()),
    ("encounter", "kind", TEXT),
    ("fact", "at", MOMENT),
    ("fact", "visit_start", sa.Date()),
    ("fact", "visit_until", sa.Date()),
    ("patient", "birth_at", MOMENT),
    ("person", "birth_at", MOMENT),
    ("facility", "organization_type", TEXT),
)


def upgrade() -> None:
    for table, name, kind in ADDED:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.add_column("fact", sa.Column("hosted", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("fact", "hosted")
    for table, name, _ in reversed(ADDED):
        op.drop_column(table, name)
