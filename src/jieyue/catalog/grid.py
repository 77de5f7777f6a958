"""Which electricity factor a year takes."""

import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from jieyue.catalog.errors import UnknownRuleError
from jieyue.catalog.model import GridFactor, GridFactorRow
from jieyue.catalog.strict import parse_number

OF_YEAR = "of-year"
_YEAR = re.compile(r"(?:19|20|21)\d{2}", re.ASCII)
_VALUE = re.compile(r"\d+\.\d+", re.ASCII)

Choice = str | int | Decimal | Fraction


def choose(rows: Iterable[GridFactorRow], region: str, year: int, choice: Choice) -> GridFactor | None:
    """The electricity factor [kgCO2/kWh] of ``region`` for ``year`` under ``choice``.

    ``of-year``: that year's published factor, else the latest earlier one, else the earliest later one.
    A year (``2022``): that year's published factor. A key (``chongqing-2018``): the row of that name.
    A number (``0.4743``, always with a point as text): the number itself. None if the region has no
    published factor; `UnknownRuleError` if a named year, key or text is not in the catalog.
    """
    text = str(choice).strip()
    if isinstance(choice, Decimal | Fraction) or _VALUE.fullmatch(text):
        return _stated(region, year, choice if isinstance(choice, Fraction) else _exact(text), text)
    local = [row for row in rows if row.region == region]
    series = {row.year: row for row in local if not row.key}
    if text == OF_YEAR:
        return _of_year(series, region, year)
    if _YEAR.fullmatch(text):
        return _explicit(series, region, year, int(text))
    for row in local:
        if text and row.key == text:
            return _taken(
                row,
                region,
                year,
                label=text,
                zh=f"按名称选用“{text}”（{row.year}年，{row.source}）",
                en=f"chosen by name: {text} ({row.year})",
            )
    names = ", ".join(row.key for row in local if row.key) or "—"
    raise UnknownRuleError(
        "电力因子",
        "electricity factor",
        text,
        hint_zh=f"可用的名称：{names}。",
        hint_en=f"Known names: {names}.",
    )


def _exact(text: str) -> Fraction:
    try:
        return parse_number(text)
    except ValueError:
        raise UnknownRuleError(
            "电力因子",
            "electricity factor",
            text,
            hint_zh="数值请写成 0.5581。",
            hint_en="Write a number as 0.5581.",
        ) from None


def _of_year(series: dict[int, GridFactorRow], region: str, year: int) -> GridFactor | None:
    if not series:
        return None
    if year in series:
        return _explicit(series, region, year, year)
    earlier = [known for known in series if known < year]
    used = max(earlier) if earlier else min(series)
    which_zh, which_en = ("最近的较早", "latest earlier") if earlier else ("最早的较晚", "earliest later")
    return _taken(
        series[used],
        region,
        year,
        label=str(used),
        zh=f"{year}年的因子未公布，取{which_zh}年份{used}年的",
        en=f"no factor is published for {year}; the {which_en} one, of {used}, is taken",
    )


def _explicit(series: dict[int, GridFactorRow], region: str, year: int, wanted: int) -> GridFactor:
    if wanted not in series:
        years = ", ".join(map(str, sorted(series))) or "—"
        raise UnknownRuleError(
            f"{region} 的电力因子年份",
            f"electricity factor of {region} for the year",
            str(wanted),
            hint_zh=f"已公布：{years}。",
            hint_en=f"Published: {years}.",
        )
    same = wanted == year
    return _taken(
        series[wanted],
        region,
        year,
        label=str(wanted),
        zh=f"{wanted}年公布的因子" if same else f"指定用{wanted}年的因子",
        en=f"the factor published for {wanted}" if same else f"the factor of {wanted}, as asked",
    )


def _taken(row: GridFactorRow, region: str, year: int, *, label: str, zh: str, en: str) -> GridFactor:
    return GridFactor(
        region=region,
        value=row.value,
        text=row.text,
        kind=row.kind,
        year_asked=year,
        year_used=row.year,
        label=label,
        reason_zh=zh,
        reason_en=en,
        source=row.source,
        document=row.document,
        issuer=row.issuer,
        confidence=row.confidence,
        verified=row.verified,
        note=row.note,
    )


def _stated(region: str, year: int, value: Fraction, text: str) -> GridFactor:
    return GridFactor(
        region=region,
        value=value,
        text=text,
        kind="stated",
        year_asked=year,
        year_used=None,
        label=text,
        reason_zh="使用者指定的数值",
        reason_en="a value stated by the user",
        source="使用者指定",
        confidence="low",
        verified=False,
    )
