"""Search parameters as SQL: one builder per kind, driven by the places and columns of the table.

A condition is answered by a column or an index where there is one; else by the body of the rows that other conditions
leave over (`d.doc`, parsed once per row).
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from services.kernel.problems import Fault, Invalid, Text
from services.records import rules
from services.records.params import values as read
from services.records.params.table import Param, Place
from services.records.params.values import Pointer, Token
from services.records.queries.statement import ALIAS, IHS
from services.records.queries.where import FIRST_CODE, TEXT, UNREFERENCED, Where, any_of, at
from services.records.systems import CANONICAL


def condition(where: Where, param: Param, modifier: str, given: Sequence[str]) -> str | None:
    """The SQL of a parameter, or None when it named persons (`where.persons`). Raises Invalid."""
    if modifier == "missing":
        return _missing(where, param, given)
    return _KINDS[param.kind](where, param, modifier, given)


def _missing(where: Where, param: Param, given: Sequence[str]) -> str:
    if list(given) not in (["true"], ["false"]):
        said = Text(":missing hanya true atau false", ":missing is true or false")
        raise Invalid(said, [Fault(param.name, said, "value")])
    where.body = True
    there = any_of([f"jsonb_path_exists(d.doc, '{p.path}')" for p in param.places])
    return f"NOT {there}" if given[0] == "true" else there


def unfit(param: Param, modifier: str) -> Invalid:
    """The problem of a modifier the parameter does not have (FHIR wants it refused)."""
    said = Text(
        f"Akhiran :{modifier} tidak berlaku untuk {param.name} ({param.kind})",
        f"The modifier :{modifier} does not apply to {param.name} ({param.kind})",
    )
    return Invalid(said, [Fault(param.name, said, "not-supported")])


# --- token ----------------------------------------------------------------------------------------------


def _token(where: Where, param: Param, modifier: str, given: Sequence[str]) -> str | None:
    if modifier == "text":
        return _token_text(where, param, given)
    if modifier not in ("", "not"):
        raise unfit(param, modifier)
    tokens = [read.token(v) for v in given]
    if modifier == "not":
        return "NOT " + any_of([_token_inside(where, param, t) for t in tokens])
    whole = all(t.code for t in tokens)
    match param.column:
        case "id":
            return by_id(where, [t.code for t in tokens])
        case "identifier" if whole:
            return _identifiers(where, tokens)
        case "status" if all(t.system is None for t in tokens):
            return where.numbered("r.status = ANY({0}::text[])", [t.code for t in tokens])
        case "codes" if whole:
            return _codes(where, param, tokens)
    return any_of([_token_inside(where, param, t) for t in tokens])


def by_id(where: Where, ids: Sequence[str]) -> str | None:
    """Resources of these ids; on Patient, the persons named."""
    if where.type == "Patient":
        where.persons.append(patients(where, ids))
        return None
    where.narrow = True
    return where.numbered("r.id = ANY({0}::text[])", list(ids))


def patients(where: Where, ids: Sequence[str]) -> str:
    """The persons of these Patients, by our id or an alias."""
    return where.numbered(
        "SELECT person_id FROM person WHERE patient_id = ANY({0}::text[])"
        " UNION SELECT person_id FROM resource WHERE type = 'Patient' AND id = ANY({0}::text[]) AND NOT deleted"
        f" UNION SELECT person_id FROM person_identifier WHERE system IN ('{IHS}', '{ALIAS}')"
        " AND value = ANY({0}::text[])",
        list(ids),
    )


def _identifiers(where: Where, tokens: Sequence[Token]) -> str | None:
    """Resources (on Patient: persons) with any of these identifiers, looked up one by one however many there are."""
    having = (
        "SELECT {what} FROM unnest({{0}}::text[], {{1}}::text[]) t(system, value) CROSS JOIN LATERAL"
        f" (SELECT i.id FROM resource_identifier i WHERE i.type = '{where.type}' AND i.value = t.value"
        " AND (t.system IS NULL OR i.system = t.system) OFFSET 0) i{join}"
    )
    asked = [t.system for t in tokens], [t.code for t in tokens]
    if where.type == "Patient":
        join = (
            " CROSS JOIN LATERAL (SELECT p.person_id FROM resource p"
            " WHERE p.type = 'Patient' AND p.id = i.id AND NOT p.deleted OFFSET 0) p"
        )
        where.persons.append(where.numbered(having.format(what="DISTINCT p.person_id", join=join), *asked))
        return None
    where.narrow = True
    return where.numbered(f"r.id IN ({having.format(what='i.id', join='')})", *asked)


def _codes(where: Where, param: Param, tokens: Sequence[Token]) -> str:
    """Resources with any of these codings; a bare code matches whatever its system."""
    if len(tokens) == 1:
        where.code = tokens[0]
    exact = [f"{t.system}|{t.code}" for t in tokens if t.system is not None]
    bare = [t.code for t in tokens if t.system is None]
    options = []
    if exact:
        options.append(where.numbered("r.codes && {0}::text[]", exact))
    if bare:
        asked = where.numbered("{0}::text[]", bare)
        later = f"EXISTS (SELECT 1 FROM unnest(r.codes) k WHERE substr(k, strpos(k, '|') + 1) = ANY({asked}))"
        options.append(f"({FIRST_CODE} = ANY({asked}) OR cardinality(r.codes) > 1 AND {later})")
    found = any_of(options)
    if param.type == "Encounter" or param.name == "component-code":
        return f"{found} AND " + any_of([_token_inside(where, param, t) for t in tokens])
    if param.type == "Observation" and param.name == "code":  # the column holds the components' codes too
        inside = any_of([_token_inside(where, param, t, seldom=True) for t in tokens])
        return f"{found} AND (strpos(r.body, '\"component\"') = 0 OR {inside})"
    return found


_SCALARS = {"code", "string", "id", "uri", "boolean", "canonical"}


def _token_inside(where: Where, param: Param, token: Token, *, seldom: bool = False) -> str:
    return any_of([_token_at(where, p, token, seldom) for p in param.places])


def _token_at(where: Where, place: Place, token: Token, seldom: bool) -> str:
    if place.datatype == "exists":  # Patient.deceased: a date says true
        there = at(where, place, "true")
        return there if token.code == "true" else f"(false AND {there})"
    if place.datatype in _SCALARS:
        return at(where, place, where.numbered(f"{TEXT} = {{0}}::text", token.code), "[*]")
    system, code = "system", "value" if place.datatype in ("Identifier", "ContactPoint") else "code"
    tests = []
    if token.code:
        tests.append(where.numbered(f"n ->> '{code}' = {{0}}::text", token.code))
    if token.system:
        tests.append(where.numbered(f"n ->> '{system}' = {{0}}::text", token.system))
    elif token.system == "":
        tests.append(f"n ->> '{system}' IS NULL")
    tail = ".coding[*]" if place.datatype == "CodeableConcept" else "[*]"
    return at(where, place, " AND ".join(tests) or "true", tail, seldom=seldom)


def _token_text(where: Where, param: Param, given: Sequence[str]) -> str:
    options = []
    for value in given:
        pattern = where.numbered("{0}::text", read.words(value))
        for p in param.places:
            tails = {"CodeableConcept": (".text", ".coding[*].display"), "Identifier": (".type.text",)}
            for tail in tails.get(p.datatype, (".display",) if p.datatype == "Coding" else ("[*]",)):
                options.append(at(where, p, f"n #>> '{{}}' ~* {pattern}", tail))
    return any_of(options)


# --- reference ------------------------------------------------------------------------------------------


def _reference(where: Where, param: Param, modifier: str, given: Sequence[str]) -> str | None:
    if modifier == "identifier":
        return any_of([_by_identifier(where, p, read.token(v)) for v in given for p in param.places])
    if modifier and not modifier[0].isupper():
        raise unfit(param, modifier)
    pointers = [read.pointer(v, modifier or None) for v in given]
    kinds = {p.type for p in pointers}
    if param.column == "person" and kinds <= {None, "Patient"}:
        where.persons.append(patients(where, [p.id for p in pointers]))
        return None
    if param.column == "encounter" and kinds <= {None, "Encounter"}:
        where.narrow = True
        return where.numbered("r.encounter_id = ANY({0}::text[])", [p.id for p in pointers])
    if param.column == "organization" and kinds <= {None, "Organization"}:
        return where.numbered("r.organization = ANY({0}::text[])", [p.id for p in pointers])
    return refers(where, param, pointers)


def refers(where: Where, param: Param, pointers: Sequence[Pointer]) -> str:
    """Rows whose places hold a reference to any of these."""
    keys = [key for p in pointers for key in _keys(param, p)]
    keyed = where.numbered("{0}::text[]", keys)
    return referring(where, param, keyed, {key.split("/")[0] for key in keys})


def referring(where: Where, param: Param, keyed: str, kinds: set[str]) -> str:
    """Rows whose places hold a reference of a list of `Type/id` (an SQL expression of type text[]) of these types."""
    inside = any_of([at(where, p, f"{reference_of(p)} = ANY({keyed})", "[*]") for p in param.places])
    if where.type in UNREFERENCED or "Patient" in kinds or any(p.datatype != "Reference" for p in param.places):
        return inside
    where.narrow = True
    return f"record_references(r.body) && {keyed} AND {inside}"


def reference_of(place: Place) -> str:
    """SQL: the reference value `n` as `Type/id`, or as it lies."""
    text = "n ->> 'reference'" if place.datatype == "Reference" else "n #>> '{}'"
    return f"reference_key({text})"


def _keys(param: Param, p: Pointer) -> list[str]:
    """A bare id may mean any of the types the parameter points to."""
    if p.type or "/" in p.id or ":" in p.id:
        return [p.key]
    only = [place.only for place in param.places if place.only]
    types = only or [t for t in param.targets if t != "Resource"]
    return [f"{t}/{p.id}" for t in types] or [p.id]


def _by_identifier(where: Where, place: Place, token: Token) -> str:
    tests = [where.numbered("n -> 'identifier' ->> 'value' = {0}::text", token.code)] if token.code else []
    if token.system:
        tests.append(where.numbered("n -> 'identifier' ->> 'system' = {0}::text", token.system))
    return at(where, place, " AND ".join(tests) or "false", "[*]")


# --- date -----------------------------------------------------------------------------------------------


def _date(where: Where, param: Param, modifier: str, given: Sequence[str]) -> str:
    if modifier:
        raise unfit(param, modifier)
    spans = [read.span(v) for v in given]
    match param.column:
        case "date":
            return any_of([_moment(where, "r.date", *s) for s in spans])
        case "updated_at":
            return any_of([_moment(where, "r.updated_at", *s) for s in spans])
        case "birth_date":
            days = [(p, read.day(begin), read.day(end)) for p, begin, end in spans]
            born = any_of([_moment(where, "p.birth_date", p, begin, end, "date") for p, begin, end in days])
            return f"r.person_id IN (SELECT p.person_id FROM person p WHERE {born})"
    return any_of([_date_at(where, p, *s) for s in spans for p in param.places])


def _moment(where: Where, column: str, prefix: str, begin: Any, end: Any, kind: str = "timestamptz") -> str:
    """A column that holds one moment: the start of what it speaks of."""
    zero, one = f"{{0}}::{kind}", f"{{1}}::{kind}"
    match prefix:
        case "gt" | "sa":
            return where.numbered(f"{column} >= {zero}", end)
        case "ge":
            return where.numbered(f"{column} >= {zero}", begin)
        case "lt" | "eb":
            return where.numbered(f"{column} < {zero}", begin)
        case "le":
            return where.numbered(f"{column} < {zero}", end)
    within = where.numbered(f"{column} >= {zero} AND {column} < {one}", begin, end)
    return f"NOT ({within})" if prefix == "ne" else f"({within})"


def _date_at(where: Where, place: Place, prefix: str, begin: Any, end: Any) -> str:
    tail = ""
    match place.datatype:
        case "Period":
            low = "coalesce(earliest_moment(n ->> 'start'), '-infinity')"
            high = "coalesce(latest_moment(n ->> 'end'), 'infinity')"
        case "Timing":
            low, high, tail = "earliest_moment(n #>> '{{}}')", "latest_moment(n #>> '{{}}')", ".event"
        case _:
            low, high = "earliest_moment(n #>> '{{}}')", "latest_moment(n #>> '{{}}')"
    test, values = read.compared(prefix, low, high, begin, end)
    return at(where, place, where.numbered(_typed(test, "timestamptz"), *values), tail + "[*]")


def _typed(test: str, kind: str) -> str:
    return test.replace("{0}", "{0}::" + kind).replace("{1}", "{1}::" + kind)


# --- string, uri, number, quantity ----------------------------------------------------------------------

_PARTS = {
    "HumanName": (".text", ".family", ".given[*]", ".prefix[*]", ".suffix[*]"),
    "Address": (".text", ".line[*]", ".city", ".district", ".state", ".postalCode", ".country"),
}


def _string(where: Where, param: Param, modifier: str, given: Sequence[str]) -> str:
    if modifier not in ("", "exact", "contains"):
        raise unfit(param, modifier)
    options = []
    for value in given:
        anywhere = modifier == "contains"
        asked = read.plain(value) if modifier == "exact" else read.words(value, anywhere=anywhere)
        test = where.numbered(f"{TEXT} {'=' if modifier == 'exact' else '~*'} {{0}}::text", asked)
        found = any_of([at(where, p, test, t) for p in param.places for t in _PARTS.get(p.datatype, ("[*]",))])
        if param.column == "person_name":  # the folded name is a sieve before bodies are opened
            folded = where.numbered("{0}::text", f"%{escaped(rules.fold(read.plain(value)))}%")
            sieve = f"r.person_id IN (SELECT p.person_id FROM person p WHERE p.name LIKE {folded})"
            found = f"({sieve} AND {found})"
        options.append(found)
    return any_of(options)


def escaped(text: str) -> str:
    """Text for LIKE that means itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def _uri(where: Where, param: Param, modifier: str, given: Sequence[str]) -> str:
    if modifier not in ("", "below"):
        raise unfit(param, modifier)
    options = []
    for value in given:
        test = "starts_with(" + TEXT + ", {0}::text)" if modifier else TEXT + " = {0}::text"
        options += [at(where, p, where.numbered(test, read.plain(value)), "[*]") for p in param.places]
    return any_of(options)


def _number(where: Where, param: Param, modifier: str, given: Sequence[str]) -> str:
    if modifier:
        raise unfit(param, modifier)
    options = []
    for value in given:
        for p in param.places:
            low, high = (
                ("(n #>> '{{low,value}}')", "(n #>> '{{high,value}}')") if p.datatype == "Range" else (TEXT,) * 2
            )
            options.append(at(where, p, _measured(where, read.amount(value), low, high), "[*]"))
    return any_of(options)


def _measured(where: Where, asked: read.Amount, low: str, high: str) -> str:
    low, high = f"({low})::numeric", f"({high})::numeric"
    signs = {
        "gt": (high, ">"),
        "ge": (high, ">="),
        "lt": (low, "<"),
        "le": (low, "<="),
        "sa": (low, ">"),
        "eb": (high, "<"),
    }
    if asked.prefix in signs:
        side, sign = signs[asked.prefix]
        return where.numbered(f"{side} {sign} {{0}}::numeric", asked.exact)
    within = where.numbered(f"({low} >= {{0}}::numeric AND {high} < {{1}}::numeric)", asked.low, asked.high)
    return f"NOT {within}" if asked.prefix == "ne" else within


def _quantity(where: Where, param: Param, modifier: str, given: Sequence[str]) -> str:
    """`5.4`, `gt5.4|http://unitsofmeasure.org|mg`, `5.4||mg` (the code or the printed unit)."""
    if modifier:
        raise unfit(param, modifier)
    options = []
    for value in given:
        number, system, unit = ([*value.split("|"), "", ""])[:3]
        asked = read.amount(number)
        for p in param.places:
            options.append(_quantity_at(where, p, asked, CANONICAL[system] if system else "", read.plain(unit)))
    return any_of(options)


def _quantity_at(where: Where, place: Place, asked: read.Amount, system: str, unit: str) -> str:
    low, high = "n ->> 'value'", "n ->> 'value'"
    if place.datatype == "Range":
        low, high = "n #>> '{{low,value}}'", "n #>> '{{high,value}}'"
    tests = [_measured(where, asked, low, high)]
    if system:
        tests.append(where.numbered("n ->> 'system' = {0}::text", system))
    if unit:
        tests.append(where.numbered("{0}::text IN (n ->> 'code', n ->> 'unit', n ->> 'currency')", unit))
    return at(where, place, " AND ".join(tests), "[*]")


_KINDS: dict[str, Callable[[Where, Param, str, Sequence[str]], str | None]] = {
    "token": _token,
    "reference": _reference,
    "date": _date,
    "string": _string,
    "uri": _uri,
    "number": _number,
    "quantity": _quantity,
}
