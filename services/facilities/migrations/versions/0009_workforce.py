"""who practises, by which licences, what a puskesmas needs and what is planned"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

Text = sqlmodel.sql.sqltypes.AutoString
LONG_AGO = "DATE '1900-01-01'"
"""The first day of a placement whose first day nobody told."""
PATTERN = "Pola Permenkes 43/2019 (periksa dengan Permenkes 19/2024)"
SINCE = "DATE '2019-10-31'"
# profession: without beds, with beds; in towns, elsewhere
MINIMUM = {
    "dokter": ((1, 2), (1, 2)), "dokter-gigi": ((1, 1), (1, 1)), "perawat": ((5, 8), (5, 8)),
    "bidan": ((4, 7), (4, 7)), "kesmas": ((2, 2), (1, 1)), "sanitarian": ((1, 1), (1, 1)), "atlm": ((1, 1), (1, 1)),
    "gizi": ((1, 2), (1, 2)), "farmasi": ((1, 2), (1, 1)),
}  # fmt: skip
PLACES = "PP 28/2024 ps. 682 dan Permenkes 2052/2011: paling banyak tiga tempat praktik"
RULES = (
    ("sip-limit", "dokter", 3, "refuse", PLACES), ("sip-limit", "dokter-gigi", 3, "refuse", PLACES),
    ("sip-limit", "dokter-spesialis", 3, "refuse", PLACES),
    ("licence-alarm", "str", 180, None, "Kebijakan Dinkes"), ("licence-alarm", "sip", 90, None, "Kebijakan Dinkes"),
    ("working-minutes", "abk", 72_000, None, "Pedoman analisis beban kerja: 1.200 jam kerja efektif setahun"),
)  # fmt: skip
KEYS = {
    "professional": "id", "placement": "practitioner || '/' || facility || '/' || valid_from",
    "licence": "practitioner || '/' || kind || '/' || number",
    "staffing_norm": "care || '/' || setting || '/' || profession || '/' || valid_from",
    "workforce_rule": "rule || '/' || subject || '/' || valid_from",
}  # fmt: skip


def upgrade() -> None:
    _people()
    _needs()
    _take_over()
    _defaults()
    for table, key in KEYS.items():
        op.execute(
            "INSERT INTO history (of, key, version, recorded_by, row)"
            f" SELECT '{table}', {key}, version, 'migration', to_jsonb(t) FROM {table} t"
        )


def _text(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, Text(), nullable=nullable)


def _dated(table: str, key: Sequence[str], *columns: sa.Column | sa.Constraint, apart: bool = True) -> None:
    """A table of rows that hold from a day to a last day; of one key no two on one day, when `apart`."""
    one = postgresql.ExcludeConstraint(
        *((sa.column(c), "=") for c in key), (sa.text("daterange(valid_from, valid_until, '[]')"), "&&"),
        deferrable=True, initially="IMMEDIATE", using="gist", name=f"{table}_one_at_a_time",
    )  # fmt: skip
    op.create_table(
        table,
        *(_text(c) for c in key),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        *columns,
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("valid_until >= valid_from", name=f"{table}_ends_after_start"),
        *([one] if apart else []),
        sa.PrimaryKeyConstraint(*key, "valid_from"),
    )


def _place() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["facility"], ["facility.code"])


def _people() -> None:
    op.create_table(
        "professional", _text("id"), _text("name"), _text("nik", True), sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.execute("CREATE INDEX professional_name ON professional (searchable(name), id)")
    op.execute("CREATE INDEX professional_name_parts ON professional USING gin (searchable(name) gin_trgm_ops)")
    _dated(
        "placement", ("practitioner", "facility"), _text("profession"), _text("employment", True),
        sa.ForeignKeyConstraint(["practitioner"], ["professional.id"]),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"]),
    )  # fmt: skip
    op.create_index("ix_placement_facility", "placement", ["facility"])
    op.create_table(
        "licence",
        _text("practitioner"),
        _text("kind"),
        _text("number"),
        _text("facility", True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("valid_until >= valid_from", name="licence_ends_after_start"),
        sa.CheckConstraint("(kind = 'sip') = (facility IS NOT NULL)", name="licence_sip_names_its_place"),
        sa.ForeignKeyConstraint(["practitioner"], ["professional.id"]),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"]),
        sa.PrimaryKeyConstraint("practitioner", "kind", "number"),
    )
    op.create_index("ix_licence_facility", "licence", ["facility"])


def _needs() -> None:
    _dated(
        "staffing_norm", ("care", "setting", "profession"), sa.Column("minimum", sa.Integer(), nullable=False),
        _text("regulation"), sa.CheckConstraint("minimum >= 0", name="staffing_norm_minimum"),
    )  # fmt: skip
    _dated("puskesmas_setting", ("facility",), _text("setting"), _place())
    _dated(
        "workforce_rule", ("rule", "subject"), sa.Column("value", sa.Integer(), nullable=False), _text("action", True),
        _text("regulation"),
    )  # fmt: skip
    _dated(
        "workload", ("facility", "profession", "task"), sa.Column("minutes", sa.Float(), nullable=False),
        sa.Column("volume", sa.Integer(), nullable=False), _place(),
        sa.CheckConstraint("minutes > 0 AND volume >= 0", name="workload_is_a_quantity"),
    )  # fmt: skip
    _dated(
        "staffing_plan", ("facility", "profession"), sa.Column("posts", sa.Integer(), nullable=False),
        _text("employment", True), _text("source", True), _place(),
        sa.CheckConstraint("posts > 0", name="staffing_plan_posts"), apart=False,
    )  # fmt: skip


def _take_over() -> None:
    """What stood in `practitioner`; a SIP number that was told for several places stays with the first."""
    op.execute(
        "INSERT INTO professional (id, name, nik, version)"
        " SELECT DISTINCT ON (id) id, name, max(nik) OVER (PARTITION BY id), 1 FROM practitioner ORDER BY id, facility"
    )
    op.execute(
        "INSERT INTO placement (practitioner, facility, valid_from, valid_until, profession, version)"
        f" SELECT id, facility, coalesce(valid_from, least({LONG_AGO}, valid_until)), valid_until, profession, version"
        " FROM practitioner"
    )
    for kind, place in (("str", "NULL"), ("sip", "facility")):
        op.execute(
            "INSERT INTO licence (practitioner, kind, number, facility, version)"
            f" SELECT DISTINCT ON (id, {kind}_number) id, '{kind}', {kind}_number, {place}, 1 FROM practitioner"
            f" WHERE {kind}_number IS NOT NULL ORDER BY id, {kind}_number, facility"
        )


def _defaults() -> None:
    norms = [
        f"('{care}', '{setting}', '{profession}', {SINCE}, {numbers[setting != 'perkotaan'][care == 'ranap']},"
        f" '{PATTERN}', 1)"
        for profession, numbers in MINIMUM.items()
        for care in ("non-ranap", "ranap")
        for setting in ("perkotaan", "perdesaan", "terpencil")
    ]
    op.execute(
        "INSERT INTO staffing_norm (care, setting, profession, valid_from, minimum, regulation, version)"
        f" VALUES {', '.join(norms)}"
    )
    rules = [
        f"('{rule}', '{subject}', DATE '2000-01-01', {value}, nullif('{action or ''}', ''), '{source}', 1)"
        for rule, subject, value, action, source in RULES
    ]
    op.execute(
        "INSERT INTO workforce_rule (rule, subject, valid_from, value, action, regulation, version)"
        f" VALUES {', '.join(rules)}"
    )


def downgrade() -> None:
    for table in (
        "staffing_plan", "workload", "workforce_rule", "puskesmas_setting", "staffing_norm", "licence", "placement",
        "professional",
    ):  # fmt: skip
        op.drop_table(table)
        op.execute(f"DELETE FROM history WHERE of = '{table}'")
