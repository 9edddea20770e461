"""sums for dashboards: by village, by group, by payer and contributors; filled by the rebuild that the new rules begin"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROOM = "ALTER TABLE {} SET (fillfactor = 70)"
"""A few rows that every visit changes: room on the page for the next version of a row."""


def upgrade() -> None:
    _table("tally_months", _cut(), ["unserved", *(f"m{m}" for m in range(13))])
    _table("tally_lacking", [*_cut(), _text("item")], ["units"])
    facilities = sa.Column("facilities", sa.ARRAY(sa.Text()), nullable=False)
    _table("tally_payer", [facilities, _text("village"), _text("payer")], ["units", "served"])


def _table(name: str, key: list[sa.Column[object]], sums: list[str]) -> None:
    whole = [
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        _text("standard"),
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        *key,
    ]
    columns = [*whole, *(sa.Column(n, sa.Integer(), nullable=False) for n in sums)]
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*(c.name for c in whole)))
    op.execute(ROOM.format(name))


def _cut() -> list[sa.Column[object]]:
    return [
        sa.Column("cut", sa.SmallInteger(), autoincrement=False, nullable=False),
        _text("village"),
        _text("sex"),
        sa.Column("age_band", sa.SmallInteger(), autoincrement=False, nullable=False),
        _text("payer"),
    ]


def _text(name: str) -> sa.Column[object]:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False)


def downgrade() -> None:
    for name in ("tally_payer", "tally_lacking", "tally_months"):
        op.drop_table(name)
