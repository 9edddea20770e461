"""what each row of the network was, version by version"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEYS = {
    "area": "code", "facility": "code", "catchment": "village || '/' || valid_from",
    "practitioner": "id || '/' || facility",
}  # fmt: skip


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "history",
        sa.Column("of", text(), nullable=False),
        sa.Column("key", text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", text(), nullable=False),
        sa.Column("row", JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("of", "key", "version"),
    )
    for table, key in KEYS.items():  # what stands is where the history begins
        op.execute(
            "INSERT INTO history (of, key, version, recorded_by, row)"
            f" SELECT '{table}', {key}, version, 'migration', to_jsonb(t) FROM {table} t"
        )


def downgrade() -> None:
    op.drop_table("history")
