"""the office's box: an index of the open referrals that the health office must act on"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    where = sa.text("closed_at IS NULL AND owner = 'office'")
    op.create_index("referral_open_office", "referral", ["rank", "opened_at", "id"], postgresql_where=where)


def downgrade() -> None:
    op.drop_index("referral_open_office", "referral")
