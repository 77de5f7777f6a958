"""Take in a list of calibrations 检定: which physical meter, when, until when it holds, by which certificate."""

from datetime import date
from typing import Any, Final

from jieyue.apps.exchange.dates import parse_date
from jieyue.apps.exchange.list_import import ListChoice, ListOutcome, Taken, take_list
from jieyue.apps.exchange.lists import ListKind, ListRow, ParsedList
from jieyue.apps.exchange.models import Batch
from jieyue.apps.exchange.numbers import Refusal, clean
from jieyue.apps.exchange.reader import Cell, text_of
from jieyue.apps.exchange.result import Report
from jieyue.apps.metering.models import Calibration, MeterPeriod
from jieyue.apps.metering.points import numbers_of

_LONGEST: Final = {"meter": 60, "serial": 60, "certificate": 100, "body": 200}
_DATES: Final = ("calibrated_on", "valid_until")


def _read(name: str, cell: Cell, date_1904: bool) -> Any:
    if name in _DATES:
        return parse_date(cell, date_1904=date_1904)
    text = clean(text_of(cell))
    return text if len(text) <= _LONGEST[name] else Refusal("text_too_long", _LONGEST[name])


KIND: Final = ListKind(
    columns={
        "meter": ("计量点", "计量点代码", "表号", "表计编号", "meter id", "point"),
        "serial": ("出厂编号", "表计出厂编号", "资产编号", "serial number"),
        "calibrated_on": ("检定日期", "校准日期", "calibrated on", "calibration date"),
        "valid_until": ("有效期至", "下次检定日期", "valid until", "next due"),
        "certificate": ("证书编号", "检定证书编号", "certificate number"),
        "body": ("检定机构", "校准机构", "calibrated by"),
    },
    required=("meter", "calibrated_on"),
    key=("meter", "serial", "calibrated_on"),
    read=_read,
)


def import_calibrations(
    content: bytes, name: str, choice: ListChoice, *, actor: str, batch: Batch | None = None
) -> ListOutcome:
    """Store a list of calibrations. Without a serial number a row speaks of the meter that served the point that day.

    The same again is a duplicate; another certificate or end of the same calibration needs `restate`, and the log keeps
    what it replaces.
    """
    return take_list(
        Taken("metering", "calibrations", KIND, _look, _store),
        content,
        name,
        choice,
        actor=actor,
        batch=batch,
    )


def _look(parsed: ParsedList, restate: bool) -> None:
    points = numbers_of({row.values["meter"] for row in parsed.rows})
    served = _serials(points)
    stored = {(one.point_id, one.serial, one.on): one for one in _stored(points)}
    seen: dict[tuple[int, str, date], tuple[int, Calibration]] = {}
    for row in parsed.rows:
        said, report = row.values, parsed.report
        number = points.get(said["meter"])
        if number is None:
            report.reject(row.row, "calibration_meter", column="meter", value=said["meter"])
            continue
        serial = _serial(row, served.get(number, []))
        if serial is None:
            _tell_no_meter(row, report)
            continue
        if said.get("valid_until") is not None and said["valid_until"] <= said["calibrated_on"]:
            report.reject(row.row, "calibration_span", column="valid_until", value=str(said["valid_until"]))
            continue
        made = _made(row, number, serial)
        first, same = seen.setdefault((number, serial, made.on), (row.row, made))
        if same is not made:
            code = "duplicate_in_file" if _said(same) == _said(made) else "conflict_in_file"
            report.reject(row.row, code, first=first, key=f"{said['meter']} {serial} {made.on}")
            continue
        before = stored.get((number, serial, made.on))
        if before is None:
            continue
        if _said(before) == _said(made):
            report.duplicate(row.row, "duplicate_in_store")
        elif not restate:
            report.reject(
                row.row, "conflict", column="valid_until", value=str(said.get("valid_until", "")),
                stored=str(before.due or ""), key=f"{said['meter']} {said['calibrated_on']}",
            )  # fmt: skip


def _tell_no_meter(row: ListRow, report: Report) -> None:
    serial, day = row.values.get("serial"), row.values["calibrated_on"]
    if serial is None:
        report.reject(row.row, "calibration_day", column="calibrated_on", value=str(day))
    else:
        report.reject(row.row, "calibration_serial", column="serial", value=serial)


def _store(rows: list[ListRow], batch: int, actor: str) -> list[dict[str, Any]]:
    points = numbers_of({row.values["meter"] for row in rows})
    served, replaced = _serials(points), []
    for row in rows:
        number = points[row.values["meter"]]
        made = _made(row, number, _serial(row, served.get(number, [])) or "")
        made.batch = batch
        stands = Calibration.objects.filter(point_id=number, serial=made.serial, on=made.on)
        replaced += [
            {"meter": row.values["meter"], "serial": one.serial, "calibrated_on": one.on, "valid_until": one.due,
             "certificate": one.certificate, "body": one.body}
            for one in stands
        ]  # fmt: skip
        stands.delete()
        made.save(force_insert=True)
    return replaced


def _made(row: ListRow, point: int, serial: str) -> Calibration:
    said = row.values
    return Calibration(
        point_id=point, serial=serial, on=said["calibrated_on"], due=said.get("valid_until"),
        certificate=said.get("certificate", ""), body=said.get("body", ""),
    )  # fmt: skip


def _said(row: Calibration) -> tuple[Any, ...]:
    return row.due, row.certificate, row.body


def _serials(points: dict[str, int]) -> dict[int, list[MeterPeriod]]:
    found: dict[int, list[MeterPeriod]] = {}
    for start in range(0, len(points), 500):
        few = list(points.values())[start : start + 500]
        for row in MeterPeriod.objects.as_of().filter(point_id__in=few).order_by("begins"):
            found.setdefault(row.point_id, []).append(row)
    return found


def _stored(points: dict[str, int]) -> list[Calibration]:
    numbers = list(points.values())
    parts = (numbers[start : start + 500] for start in range(0, len(numbers), 500))
    return [row for few in parts for row in Calibration.objects.filter(point_id__in=few)]


def _serial(row: ListRow, meters: list[MeterPeriod]) -> str | None:
    """The serial number of the meter that is meant; None: no such meter serves or served the point, or none did that
    day. One that was calibrated before it came is told by its number alone."""
    said, day = row.values.get("serial"), row.values["calibrated_on"]
    if said is not None:
        return said if any(one.serial == said for one in meters) else None
    there = [one for one in meters if one.valid_from <= day < one.valid_to]
    return there[-1].serial if there else None
