"""The units the record speaks: UCUM, one code for each way a unit is written. Only the name of a unit is ever changed.

A value keeps its number and precision; a spelling is listed only when nothing else can be meant by it.
"""

from decimal import Decimal
from typing import Any

from services.records.systems import CANONICAL, UCUM

_WRITTEN = """
mm[Hg]    mmHg mmhg MMHG MmHg mm[hg] mm_Hg
mg/dL     mg/dl MG/DL Mg/dL Mg/dl mg/DL
g/dL      g/dl gr/dL gr/dl gram/dL gram/dl G/dL g/DL
mmol/L    mmol/l MMOL/L
umol/L    umol/l µmol/L µmol/l μmol/L
ug/dL     ug/dl µg/dL µg/dl mcg/dL mcg/dl
ug        µg μg mcg microgram mikrogram
mg        milligram miligram
g         gr gram grams Gram
kg        Kg KG kilogram kilo
kg/m2     kg/m^2 kg/m² Kg/m2 KG/M2
cm        Cm CM centimeter sentimeter
Cel       °C ℃ ºC celsius Celsius celcius Celcius derajat_Celsius derajat_celcius deg_C degC
/min      x/menit X/menit x/mnt kali/menit /menit per_menit beats/minute beats/min breaths/minute breaths/min bpm BPM
%         persen percent Persen
a         year years tahun thn Tahun yr
mo        month months bulan bln Bulan
wk        week weeks minggu Minggu
d         day days Day Days hari Hari
h         hour hours jam
min       minute minutes menit mnt
s         second seconds detik
mL        ml cc milliliter mililiter
L         liter litre ltr
[IU]      IU iu [iU]
[IU]/L    IU/L IU/l [iU]/L
m[IU]/L   mIU/L mIU/l m[iU]/L
U/L       u/L U/l u/l
10*3/uL   10^3/uL 10^3/ul 10^3/µL 10*3/ul 10*3/µL x10^3/uL ribu/uL
10*6/uL   10^6/uL 10^6/ul 10^6/µL 10*6/ul 10*6/µL x10^6/uL juta/uL
mm/h      mm/jam mm/hr mm/hour
fL        fl
meq/L     mEq/L mEq/l meq/l
"""
_SPELLINGS = {
    spelt.replace("_", " "): line.split()[0]
    for line in _WRITTEN.strip().splitlines()
    for spelt in line.split()
}  # fmt: skip
_FINE = frozenset(_SPELLINGS.values())
Node = dict[str, Any]


def respelt(node: Node) -> str | None:
    """The code a Quantity should have, when it is not the one it has; None when all is well or nobody knows."""
    code = node.get("code")
    if code in _FINE and "system" in node:
        return None
    system = node.get("system")
    if system is not None and CANONICAL[system] != UCUM:
        return None
    said = code if code is not None else node.get("unit")
    right = _SPELLINGS.get(said.strip()) if type(said) is str else None
    return right if right is not None and (right != code or system is None) else None


def respell(node: Node) -> None:
    """Give a Quantity the code it should have, in place. What was written as `unit`, and the value, stay."""
    right = respelt(node)
    if right is not None:
        node["system"], node["code"] = UCUM, right


def is_number(value: Any) -> bool:
    """Whether it is the value of a Quantity."""
    return type(value) in _NUMBERS


_NUMBERS = frozenset((int, float, Decimal))
