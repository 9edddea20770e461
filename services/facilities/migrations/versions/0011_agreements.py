"""agreements, their papers, steps, reviews and alarms; programmes and rules as dated data"""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TEXT = sqlmodel.sql.sqltypes.AutoString()
_MOMENT = sa.DateTime(timezone=True)
PROGRAMMES = {
    "KIA": "Kesehatan ibu dan anak", "IMUNISASI": "Imunisasi", "GIZI": "Gizi", "PTM": "Penyakit tidak menular",
    "TB": "Tuberkulosis", "HIV": "HIV dan infeksi menular seksual", "JIWA": "Kesehatan jiwa",
    "LANSIA": "Kesehatan lanjut usia", "REMAJA": "Kesehatan usia sekolah dan remaja", "KB": "Keluarga berencana",
    "RUJUKAN": "Rujukan dan rujuk balik", "PELAPORAN": "Pelaporan ILP dan SPM", "PKG": "Cek kesehatan gratis",
    "ILP": "Integrasi pelayanan primer", "KLB": "Surveilans dan kejadian luar biasa",
}  # fmt: skip


def _of_agreement(*more: str) -> list[sa.Constraint]:
    return [sa.ForeignKeyConstraint(["agreement"], ["agreement.id"]), sa.PrimaryKeyConstraint("agreement", *more)]


def _text(name: str, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, _TEXT, nullable=nullable)


def _day(name: str, nullable: bool = False) -> "sa.Column[date]":
    return sa.Column(name, sa.Date(), nullable=nullable)


def _number(name: str, nullable: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), nullable=nullable)


def upgrade() -> None:
    programme = op.create_table(
        "programme", _text("code"), _text("name"), _day("valid_from", True), _day("valid_until", True),
        _number("version"), sa.PrimaryKeyConstraint("code"),
    )  # fmt: skip
    op.bulk_insert(programme, [{"code": c, "name": n, "version": 1} for c, n in PROGRAMMES.items()])
    op.execute(
        "INSERT INTO history (of, key, version, recorded_by, row)"
        " SELECT 'programme', code, version, 'migration', to_jsonb(t) FROM programme t"
    )
    op.create_table(
        "agreement", _text("id"), _text("kind"), _text("number"), _text("title"),
        sa.Column("parties", JSONB(), nullable=False), _day("signed_on"), _day("valid_from"), _day("valid_until", True),
        sa.Column("programmes", JSONB(), nullable=False), _text("member_sends"), _text("member_sees"),
        _text("purpose", True), _text("safeguards", True), _number("evaluation_months"), _day("terminated_on", True),
        _text("termination_reason", True), _text("renews", True), _number("version"),
        sa.CheckConstraint("valid_until >= valid_from", name="agreement_ends_after_start"),
        sa.CheckConstraint("renews <> id", name="agreement_renews_another"),
        sa.ForeignKeyConstraint(["renews"], ["agreement.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("renews", name="agreement_renewed_once"),
    )  # fmt: skip
    op.create_index(
        "agreement_parties", "agreement", ["parties"], postgresql_using="gin",
        postgresql_ops={"parties": "jsonb_path_ops"},
    )  # fmt: skip
    op.create_index("agreement_ends", "agreement", ["valid_until"])
    op.create_table(
        "agreement_step", _text("agreement"), _text("step"), _day("done_on"), _text("evidence"), _number("version"),
        *_of_agreement("step"),
    )  # fmt: skip
    op.create_table(
        "agreement_review", _text("agreement"), _text("kind"), _day("held_on"), _text("findings"),
        _text("follow_up", True), _number("version"), *_of_agreement("kind", "held_on"),
    )  # fmt: skip
    op.create_table(
        "agreement_document", _text("agreement"), _number("version"),
        sa.Column("body", sa.LargeBinary(), nullable=False), _number("size"), _text("sha256"),
        sa.Column("uploaded_at", _MOMENT, server_default=sa.text("now()"), nullable=False), _text("uploaded_by"),
        *_of_agreement("version"),
    )  # fmt: skip
    op.create_table(
        "agreement_alarm", sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False), _text("agreement"),
        _text("kind"), _day("due_on"), _number("days", True), _day("raised_on"),
        sa.Column("acknowledged_at", _MOMENT, nullable=True), _text("acknowledged_by", True), _text("note", True),
        sa.ForeignKeyConstraint(["agreement"], ["agreement.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "agreement", "kind", "due_on", "days", name="agreement_alarm_once", postgresql_nulls_not_distinct=True
        ),
    )  # fmt: skip
    rule = op.create_table(
        "agreement_rule", _text("name"), _day("valid_from"), _text("value"), _number("version"),
        sa.PrimaryKeyConstraint("name", "valid_from"),
    )  # fmt: skip
    op.bulk_insert(
        rule, [{"name": "expiry-alarm-days", "valid_from": date(2020, 1, 1), "value": "90,60,30,7", "version": 1}]
    )


def downgrade() -> None:
    for table in ("rule", "alarm", "document", "review", "step"):
        op.drop_table(f"agreement_{table}")
    op.drop_index("agreement_ends", table_name="agreement")
    op.drop_index("agreement_parties", table_name="agreement")
    op.drop_table("agreement")
    op.drop_table("programme")
