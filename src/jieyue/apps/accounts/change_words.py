"""A change in words: what each effect is called, what it means, and the answer to "are we really saving?"."""

from collections.abc import Callable
from fractions import Fraction

from jieyue.apps.accounts.changes import Change
from jieyue.apps.accounts.direction_words import in_percent
from jieyue.domain.change import Effect
from jieyue.domain.period import Period
from jieyue.domain.rounding import display

#: Effects in the order in which they are shown.
SHOWN = (
    Effect.LIKE_FOR_LIKE,
    Effect.ENTRIES,
    Effect.EXITS,
    Effect.MISSING,
    Effect.APPEARED,
    Effect.MOVED_IN,
    Effect.MOVED_OUT,
)
COMPOSITION, DECLARED, OWING = "composition", "declared", "not_reported"

NAMES = {
    "like_for_like": ("可比（同样的机构）", "Like for like (the same institutions)"),
    "entries": ("新增机构", "Entries (new institutions)"),
    "exits": ("退出机构", "Exits (closed or merged)"),
    "missing": ("未报", "Missing (reported before, not now)"),
    "appeared": ("补报", "Appeared (not reported before)"),
    "moved_in": ("划入", "Moved in"),
    "moved_out": ("划出", "Moved out"),
    COMPOSITION: ("机构构成", "Who is in the sum has changed"),
    DECLARED: ("公布总数，不能按机构分解", "A printed total that no institution stands behind"),
    OWING: ("应报未报", "Owe a return and have not reported"),
}
#: What an official should make of each.
MEANINGS = {
    "like_for_like": (
        "两期都报全的机构，用多了还是用少了",
        "Reported whole periods both times: real use, up or down",
    ),
    "entries": (
        "上期尚无或年中设立，不是用能增长",
        "Not there before or founded within the period: no growth of use",
    ),
    "exits": ("已撤销、合并，或期中结束；不是节约", "Closed, merged or ended within the period: no saving"),
    "missing": ("上期报了，本期没有报来；不是节约", "The numbers did not come: no saving"),
    "appeared": ("上期没有报来，本期报了；不是用能增长", "They were missing before: no growth of use"),
    "moved_in": ("由别处划来，边界变动", "Came from elsewhere: boundaries moved"),
    "moved_out": ("划归别处，边界变动", "Went elsewhere: boundaries moved"),
    COMPOSITION: (
        "新设、撤并、未报、划转使强度变化的部分",
        "What entries, exits, missing returns and moves did to the ratio",
    ),
    DECLARED: ("一期只有公布的总数", "One period has a printed total only"),
    OWING: ("本期应报而没有报全的机构", "Institutions that owe the period and have not reported all of it"),
}
REASONS = {
    "no_base": ("无可比基数", "no base to compare with"),
    "no_current": ("本期缺数", "missing this time"),
}


def code_of(effect: Effect) -> str:
    """The effect as documents name it: `like_for_like`."""
    return effect.name.lower()


def plus(text: str | None) -> str | None:
    """A difference as people write it: `738` → `+738`; `-0.40`, `0.00` and None stay.

    >>> plus("738"), plus("-0.40"), plus("0.00"), plus(None)
    ('+738', '-0.40', '0.00', None)
    """
    grows = text is not None and not text.startswith("-") and any(digit in text for digit in "123456789")
    return f"+{text}" if grows else text


def percent(share: Fraction | None) -> str | None:
    """A relative change in percent, rounded: `1.0`."""
    return None if share is None else display(share * 100, 1)


def part_of_whole(share: Fraction | None) -> str | None:
    """A share of a whole in percent, rounded; what is not quite the whole never reads 100.

    >>> part_of_whole(Fraction(1)), part_of_whole(Fraction(9999, 10000)), part_of_whole(Fraction(1, 8))
    ('100.0', '> 99.9', '12.5')
    """
    text = percent(share)
    return "> 99.9" if share is not None and share < 1 and text == "100.0" else text


def answer(change: Change, then: str, now: str) -> tuple[str, str]:
    """One sentence each in Chinese and English: as reported, like for like, and who did not report."""
    as_reported, alike = change.relative.value, change.like_for_like_relative.value
    if change.then is None and change.now is None:
        return f"{then} 和 {now} 都没有报来的数。", f"Nothing was reported for {then} or {now}."
    if as_reported is None or alike is None:
        gone = then if change.then is None else now if change.now is None else ""
        zh = f"{gone} 没有报来的数，无法比较。" if gone else "没有两期都报全的机构，只能按报送数看。"
        en = (
            f"Nothing was reported for {gone}: there is no comparison."
            if gone
            else "No institution reported whole periods both times: only the numbers as reported can be read."
        )
    else:
        same = f"{change.institutions:,}"
        base, (reported_zh, reported_en), (alike_zh, alike_en) = (
            _base(change),
            in_percent(as_reported),
            in_percent(alike),
        )
        zh = f"按报送数{base[0]}{reported_zh}，可比口径{alike_zh}（同样的 {same} 家机构）。"
        en = f"As reported {reported_en}{base[1]}; like for like {alike_en}, over the same {same} institutions."
    owing = change.owes
    if owing:
        blank = " " if now.isascii() else ""
        zh += f"{now}{blank}有 {owing:,} 家应报未报或未审核，少掉的数不是节约。"
        are = "institution has" if owing == 1 else "institutions have"
        en += f" {owing:,} {are} no approved return of {now}: what is missing is not saved."
    return zh, en


def _base(change: Change) -> tuple[str, str]:
    """What a change is against, where it has a name of its own: 同比 or 环比."""
    then, now = (Period.parse(row.period) for row in change.rows)
    if then == now.previous_year():
        return "同比", " on the year before"
    if then == now.previous():
        return "环比", " on the period before"
    return "", ""


def bridge_sentence(
    change: Change, indicator: str, period: Callable[[str], str], amount: Callable[[Fraction], str], unit: str
) -> tuple[str, str]:
    """What the bridge shows: the change, how much of it is like for like, and what was not reported."""
    then, now = (period(row.period) for row in change.rows)
    zh, en = f"{now}{indicator}比{then}", f"{now}: {indicator}"
    if change.total is None or change.then is None:
        gone = then if change.then is None else now
        return f"{now}{indicator}：{gone}没有数，不能相比", f"{en}: no figure for {gone}, nothing to compare"
    zh, en = (
        zh + _way(change.total, amount, unit)[0],
        f"{en} {_way(change.total, amount, unit)[1]} against {then}",
    )
    before, after = change.like_for_like
    if before is not None and after is not None:
        way = _way(after - before, amount, unit)
        zh, en = f"{zh}，其中可比{way[0]}", f"{en}; like for like {way[1]}"
    lost = None if change.split is None else Fraction(change.split.effects[Effect.MISSING])
    if lost:
        zh += f"，未报少计 {amount(-lost)} {unit}，不是节约"
        en += f"; {amount(-lost)} {unit} were not reported, which is no saving"
    return zh, en


def _way(moved: Fraction, amount: Callable[[Fraction], str], unit: str) -> tuple[str, str]:
    """The amount with its direction word, by what is printed of it."""
    text = amount(abs(moved))
    if not any(digit in text for digit in "123456789"):
        return "持平", "did not change"
    return (f"增加 {text} {unit}", f"rose by {text} {unit}") if moved > 0 else (
        f"减少 {text} {unit}", f"fell by {text} {unit}"
    )  # fmt: skip
