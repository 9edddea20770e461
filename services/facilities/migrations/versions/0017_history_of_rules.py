"""the rules that came with the product begin their history too: changing one must not lose what it was"""

from collections.abc import Sequence

from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEYS = {"agreement_rule": "name || '/' || valid_from", "territory_rule": "valid_from::text"}


def upgrade() -> None:
    for table, key in KEYS.items():
        op.execute(
            "INSERT INTO history (of, key, version, recorded_by, row)"
            f" SELECT '{table}', {key}, version, 'migration', to_jsonb(t) FROM {table} t"
            f" WHERE NOT EXISTS (SELECT FROM history h WHERE h.of = '{table}' AND h.key = {key})"
        )


def downgrade() -> None:
    for table in KEYS:
        op.execute(f"DELETE FROM history WHERE of = '{table}' AND recorded_by = 'migration'")
