"""Value types every part of a plain-JSON visit is made of. What is not known is refused: a misspelt field never
disappears silently."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.config import JsonDict

LOCAL = ZoneInfo("Asia/Jakarta")


def _written(value: Any) -> Any:
    if isinstance(value, (int, float)):
        raise ValueError("tulis tanggal sebagai teks / write a date as text")
    return value


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True)]
YesNo = Annotated[bool, Field(strict=True)]
Day = Annotated[date, BeforeValidator(_written)]
Moment = Annotated[datetime, BeforeValidator(_written)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
ShortWords = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Digits3 = Annotated[str, StringConstraints(pattern=r"^\d{1,3}$")]


class Part(BaseModel):
    """A part of a visit: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _plain_numbers(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {k: float(v) if isinstance(v, Decimal) else v for k, v in data.items()}

    @field_validator("*")
    @classmethod
    def _possible(cls, value: Any, info: ValidationInfo) -> Any:
        bounds = cls.model_fields[info.field_name or ""].json_schema_extra
        if not isinstance(bounds, dict) or not isinstance(value, (int, float)):
            return value
        low, high, unit = float(str(bounds["minimum"])), float(str(bounds["maximum"])), bounds["unit"]
        if not low <= value <= high:
            raise ValueError(
                f"tidak mungkin; harus {low:g} sampai {high:g} {unit}, periksa lagi angkanya / "
                f"impossible; it is {low:g} to {high:g} {unit}, check the number"
            )
        return value


def measured(low: float, high: float, title: str, en: str, unit: str, example: Any = None) -> Any:
    """An optional measured number or score; beyond what is possible it is refused, with what is."""
    return told(title, en, unit, example, {"minimum": low, "maximum": high, "unit": unit})


def told(title: str, en: str, unit: str = "", example: Any = None, bounds: JsonDict | None = None) -> Any:
    """An optional field: its Indonesian title, its unit, the English term in brackets."""
    said = f"{title}, {unit} ({en})" if unit else f"{title} ({en})"
    examples = [] if example is None else [example]
    return Field(None, title=title, description=said, examples=examples, json_schema_extra=bounds)
