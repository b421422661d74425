"""Units of clinical text: what people write, the UCUM code for it, and what kind of quantity it measures.

Codes follow the Unified Code for Units of Measure (UCUM, case-sensitive form).
"""

import re
from typing import Final, NamedTuple


class Unit(NamedTuple):
    """A UCUM code and the kind of quantity."""

    ucum: str
    kind: str
    """Which labels a value belongs to: ``size`` ``volume`` ``dose`` ``lab`` ``vital`` ``rate`` ``percent``."""


_TABLE: Final = """
mm: mm size; millimeter millimeters millimetre millimetres
cm: cm size; centimeter centimeters centimetre centimetres
m: m size; meter meters metre metres
um: um size; micron microns
[in_i]: in size; inch inches
[ft_i]: ft size; feet
mL: ml volume; cc milliliter milliliters millilitre millilitres
L: liter volume; liters litre litres
mm2: mm2 size; mm²
cm2: cm2 size; cm²
cm3: cm3 volume; cm³
mg: mg dose; milligram milligrams mgs
ug: mcg dose; ug µg μg microgram micrograms
g: g dose; gm gms gram grams
kg: kg vital; kgs kilogram kilograms
[lb_av]: lb vital; lbs pound pounds
meq: meq dose; meqs
[iU]: iu dose; i.u.
[U]: unit dose; units u
mg/kg: mg/kg dose
mg/kg/d: mg/kg/day dose; mg/kg/d
mg/m2: mg/m2 dose; mg/m²
mg/d: mg/day dose; mg/d
g/d: g/day dose
ug/kg: mcg/kg dose; ug/kg
mL/h: ml/h rate; ml/hr cc/hr cc/h
mL/min: ml/min lab
mL/min/{1.73_m2}: ml/min/1.73m2 lab; ml/min/1.73
L/min: l/min rate; lpm
mg/dL: mg/dl lab; mg% mgdl
g/dL: g/dl lab; gm/dl
g/L: g/l lab
mg/L: mg/l lab
ug/mL: ug/ml lab; mcg/ml
ug/L: ug/l lab; mcg/l
ng/mL: ng/ml lab
ng/mL/h: ng/ml/hr lab
ng/dL: ng/dl lab
ng/L: ng/l lab
pg/mL: pg/ml lab
mmol/L: mmol/l lab
umol/L: umol/l lab; µmol/l μmol/l
meq/L: meq/l lab
nmol/L: nmol/l lab
[iU]/L: iu/l lab
U/L: u/l lab; units/l
U/mL: u/ml lab
m[iU]/L: miu/l lab
m[iU]/mL: miu/ml lab
u[iU]/mL: uiu/ml lab
10*3/uL: k/ul lab; k/mm3 x10^3/ul x103/ul th/ul thou/ul 10*3/ul k/µl
10*9/L: x10^9/l lab; x109/l 10^9/l
10*6/uL: m/ul lab; mil/ul
10*12/L: x10^12/l lab
/uL: /ul lab; /mm3 cells/ul /µl /μl cells/µl cells/mm3
fL: fl lab
pg: pg lab
mm/h: mm/hr lab; mm/h
mm[Hg]: mmhg vital; mm_hg
cm[H2O]: cmh2o vital; cm_h2o
/min: bpm vital; beats/min breaths/min /min beats_per_minute breaths_per_minute
Cel: c vital; °c degc celsius
[degF]: f vital; °f degf fahrenheit
kg/m2: kg/m2 vital; kg/m²
[HU]: hu lab; hounsfield
%: % percent; percent
deg: ° size; degrees degree
"""


def _read(table: str) -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for line in table.strip().splitlines():
        code, _, rest = line.partition(": ")
        first, _, others = rest.partition(";")
        form, kind = first.split()
        for written in (form, *others.split()):
            units.setdefault(written, Unit(code, kind))
    return units


UNITS: Final = _read(_TABLE)
"""Units by what is written, in lower case; ``_`` stands where there may be a blank."""

UNIT_PATTERN: Final = (
    r"(?:"
    + "|".join(re.escape(form).replace("_", r"\s?") for form in sorted(UNITS, key=len, reverse=True))
    + r")(?![\w/^])"
)
"""A regular expression for one written unit (use with IGNORECASE)."""
_BY_LETTERS: Final = {form.replace("_", ""): unit for form, unit in UNITS.items()}


def unit_of(written: str) -> Unit:
    """The unit that a match of :data:`UNIT_PATTERN` names."""
    return _BY_LETTERS["".join(written.lower().split())]
