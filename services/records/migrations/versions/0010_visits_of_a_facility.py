"""a facility's visits by their day; imports of tables, and as a trial"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_index(
        "resource_visit",
        "resource",
        ["client", "date", "id"],
        unique=False,
        postgresql_where=sa.text("type = 'Encounter'"),
    )
    op.add_column("import_job", sa.Column("template", text(), nullable=True))
    op.add_column("import_job", sa.Column("trial", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("import_job", sa.Column("warned", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("import_job", "warned")
    op.drop_column("import_job", "trial")
    op.drop_column("import_job", "template")
    op.drop_index("resource_visit", table_name="resource")
