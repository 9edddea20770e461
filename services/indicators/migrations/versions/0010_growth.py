"""growth: curves of the growth references, how a length was taken, values that cannot be, and who sent them"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TEXT = AutoString()
SENT = (("own_date", sa.Date()), ("late_date", sa.Date()), ("provider", TEXT), ("client", TEXT), ("encounter_id", TEXT))


def upgrade() -> None:
    op.add_column("fact", sa.Column("posture", TEXT, nullable=True))
    op.add_column("fact", sa.Column("absurd", sa.Boolean(), server_default=sa.false(), nullable=False))
    for name, kind in SENT:
        op.add_column("implausible", sa.Column(name, kind, nullable=True))
    op.create_table(
        "growth_point",
        *(sa.Column(name, TEXT, nullable=False) for name in ("reference", "curve", "sex")),
        sa.Column("at", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in "lms"),
        sa.PrimaryKeyConstraint("reference", "curve", "sex", "at"),
    )
    op.create_table(
        "growth_reference",
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("reference"),
    )


def downgrade() -> None:
    op.drop_table("growth_reference")
    op.drop_table("growth_point")
    for name, _ in reversed(SENT):
        op.drop_column("implausible", name)
    op.drop_column("fact", "absurd")
    op.drop_column("fact", "posture")
