"""bulk exports and their files"""

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
        "export_job",
        sa.Column("id", text(), nullable=False),
        sa.Column("actor", text(), nullable=False),
        sa.Column("role", text(), nullable=False),
        sa.Column("facility", text(), nullable=True),
        sa.Column("types", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("of_persons", sa.Boolean(), nullable=False),
        sa.Column("request", text(), nullable=False),
        sa.Column("state", text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("parts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("after_type", text(), server_default="", nullable=False),
        sa.Column("after_id", text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "export_part",
        sa.Column("export_id", text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", text(), nullable=False),
        sa.Column("type", text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("persons", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("export_id", "number"),
    )


def downgrade() -> None:
    op.drop_table("export_part")
    op.drop_table("export_job")
