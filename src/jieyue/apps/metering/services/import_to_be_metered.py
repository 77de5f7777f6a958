"""Take in a list of places that should be metered 应装清单: the denominators of the equipping rates, never invented."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.conf import settings

from jieyue.apps.exchange.dates import parse_date
from jieyue.apps.exchange.list_import import ListChoice, ListOutcome, Taken, take_list
from jieyue.apps.exchange.lists import ListKind, ListRow, ParsedList
from jieyue.apps.exchange.models import Batch
from jieyue.apps.exchange.numbers import Refusal, clean
from jieyue.apps.exchange.reader import Cell, text_of
from jieyue.apps.exchange.result import REJECTED
from jieyue.apps.metering.models import PointVersion, ToBeMetered
from jieyue.apps.metering.points import numbers_of
from jieyue.apps.registry.queries import by_code
from jieyue.domain.tree import OPEN_END

_LONGEST: Final = {"institution": 60, "place": 200, "meter": 60}
_BEGINNING: Final = date(1, 1, 1)
WORDS: Final = {
    "water1": "water1", "一级": "water1", "用水一级": "water1", "水一级": "water1",
    "water2": "water2", "二级": "water2", "用水二级": "water2", "水二级": "water2",
    "water3": "water3", "三级": "water3", "用水三级": "water3", "水三级": "water3",
    "system": "system", "系统": "system", "重点用能系统": "system", "重点用能系统和部位": "system", "部位": "system",
}  # fmt: skip


def _read(name: str, cell: Cell, date_1904: bool) -> Any:
    if name in ("valid_from", "valid_to"):
        return parse_date(cell, date_1904=date_1904)
    text = clean(text_of(cell))
    if name == "kind":
        return WORDS.get(text.lower(), Refusal("meter_word"))
    return text if len(text) <= _LONGEST[name] else Refusal("text_too_long", _LONGEST[name])


KIND: Final = ListKind(
    columns={
        "institution": ("机构", "机构代码", "单位代码", "institution code"),
        "kind": ("类别", "级别", "应装类别", "level"),
        "place": ("部位", "应装部位", "名称", "系统或部位", "place to be metered"),
        "meter": ("计量点", "计量点代码", "表号", "meter id", "point"),
        "valid_from": ("启用日期", "生效日期", "valid from"),
        "valid_to": ("停用日期", "失效日期", "valid to"),
    },
    required=("institution", "kind", "place"),
    key=("institution", "kind", "place"),
    read=_read,
    known={"kind": "water1 一级, water2 二级, water3 三级, system 系统"},
)


def import_to_be_metered(
    content: bytes, name: str, choice: ListChoice, *, actor: str, batch: Batch | None = None
) -> ListOutcome:
    """Store a list of places. A row says what holds of its place; another meter than is stored needs no reason, for
    meters come and go; another span of days needs `restate`. The log keeps what is replaced."""
    return take_list(
        Taken("metering", "to_be_metered", KIND, _look, _store),
        content,
        name,
        choice,
        actor=actor,
        batch=batch,
    )


def _look(parsed: ParsedList, restate: bool) -> None:
    institutions = by_code({row.values["institution"] for row in parsed.rows})
    points = _points(parsed.rows)
    stored = _stored(institutions)
    for row in parsed.rows:
        said, report = row.values, parsed.report
        number = institutions.get(said["institution"])
        if number is None:
            report.reject(row.row, "unknown_institution", column="institution", value=said["institution"])
            continue
        if _wrong_meter(row, number, points):
            report.reject(row.row, "to_be_metered_meter", column="meter", value=said["meter"])
            continue
        made = _made(row, number)
        if made.valid_to <= made.valid_from:
            report.reject(row.row, "to_be_metered_span", column="valid_to", value=str(made.valid_to))
            continue
        before = stored.get((number, made.kind, made.place))
        if before is None:
            continue
        if _said(before) == _said(made):
            report.duplicate(row.row, "duplicate_in_store")
        elif (before.valid_from, before.valid_to) != (made.valid_from, made.valid_to) and not restate:
            report.reject(
                row.row, "conflict", column="valid_from", value=f"{made.valid_from} — {made.valid_to}",
                stored=f"{before.valid_from} — {before.valid_to}", key=f"{said['institution']} {made.place}",
            )  # fmt: skip
    _tell_shared(parsed, institutions, stored)


def _tell_shared(
    parsed: ParsedList, institutions: Mapping[str, int], stored: Mapping[tuple[int, str, str], ToBeMetered]
) -> None:
    """A meter that stands for several places at a time, of the supply of water or of systems: one of them lacks its
    own. Places that are stored count unless the file says anew what holds of them."""
    rows = [row for row in parsed.parsed if parsed.report.state(row.row) != REJECTED]
    made = [(row.row, _made(row, institutions[row.values["institution"]])) for row in rows]
    named = {(one.institution, one.kind, one.place) for _row, one in made}
    known: dict[tuple[int, bool, str], list[ToBeMetered]] = defaultdict(list)
    for key, place in stored.items():
        if key not in named:
            known[_meter_of(place)].append(place)
    for number, place in made:
        others = known[_meter_of(place)]
        other = next((one for one in others if _overlap(one, place)), None)
        if place.meter and other is not None:
            parsed.report.add(
                "to_be_metered_twice", row=number, column="meter", value=place.meter, other=other.place
            )
        others.append(place)


def _meter_of(place: ToBeMetered) -> tuple[int, bool, str]:
    return place.institution, place.kind == ToBeMetered.Kind.SYSTEM, place.meter


def _overlap(one: ToBeMetered, other: ToBeMetered) -> bool:
    return one.valid_from < other.valid_to and other.valid_from < one.valid_to


def _store(rows: list[ListRow], batch: int, actor: str) -> list[dict[str, Any]]:
    institutions = by_code({row.values["institution"] for row in rows})
    replaced = []
    for row in rows:
        made = _made(row, institutions[row.values["institution"]])
        made.batch = batch
        stands = ToBeMetered.objects.filter(institution=made.institution, kind=made.kind, place=made.place)
        replaced += [
            {"institution": row.values["institution"], "kind": one.kind, "place": one.place, "meter": one.meter,
             "valid_from": one.valid_from, "valid_to": one.valid_to}
            for one in stands
        ]  # fmt: skip
        stands.delete()
        made.save(force_insert=True)
    return replaced


def _made(row: ListRow, institution: int) -> ToBeMetered:
    said = row.values
    return ToBeMetered(
        institution=institution, kind=said["kind"], place=said["place"], meter=said.get("meter", ""),
        valid_from=said.get("valid_from", _BEGINNING), valid_to=said.get("valid_to", OPEN_END),
    )  # fmt: skip


def _said(row: ToBeMetered) -> tuple[Any, ...]:
    return row.meter, row.valid_from, row.valid_to


def _points(rows: list[ListRow]) -> Mapping[str, PointVersion]:
    """Code → what holds today of the points that are named."""
    numbers = numbers_of({row.values["meter"] for row in rows if "meter" in row.values})
    every = list(numbers.values())
    parts = (every[start : start + 500] for start in range(0, len(every), 500))
    today = PointVersion.objects.as_of().on(settings.JIEYUE_HOME.today())
    held = {row.point_id: row for few in parts for row in today.filter(point_id__in=few)}
    return {code: held[number] for code, number in numbers.items() if number in held}


def _wrong_meter(row: ListRow, institution: int, points: Mapping[str, PointVersion]) -> bool:
    """A meter that is not registered, serves another institution, or measures no water at a level of the supply."""
    code = row.values.get("meter")
    if not code:
        return False
    point = points.get(code)
    if point is None or point.institution != institution:
        return True
    return row.values["kind"] != "system" and point.carrier != "water"


def _stored(institutions: Mapping[str, int]) -> dict[tuple[int, str, str], ToBeMetered]:
    numbers = list(institutions.values())
    parts = (numbers[start : start + 500] for start in range(0, len(numbers), 500))
    rows = (row for few in parts for row in ToBeMetered.objects.filter(institution__in=few))
    return {(row.institution, row.kind, row.place): row for row in rows}
