"""Members: statements with their history, monthly lists, eligibility asked over FHIR."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _said() -> list[sa.Column[object]]:
    """What a statement says beside status, dates, class, payer and facility."""
    return [
        sa.Column("dental_code", sa.String(), nullable=True),
        sa.Column("dental_name", sa.String(), nullable=True),
        sa.Column("prolanis", sa.String(), nullable=True),
        sa.Column("prb", sa.Boolean(), nullable=True),
        sa.Column("arrears", sa.BigInteger(), nullable=True),
        sa.Column("cob", sa.Boolean(), nullable=True),
        sa.Column("insurer", sa.String(), nullable=True),
        sa.Column("relationship", sa.String(), nullable=True),
    ]


def upgrade() -> None:
    _members()
    _lists()
    op.create_table(
        "eligibility_asked",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("facility", sa.String(), nullable=True),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("response", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("eligibility_asked_person", "eligibility_asked", ["person_id", "at"])
    op.add_column("facility", sa.Column("kind", sa.String(), nullable=True))
    op.execute("UPDATE facility SET version = 0")  # all are followed anew, with their kinds
    op.execute("DELETE FROM follower_cursor WHERE source = 'facilities'")


def _members() -> None:
    op.add_column("member", sa.Column("source", sa.String(), server_default=sa.text("'bpjs'"), nullable=False))
    for column in (*_said(), sa.Column("status_since", sa.Date(), nullable=True)):
        op.add_column("member", column)
    op.create_table(
        "member_statement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("said_by", sa.String(), nullable=True),
        sa.Column("said_at_facility", sa.String(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("because", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status_text", sa.String(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("class_code", sa.String(), nullable=True),
        sa.Column("class_name", sa.String(), nullable=True),
        sa.Column("payer_code", sa.String(), nullable=True),
        sa.Column("payer_name", sa.String(), nullable=True),
        sa.Column("provider_code", sa.String(), nullable=True),
        sa.Column("provider_name", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        *_said(),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("member_statement_person", "member_statement", ["person_id", "checked_at"])
    said = """person_id, status, checked_at, status_text, since, until, class_code, class_name, payer_code, payer_name,
        provider_code, provider_name, source"""
    op.execute(f"INSERT INTO member_statement ({said}) SELECT {said} FROM member")


def _lists() -> None:
    op.create_table(
        "member_list",
        sa.Column("id", sa.String(), nullable=False),
        *(sa.Column(n, sa.String(), nullable=False) for n in ("kind", "sender", "hash", "month")),
        sa.Column("as_of", sa.Date(), nullable=False),
        *(sa.Column(n, sa.String(), nullable=False) for n in ("state", "mode", "mapping")),
        sa.Column("bytes", sa.Integer(), nullable=False),
        *(
            sa.Column(n, sa.Integer(), server_default="0", nullable=False)
            for n in ("rows", "loaded", "refused", "warned", "matched", "applied")
        ),
        sa.Column("because", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("facility", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "member_list_once", "member_list", ["kind", "month", "hash"], unique=True,
        postgresql_where=sa.text("state IN ('applying', 'loaded')"),
    )  # fmt: skip
    op.create_index("member_list_at", "member_list", ["at"])
    op.create_table(
        "member_list_refused",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("list_id", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("reason_en", sa.String(), nullable=False),
        sa.Column("warning", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("member_list_refused_list", "member_list_refused", ["list_id", "line"])
    _rows()
    op.create_table(
        "list_mapping",
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("columns", sa.String(), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sender", "kind", "version"),
    )
    op.create_table(
        "capitation_month",
        sa.Column("bpjs_code", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bpjs_code", "month"),
    )


def _rows() -> None:
    op.create_table(
        "member_list_row",
        sa.Column("list_id", sa.String(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("bpjs_code", sa.String(), nullable=False),
        sa.Column("nik", sa.LargeBinary(), nullable=True),
        sa.Column("card", sa.LargeBinary(), nullable=True),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        *(
            sa.Column(n, sa.String(), nullable=True)
            for n in ("status_text", "payer_code", "payer_name", "class_code", "dental_code", "prolanis")
        ),
        sa.Column("prb", sa.Boolean(), nullable=True),
        sa.Column("arrears", sa.BigInteger(), nullable=True),
        sa.Column("village", sa.String(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("list_id", "key"),
    )
    op.create_index("member_list_row_key", "member_list_row", ["key"])
    op.create_index(
        "member_list_row_nik", "member_list_row", ["nik"], postgresql_where=sa.text("nik IS NOT NULL")
    )  # fmt: skip
    op.create_index(
        "member_list_row_person", "member_list_row", ["person_id"], postgresql_where=sa.text("person_id IS NOT NULL")
    )
    op.create_index("member_list_row_part", "member_list_row", ["list_id", "bpjs_code", "line"])
    op.create_table(
        "member_list_part",
        sa.Column("list_id", sa.String(), nullable=False),
        sa.Column("bpjs_code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=True),
        sa.Column("segments", sa.String(), nullable=False),
        sa.Column("dm", sa.Integer(), nullable=True),
        sa.Column("ht", sa.Integer(), nullable=True),
        sa.Column("norm", sa.Integer(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("list_id", "bpjs_code"),
    )
    op.create_index(
        "member_list_part_version", "member_list_part", ["kind", "bpjs_code", "month", "version"], unique=True
    )
    op.create_index(
        "member_list_part_current", "member_list_part", ["kind", "bpjs_code", "month"], unique=True,
        postgresql_where=sa.text("current"),
    )  # fmt: skip


def downgrade() -> None:
    for table in (
        "capitation_month", "list_mapping", "member_list_part", "member_list_row", "member_list_refused", "member_list",
        "eligibility_asked", "member_statement",
    ):  # fmt: skip
        op.drop_table(table)
    op.drop_column("facility", "kind")
    for name in ("status_since", "source", *(c.name for c in _said())):
        op.drop_column("member", name)
