"""The words of a reminder 催报: a text with the names, to paste into a work group, and a letter to one person."""

from collections.abc import Mapping, Sequence
from datetime import date

from jieyue.apps.obligations.board import Missing
from jieyue.apps.obligations.queries import DRAFT, NONE, RETURNED

#: Names in one text; a message with more is read by nobody.
MOST = 300
_GROUPS = {
    NONE: ("未录入", "Not begun"),
    DRAFT: ("录入中，尚未上报", "Being entered, not submitted"),
    RETURNED: ("已退回，待改正", "Sent back, to be mended"),
}


def group_text(
    rows: Sequence[Missing], *, title: str, today: date, signed: str, count: int, chinese: bool
) -> str:
    """The text for a work group: who is asked for what until when, by body and state.

    rows: those to be named; count: how many there are in all.
    """
    dues = sorted({row.due for row in rows})
    until = _until(dues, chinese)
    lines = [
        f"【催报】{title}" if chinese else f"[Reminder] {title}",
        f"截至{_day(today, True)}，下列 {count} 家单位还没有报齐{until}："
        if chinese
        else f"By {_day(today, False)} {count} institutions have not handed in{until}:",
    ]
    bodies: dict[int, list[Missing]] = {}
    for row in rows[:MOST]:
        bodies.setdefault(row.node, []).append(row)
    for part in bodies.values():
        if len(bodies) > 1:
            lines.append(
                f"■ {part[0].body}（{len(part)} 家）" if chinese else f"■ {part[0].body_en} ({len(part)})"
            )
        lines += _states(part, chinese)
    if count > len(rows[:MOST]):
        rest = count - len(rows[:MOST])
        lines.append(f"……另有 {rest} 家，见报送进度页。" if chinese else f"… and {rest} more: see the board.")
    lines.append(
        "请尽快登录填报并上报；已退回的按退回意见改正后再上报。"
        if chinese
        else "Please sign in, enter and submit; mend what was sent back as its comments say."
    )
    lines.append(signed)
    return "\n".join(lines)


def _states(rows: Sequence[Missing], chinese: bool) -> list[str]:
    lines = []
    for state, words in _GROUPS.items():
        names = [row.named(chinese) for row in rows if row.state == state]
        if names and chinese:
            lines.append(f"{words[0]}（{len(names)} 家）：{'、'.join(names)}")
        elif names:
            lines.append(f"{words[1]} ({len(names)}): {', '.join(names)}")
    return lines


def letter(name: str, rows: Sequence[Missing], *, title: str, signed: str, chinese: bool) -> tuple[str, str]:
    """Subject and text of the mail to one person: the institutions that he files for."""
    states: Mapping[str, tuple[str, str]] = _GROUPS
    if chinese:
        lines = [f"{name}：", f"{title}还没有报齐："]
        lines += [f"- {row.named(True)}：{states[row.state][0]}，截止 {_day(row.due, True)}" for row in rows]
        lines += ["请登录填报并上报。", signed]
        return f"催报：{title}", "\n".join(lines)
    lines = [f"{name},", f"{title} is not complete:"]
    lines += [f"- {row.named(False)}: {states[row.state][1].lower()}, due {row.due}" for row in rows]
    lines += ["Please sign in, enter and submit.", signed]
    return f"Reminder: {title}", "\n".join(lines)


def _until(dues: Sequence[date], chinese: bool) -> str:
    if len(dues) != 1:
        return ""
    return f"（截止 {_day(dues[0], True)} 24 时）" if chinese else f" (due {dues[0]}, 24:00)"


def _day(day: date, chinese: bool) -> str:
    return f"{day.month}月{day.day}日" if chinese else day.isoformat()
