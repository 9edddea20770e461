"""persons who may be the same: what they are recognised by, and the queue of pairs to decide"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        "person_traits",
        sa.Column("person_id", _TEXT(), nullable=False),
        sa.Column("words", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("keys", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("traits", _TEXT(), nullable=False),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_index(
        "person_traits_keys", "person_traits", ["keys"], unique=False, postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )  # fmt: skip
    op.create_table(
        "traits_scan",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("one"),
    )
    op.execute("INSERT INTO traits_scan DEFAULT VALUES")
    op.add_column("identity_review", sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False))
    op.add_column("identity_review", sa.Column("state", _TEXT(), server_default="open", nullable=False))
    op.add_column("identity_review", sa.Column("score", sa.Float(), nullable=True))
    op.add_column("identity_review", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
    for name in ("grade", "evidence", "basis", "decided_by", "decided_facility", "decision_reason"):
        op.add_column("identity_review", sa.Column(name, _TEXT(), nullable=True))
    op.create_index("identity_review_number", "identity_review", ["number"], unique=True)
    op.create_index("identity_review_other", "identity_review", ["other_person_id"], unique=False)


def downgrade() -> None:
    op.drop_index("identity_review_other", table_name="identity_review")
    op.drop_index("identity_review_number", table_name="identity_review")
    for name in (
        "decision_reason", "decided_facility", "decided_by", "basis", "evidence", "grade", "decided_at", "score",
        "state", "number",
    ):  # fmt: skip
        op.drop_column("identity_review", name)
    op.drop_table("traits_scan")
    op.drop_index("person_traits_keys", table_name="person_traits", postgresql_using="gin")
    op.drop_table("person_traits")
