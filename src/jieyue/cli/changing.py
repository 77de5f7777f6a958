"""`jieyue figures change|restate`: what changed between two periods, and what a restatement changed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from jieyue.cli.context import REFUSED, STATUS, emit, fail, options, say, table, text, with_home

Period = Annotated[str, typer.Option("--period", help="2025 | 2025-Q1 | 2025-03 | 2026-01..2026-10")]
Against = Annotated[str | None, typer.Option("--against", help="对比期间，默认上年同期 / the year before")]
Scope = Annotated[str, typer.Option("--scope", help="city, line:, area:, department:, type:, 机构代码")]
Indicators = Annotated[list[str] | None, typer.Option("--indicator", help="指标代码，可重复")]
FactorSet = Annotated[str | None, typer.Option("--factor-set", help="因子组，默认用规划的")]
Electricity = Annotated[
    str | None, typer.Option("--electricity-factor", help="plan | of-year | 年份 | 数值 | 名称")
]
Vehicles = Annotated[str | None, typer.Option("--vehicle-boundary", help="all_oil | official_vehicles")]
Boundaries = Annotated[str | None, typer.Option("--boundaries", help="then | now | 日期")]
Listed = Annotated[
    str | None,
    typer.Option(
        "--list", help="列出机构：not_reported | entries | exits | missing | appeared | moved_in | …"
    ),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="写到 .csv .xlsx .parquet")]


def add(app: typer.Typer) -> None:
    """Put both commands into the family of `figures`."""
    app.command("change")(with_home(change))
    app.command("restate")(with_home(restate))


def change(
    period: Period,
    against: Against = None,
    scope: Scope = "city",
    indicator: Indicators = None,
    factor_set: FactorSet = None,
    electricity_factor: Electricity = None,
    vehicle_boundary: Vehicles = None,
    boundaries: Boundaries = None,
    listed: Listed = None,
    output: Output = None,
) -> None:
    """比上期变了多少：按报送数、可比，以及新增、退出、未报、划转各占多少，相加等于总变化。 What changed, and why."""
    from jieyue.apps.accounts.change_document import documents

    method: dict[str, Any] = {
        "choice": {
            "factor_set": factor_set,
            "electricity_factor": electricity_factor,
            "vehicle_boundary": vehicle_boundary,
        },
        "boundaries": boundaries,
    }
    found = documents(scope, period, against, indicator, listed=listed, **method)
    if output is not None:
        rows = _listed_rows if listed is not None else _flat
        _write(output, [row for one in found for row in rows(one)])
    elif options.json:
        emit(found)
    else:
        for one in found:
            _show(one) if listed is None else _show_list(one)


def _show_list(one: Mapping[str, Any]) -> None:
    """The institutions of one group, with what they had and have."""
    from jieyue.apps.accounts.change_words import NAMES

    table(
        f"{_title(one)} {text(*NAMES[one['list']])}",
        [*(text(*pair) for pair in _LIST_HEADS), one["against"], one["period"]],
        [(row["code"], row["name"], row["then"], row["now"]) for row in one["institutions"]],
        right=[2, 3],
    )


def _listed_rows(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    kept = {name: one[name] for name in ("indicator", "scope", "period", "against", "unit", "list")}
    return [{**kept, **row} for row in one["institutions"]]


def _title(one: Mapping[str, Any]) -> str:
    from jieyue.apps.publication.rules import home_catalog

    name = getattr(home_catalog().indicator(one["indicator"]), text("name_zh", "name_en"))
    versus = text(f"{one['period']} 比 {one['against']}", f"{one['period']} against {one['against']}")
    return f"{one['scope']} {name} {versus}"


def _show(one: Mapping[str, Any]) -> None:
    """One indicator as a table: both figures, the change both ways, and the effects."""
    from jieyue.apps.accounts.change_words import plus
    from jieyue.apps.publication.rules import home_catalog

    symbol = home_catalog().unit_symbol(one["unit"], options.language)
    table(
        f"{_title(one)}（{symbol}）",
        [text(*pair) for pair in _HEADS],
        [
            (_indent(row) + text(row["name_zh"], row["name_en"]), _amount(row, row["row"]), plus(row["percent"]),
             row["institutions"], text(*STATUS[row["status"]]) if row["status"] else "", row["receipt"])
            for row in _flat(one)
        ],
        right=[1, 2, 3],
        whole=[5],
    )  # fmt: skip
    say(one["answer_zh"], one["answer_en"])
    weighted = one["now"]["completeness_weighted"]
    if weighted is not None and one["not_reported"]:
        from fractions import Fraction

        share = f"{float(Fraction(weighted) * 100):.1f}%"
        say(
            f"按 {one['against']} 的数加权，完整率 {share}。",
            f"Completeness, weighted by {one['against']}: {share}.",
        )
    for note in one["notes"]:
        say(note["zh"], note["en"])


def _amount(row: Mapping[str, Any], code: str) -> str | None:
    """A figure as it is; a difference with its sign."""
    from jieyue.apps.accounts.change_words import plus

    shown: str | None = row["display"]
    return shown if code in ("then", "now", "old", "new") else plus(shown)


def _indent(row: Mapping[str, Any]) -> str:
    """Parts of the change stand under it."""
    return "" if row["row"] in ("then", "now", "reported") else "  "


def _flat(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A document as rows: then, now, the change as reported, like for like, the effects."""
    kept = {name: one[name] for name in ("indicator", "scope", "period", "against", "unit")}
    empty = {"percent": None, "reason": None, "institutions": None, "status": None, "receipt": None}

    def row(code: str, zh: str, en: str, said: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        head = {**kept, "row": code, "name_zh": zh, "name_en": en}
        return {**head, "value": said["value"], "display": said["display"], **empty, **more}

    alike = one["like_for_like"]
    rows = [
        row(side, f"{one[side]['period']} 报送数", f"{one[side]['period']} as reported", one[side],
            status=one[side]["status"], receipt=one[side]["receipt"])
        for side in ("then", "now")
    ]  # fmt: skip
    reported = one["reported"]
    rows.append(
        row("reported", "按报送数的变化", "Change as reported", reported, status=one["status"],
            percent=reported["percent"], reason=reported["reason"])
    )  # fmt: skip
    for each in one["effects"]:
        percent = alike["percent"] if each["code"] == "like_for_like" else None
        rows.append(
            row(each["code"], each["name_zh"], each["name_en"], each,
                institutions=each["institutions"], percent=percent)
        )  # fmt: skip
    return rows


def _write(output: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    from jieyue.cli.exporting import done, write

    heads = list(rows[0]) if rows else []
    write(output, heads, ([_number(*cell) for cell in row.items()] for row in rows), "utf-8-sig")
    done(output, len(rows))


def _number(name: str, value: Any) -> Any:
    """Numbers go into a file as numbers: a text with a minus would be taken for a formula."""
    numeric = name in ("value", "display", "percent", "then", "now") and isinstance(value, str)
    return Decimal(value) if numeric else value


def restate(
    period: Annotated[str | None, typer.Option("--period", help="2025 | 2025-Q1 | 2025-03")] = None,
    scope: Scope = "city",
    indicator: Indicators = None,
    receipt: Annotated[
        str | None,
        typer.Option("--from", help="当时的数的凭据；默认按规划方法和当时的边界 / a figure once given"),
    ] = None,
    factor_set: FactorSet = None,
    electricity_factor: Electricity = None,
    vehicle_boundary: Vehicles = None,
    boundaries: Annotated[str, typer.Option("--boundaries", help="now | then | 日期")] = "now",
) -> None:
    """按现在的边界（或数据、因子、方法）重述过去的数：四项影响相加等于新旧之差。 A past figure restated."""
    from jieyue.apps.accounts import restate_document as docs

    choice = {
        "factor_set": factor_set,
        "electricity_factor": electricity_factor,
        "vehicle_boundary": vehicle_boundary,
    }
    if (period is None) == (receipt is None):
        fail(
            REFUSED,
            "请给出 --period（连同 --scope、--indicator），或用 --from 给出一个凭据，二者取一",
            "give --period (with --scope and --indicator) or a receipt by --from: one of the two",
            code="period_or_receipt",
        )
    if receipt is not None:
        found = [docs.of_receipt(receipt, choice=choice, boundaries=boundaries)]
    else:
        found = docs.of_period(scope, str(period), indicator, choice=choice, boundaries=boundaries)
    if options.json:
        emit(found)
        return
    from jieyue.apps.publication.rules import home_catalog

    for one in found:
        name = getattr(home_catalog().indicator(one["indicator"]), text("name_zh", "name_en"))
        symbol = home_catalog().unit_symbol(one["unit"], options.language)
        table(
            text(f"{one['scope']} {one['period']} {name}的重述（{symbol}）",
                 f"{one['scope']} {one['period']} {name}, restated ({symbol})"),
            [text(*pair) for pair in _RESTATE_HEADS],
            [
                (text(row["name_zh"], row["name_en"]), _amount(row, row["code"]), row["receipt"])
                for row in one["rows"]
            ],
            right=[1],
            whole=[2],
        )  # fmt: skip


_HEADS = (
    ("项目", "part"),
    ("数值", "value"),
    ("%", "%"),
    ("机构", "institutions"),
    ("状态", "status"),
    ("回执", "receipt"),
)
_LIST_HEADS = (("代码", "code"), ("机构", "institution"))
_RESTATE_HEADS = (("项目", "part"), ("数值", "value"), ("回执", "receipt"))
