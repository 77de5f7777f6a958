"""Words of the catalog in the language of the page: names, units, numbers as people read them."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.review.words import Said
from jieyue.catalog.errors import UnknownRuleError
from jieyue.domain.period import Period, PeriodError, PeriodKind

MISSING_TEXT = "—"


def is_chinese() -> bool:
    """Whether the page is read in Chinese."""
    return (get_language() or "").startswith("zh")


def local(thing: Any, name: str = "name") -> str:
    """`name_zh` or `name_en` of an object, whichever the page speaks; the other if it is blank."""
    first, second = ("zh", "en") if is_chinese() else ("en", "zh")
    return str(getattr(thing, f"{name}_{first}", "") or getattr(thing, f"{name}_{second}", ""))


def unit(code: str) -> str:
    """A unit as people write it: `kgce/m2` → 千克标准煤/平方米 or kgce/m²; a bare ratio has none."""
    try:
        return home_catalog().unit_symbol(code, "zh" if is_chinese() else "en")
    except UnknownRuleError:
        return code


def judged_by(numbers: Iterable[Said]) -> str:
    """The numbers that a rule judged by, with their units, on one line."""
    chinese = is_chinese()
    parts = (
        f"{one.name_zh if chinese else one.name_en} {judged_value(one)}{'' if chinese or not one.unit else ' '}"
        f"{unit(one.unit) if one.unit else ''}"
        for one in numbers
    )
    return clauses(parts)


def judged_value(one: Said) -> str:
    """A number that a rule judged by, as numbers and periods are written on pages; the code of another institution."""
    if one.kind == "period":
        return period_name(one.value)
    return one.value if one.kind == "institution" else grouped(one.value)


def indicator_name(code: str) -> str:
    """An indicator's name from the catalog."""
    return local(home_catalog().indicator(code))


def level_name(level: str) -> str:
    """An administrative level in words; a word of the authority's own stays as it is."""
    words = {
        "central": _("Central"),
        "municipal": _("Municipal"),
        "district": _("District or county"),
        "township": _("Town or street"),
    }
    return words.get(level, level) or MISSING_TEXT


def factor_set_name(code: str) -> str:
    """A factor set's name from the catalog, the code where it has none; a plan may name no set."""
    if not code:
        return _("none named")
    try:
        return local(home_catalog().factor_set(code).row) or code
    except UnknownRuleError:
        return code


def joined(texts: Iterable[str]) -> str:
    """Texts one after another, with the mark of the page's language between them."""
    return ("、" if is_chinese() else ", ").join(texts)


def enumerated(texts: Iterable[str]) -> str:
    """Words or numbers of one sentence one after another."""
    return ("，" if is_chinese() else ", ").join(texts)


def clauses(texts: Iterable[str]) -> str:
    """Parts of a sentence one after another, with the mark of the page's language between them."""
    return ("；" if is_chinese() else "; ").join(texts)


def bracketed(text: str, inside: object) -> str:
    """A text with more in brackets behind it, as the page's language writes them."""
    return f"{text}（{inside}）" if is_chinese() else f"{text} ({inside})".lstrip()


def labelled(label: str, text: str) -> str:
    """A text behind its label."""
    return f"{label}：{text}" if is_chinese() else f"{label}: {text}"


def grouped(text: str | None) -> str:
    """A decimal text with thousands separators: `1042700.00` → `1,042,700.00`; none gives a dash.

    >>> grouped("1042700.50"), grouped("-1234"), grouped(None)
    ('1,042,700.50', '-1,234', '—')
    """
    if text is None:
        return MISSING_TEXT
    sign, body = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, dot, decimals = body.partition(".")
    if not whole.isdigit():
        return text
    return f"{sign}{int(whole):,}{dot}{decimals}"


def amount_text(text: str | None, unit_code: str) -> str:
    """A decimal text with thousands separators; money always with its fen, so that a column of it lines up.

    >>> amount_text("29310.4", "yuan"), amount_text("29310.4", "kWh"), amount_text("5", "yuan")
    ('29,310.40', '29,310.4', '5.00')
    """
    shown = grouped(text)
    if text is None or unit_code != "yuan":
        return shown
    whole, _dot, fen = shown.partition(".")
    return f"{whole}.{fen:0<2}"


def period_name(text: str) -> str:
    """A period in words: 2025年, 2026年9月, 2026年1—9月, 2025年10月—2026年9月, 2025—2026年供暖季."""
    try:
        period = Period.parse(text)
    except PeriodError:
        return text
    first, last = period.start, period.last_day
    year, start, end = first.year, first.month, last.month
    if period.kind is PeriodKind.HEATING_SEASON:
        span = str(year) if year == last.year else f"{year}—{last.year}"
        return f"{span}年供暖季" if is_chinese() else f"heating season {span.replace('—', '–')}"
    if first.year != last.year:
        return _over_the_year(first, last)
    if (start, end) == (1, 12):
        return f"{year}年" if is_chinese() else str(year)
    if is_chinese():
        return f"{year}年{start}月" if start == end else f"{year}年{start}—{end}月"
    return f"{year}-{start:02}" if start == end else f"{year}-{start:02} to {end:02}"


def _over_the_year(first: date, last: date) -> str:
    """A span of months over the turn of a year."""
    if is_chinese():
        return f"{first.year}年{first.month}月—{last.year}年{last.month}月"
    return f"{first.year}-{first.month:02} to {last.year}-{last.month:02}"


def day(value: date | None) -> str:
    """A day, 2026-03-05 in both languages; the open ends are 最初 and 至今. Papers write 2026年3月5日."""
    if value is None:
        return MISSING_TEXT
    if value.year >= 9999:
        return _("until now")
    if value.year == 1:
        return _("from the beginning")
    return value.isoformat()


def percent(share: str | None, decimals: int = 1) -> str:
    """A share as a percentage: `0.9734` → `97.3%`. What is not quite the whole never reads 100%."""
    if share is None:
        return MISSING_TEXT
    from fractions import Fraction

    from jieyue.domain.rounding import display

    value = Fraction(share)
    text = display(value * 100, decimals)
    if value < 1 and Fraction(text) >= 100:
        return f"> {display(100 - Fraction(1, 10**decimals), decimals)}%"
    return f"{text}%"


def verb_words(verb: str) -> str:
    """What a role or token allows, in words; a verb of no page stays as it is."""
    words = {
        "view": _("read"),
        "enter": _("enter"),
        "submit": _("submit"),
        "withdraw": _("withdraw"),
        "pass": _("pass"),
        "return": _("send back"),
        "approve": _("approve"),
        "reopen": _("reopen"),
        "summarise": _("send summaries"),
        "publish": _("publish"),
        "import": _("import"),
        "push": _("send readings"),
        "extend": _("extend deadlines"),
        "lend": _("lend lists"),
        "manage_reporters": _("manage reporters"),
        "manage_registry": _("manage the directory"),
        "manage_schemes": _("manage schemes"),
        "grant": _("give roles"),
        "operate": _("operate the system"),
        "read_log": _("read the log"),
    }
    return words.get(verb, verb)
