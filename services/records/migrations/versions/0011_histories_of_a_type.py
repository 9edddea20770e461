"""histories of a type go by moment"""

from collections.abc import Sequence

from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("resource_updated", "resource", ["updated_at"], unique=False, postgresql_using="brin")
    op.create_index("resource_history_updated", "resource_history", ["type", "updated_at"], unique=False)


def downgrade() -> None:
    op.drop_index("resource_history_updated", table_name="resource_history")
    op.drop_index("resource_updated", table_name="resource", postgresql_using="brin")
