"""health workers and where they work"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "practitioner",
        sa.Column("id", text(), nullable=False),
        sa.Column("facility", text(), nullable=False),
        sa.Column("name", text(), nullable=False),
        sa.Column("nik", text(), nullable=True),
        sa.Column("profession", text(), nullable=False),
        sa.Column("str_number", text(), nullable=True),
        sa.Column("sip_number", text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("valid_until >= valid_from", name="practitioner_ends_after_start"),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"]),
        sa.PrimaryKeyConstraint("id", "facility"),
    )
    op.create_index("ix_practitioner_facility", "practitioner", ["facility"])


def downgrade() -> None:
    op.drop_index("ix_practitioner_facility", table_name="practitioner")
    op.drop_table("practitioner")
