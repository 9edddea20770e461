"""Numbers as other systems take them: DHIS2 data values, and how our codes are called there."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class DataValue(BaseModel):
    """Satu nilai (one data value)."""

    dataElement: str = Field(examples=["spm-08.permenkes-6-2024.served"])  # noqa: N815 - DHIS2's own word
    period: str = Field(examples=["202610"])
    orgUnit: str = Field(examples=["P1410010101"])  # noqa: N815
    value: str = Field(examples=["412"])


class DataValueSet(BaseModel):
    """Isi `POST /api/dataValueSets` DHIS2 (what DHIS2 imports)."""

    dataElementIdScheme: str = Field(description="UID, atau CODE = kode kita (scheme)", examples=["CODE"])  # noqa: N815
    orgUnitIdScheme: str = Field(examples=["CODE"])  # noqa: N815
    dataSet: str | None = Field(None, description="Bila dipetakan (when mapped)")  # noqa: N815
    dataValues: list[DataValue]  # noqa: N815


class Mapped(BaseModel):
    """Satu kode kita dan kodenya di DHIS2 (one of our codes, and theirs)."""

    kind: str = Field(description="dataElement, orgUnit, dataSet", examples=["orgUnit"])
    ours: str = Field(examples=["P1410010101"])
    theirs: str = Field(description="UID DHIS2, 11 karakter", examples=["DiszpKrYNg8"])


class Loaded(BaseModel):
    """Satu versi berkas yang dimuat kantor (one version of a file the office loaded)."""

    model_config = ConfigDict(from_attributes=True)

    valid_from: date = Field(description="Berlaku sejak (in force from)")
    version: int = Field(examples=[1])
    lines: int = Field(description="Banyaknya baris (rows)", examples=[24])


class CodeMapping(BaseModel):
    """Pemetaan yang berlaku (the mapping in force)."""

    version: Loaded | None = Field(None, description="Kosong: belum ada yang dimuat (none loaded)")
    items: list[Mapped]
