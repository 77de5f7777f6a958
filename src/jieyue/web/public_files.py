"""What everybody may take away of a release: one row a figure as CSV and SDMX-CSV, and the words for both."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jieyue.apps.exchange.export_gate import safe_text
from jieyue.apps.trees.boundaries import Boundaries
from jieyue.domain.completeness import Status

WITHHELD = "※"
#: SDMX cross-domain code lists: CL_OBS_STATUS and CL_CONF_STATUS.
_OBS_STATUS = {Status.FINAL.value: "A", Status.PROVISIONAL.value: "P", Status.MISSING.value: "M"}
_FREE, _CONFIDENTIAL = "F", "C"
_TOTAL = "_T"
_FLOW = "JIEYUE:PUBLIC_INSTITUTIONS(1.0)"

Document = Mapping[str, Any]


def data_csv(document: Document) -> bytes:
    """One row a cell and indicator: names in Chinese and English, a withheld value as ※, a missing one empty."""
    heads = (
        "period",
        "kind",
        "code",
        "name_zh",
        "name_en",
        "institutions",
        "indicator",
        "value",
        "unit",
        "status",
    )
    return _csv(heads, _data_rows(document))


def _data_rows(document: Document) -> Iterator[Sequence[str]]:
    for cell, one, shown in _observations(document):
        count = cell["institutions"]
        head = (document["period"], cell["kind"], cell["code"], cell["name_zh"], cell["name_en"])
        value = WITHHELD if shown is None else shown["display"] or ""
        status = "withheld" if shown is None else shown["status"]
        yield (*head, WITHHELD if count is None else str(count), one["code"], value, one["unit"], status)


def sdmx_csv(document: Document) -> bytes:
    """SDMX-CSV 2.0: a dimension a column, the value, its unit, whether it is final and whether it is withheld."""
    heads = (
        "STRUCTURE", "STRUCTURE_ID", "ACTION", "FREQ", "REF_AREA", "INSTITUTION_TYPE", "INDICATOR", "TIME_PERIOD",
        "OBS_VALUE", "UNIT_MEASURE", "DECIMALS", "OBS_STATUS", "CONF_STATUS",
    )  # fmt: skip
    return _csv(heads, _sdmx_rows(document))


def _sdmx_rows(document: Document) -> Iterator[Sequence[str]]:
    for cell, one, shown in _observations(document):
        area = cell["code"] if cell["kind"] == "area" else _TOTAL
        kind = cell["code"] if cell["kind"] == "type" else _TOTAL
        yield (
            "dataflow", _FLOW, "I", "A", area, kind, one["code"], document["period"],
            "" if shown is None else shown["display"] or "",
            one["unit"],
            str(one["decimals"]),
            "M" if shown is None else _OBS_STATUS[shown["status"]],
            _CONFIDENTIAL if shown is None else _FREE,
        )  # fmt: skip


def quantiles_csv(document: Document) -> bytes:
    """One row a type and intensity: n, P20, P50, P80; withheld ones as ※."""
    heads = ("period", "type", "name_zh", "name_en", "indicator", "n", "p20", "p50", "p80", "unit")
    units = {one["code"]: one["unit"] for one in document["indicators"]}
    rows = []
    for one in document.get("quantiles", []):
        head = (document["period"], one["code"], one["name_zh"], one["name_en"])
        for code, found in one["values"].items():
            said = (
                [WITHHELD] * 4 if found is None else [str(found[name]) for name in ("n", "p20", "p50", "p80")]
            )
            rows.append((*head, code, *said, units[code]))
    return _csv(heads, rows)


def areas_geojson(document: Document, file: Boundaries) -> bytes:
    """The areas of the release on the loaded boundaries; a withheld value is null with its flag."""
    codes = [one["code"] for one in document["indicators"]]
    values: dict[str, dict[str, object]] = {}
    for cell in document["cells"]:
        if cell["kind"] == "area":
            shown = {code: cell["values"].get(code) or {} for code in codes}
            values[cell["code"]] = {
                "name_zh": cell["name_zh"],
                "name_en": cell["name_en"],
                "period": document["period"],
                "withheld": bool(cell["withheld"]),
                "institutions": cell["institutions"],
                **{code: _number(one.get("display")) for code, one in shown.items()},
                "status": {code: one.get("status", "withheld") for code, one in shown.items()},
            }
    content = {"units": {one["code"]: one["unit"] for one in document["indicators"]}}
    return json.dumps(content | file.public_geojson(values), ensure_ascii=False).encode()


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)


def dictionary_csv(document: Document) -> bytes:
    """The words: every indicator with unit, decimals and source, and every column of the data."""
    heads = ("kind", "code", "name_zh", "name_en", "unit", "decimals", "source")
    rows = [
        ("indicator", one["code"], one["name_zh"], one["name_en"], one["unit"], str(one["decimals"]),
         " ".join(part for part in (one["source"], one["document"]) if part))
        for one in document["indicators"]
    ]  # fmt: skip
    return _csv(heads, [*rows, *(("column", code, zh, en, "", "", "") for code, zh, en in _COLUMNS)])


_COLUMNS = (
    ("period", "期间", "Period"),
    (
        "kind",
        "口径：city 全市，area 地区，type 机构类型",
        "Kind of cell: whole city, area, type of institution",
    ),
    ("code", "代码", "Code"),
    ("institutions", "机构数", "Number of institutions"),
    (
        "value",
        "值；※ 为保护机构不显示；空为没有数",
        "Value; ※ withheld to protect institutions; empty: no number",
    ),
    (
        "status",
        "final 终值，provisional 初步，missing 缺数，withheld 不显示",
        "Final, provisional, missing, withheld",
    ),
    ("n", "分位所依据的机构数", "Number of institutions behind the quantiles"),
    (
        "p20, p50, p80",
        "本系统同类分位，非定额：该位次附近几家的平均；※ 为保护机构不显示",
        "Quantiles of the type in this system, no quota: the mean of a few institutions around the rank; ※ withheld",
    ),
    ("OBS_STATUS", "A 终值，P 初步，M 缺数", "A final, P provisional, M missing (SDMX CL_OBS_STATUS)"),
    ("CONF_STATUS", "F 公开，C 不显示", "F free, C withheld (SDMX CL_CONF_STATUS)"),
)


def _observations(
    document: Document,
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any] | None]]:
    """(cell, indicator, figure); figure None: withheld."""
    for cell in document["cells"]:
        for one in document["indicators"]:
            yield cell, one, None if cell["withheld"] else cell["values"][one["code"]]


def _csv(heads: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> bytes:
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([safe_text(text) for text in row] for row in rows)
    return sink.getvalue().encode("utf-8-sig")
