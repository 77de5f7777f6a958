"""`jieyue joint list|show`: joint reviews and their minutes, with the digest worked out again."""

from typing import Annotated, Any

import typer

from jieyue.cli.context import REFUSED, emit, fail, options, say, table, text, with_home
from jieyue.cli.state_words import CONCLUSION, MEETING, said

app = typer.Typer(no_args_is_help=True, help="会审：列出、看纪要 / joint reviews: list, minutes")


@app.command("list")
@with_home
def listing() -> None:
    """列出会审。 The joint reviews."""
    from jieyue.apps.jointreview.queries import every_review

    rows = [_shown(row) for row in every_review()]
    if options.json:
        emit([{key: value for key, value in row.items() if key != "items"} for row in rows])
        return
    heads = text("编号|名称|机关|报表|期间|日期|状态", "id|name|body|form|period|day|state").split("|")
    keys = ("id", "name", "body", "form", "period", "day")
    shown = [[*(row[key] for key in keys), said(MEETING, row["state"])] for row in rows]
    table(text("会审", "Joint reviews"), heads, shown)


@app.command("show")
@with_home
def show(number: Annotated[int, typer.Argument(help="会审的编号，见 joint list")]) -> None:
    """一次会审的清单、结论和纪要；结束后重算摘要。 List, conclusions, minutes, and their digest again."""
    from jieyue.apps.jointreview.queries import review_of

    found = review_of(number)
    if found is None:
        fail(REFUSED, "没有这次会审", "there is no such joint review", code="joint_unknown")
    shown = _shown(found)
    if options.json:
        emit(shown)
        return
    keys = ("place", "institution", "name", "body", "errors", "unexplained", "explained")
    heads = text(
        "序号|机构|名称|机关|差错|未说明|已说明|结论|意见",
        "place|institution|name|body|errors|unexplained|explained|conclusion|note",
    ).split("|")
    lines = [
        [*(row[key] for key in keys), said(CONCLUSION, row["conclusion"]), row["note"]]
        for row in shown["items"]
    ]
    table(shown["name"], heads, lines, right=[0, 4, 5, 6])
    if shown["sound"] is not None:
        say(
            f"纪要摘要 {shown['digest']}：{'与结束时一致' if shown['sound'] else '与结束时不一致'}",
            f"digest of the minutes {shown['digest']}: "
            + ("as at the closing" if shown["sound"] else "NOT as at the closing"),
        )


def _shown(row: Any) -> dict[str, Any]:
    from jieyue.apps.jointreview.queries import as_dict
    from jieyue.apps.trees.queries import every_node

    return as_dict(row, {node.id: node.code for node in every_node("line")}[row.body])
