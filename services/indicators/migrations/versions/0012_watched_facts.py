"""watched facts: what weekly surveillance, the TBC cascade and home visits are counted from, by concept and day"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    where = sa.text("concept ~ '^(skdr|tb|home)_'")
    op.create_index("fact_watched", "fact", ["concept", "date"], postgresql_where=where)


def downgrade() -> None:
    op.drop_index("fact_watched", "fact")
