"""A summary table printed above beside ours, as commands show it."""

from typing import TYPE_CHECKING, Any

from jieyue.cli.context import options, say, table, text

if TYPE_CHECKING:
    from jieyue.apps.summaries.theirs import Beside

_KINDS = {
    "differs": ("不同", "differs"),
    "theirs": ("只有上级有", "only theirs"),
    "ours": ("只有我方有", "only ours"),
}


def beside_document(found: "Beside | None") -> dict[str, Any]:
    """The JSON part: counts by kind, and each cell that is not the same."""
    if found is None:
        return {"counts": None, "rows": []}
    names = ("item", "column", "kind", "ours", "theirs", "difference")
    rows = [{name: getattr(side, name) for name in names} for side in found.rows()]
    return {"counts": found.counts(), "publication": found.sequence, "rows": rows}


def show_beside(found: "Beside") -> None:
    """Each cell that is not the same, and how many are."""
    if options.json:
        return
    heads = [text(*pair) for pair in (("指标", "item"), ("栏", "column"), ("情况", "kind"), ("我方", "ours"),
                                      ("上级", "theirs"), ("上级减我方", "theirs less ours"))]  # fmt: skip
    rows = [
        (side.item, side.column, text(*_KINDS[side.kind]), side.ours, side.theirs, side.difference)
        for side in found.rows()
    ]
    table(text("综合表对照", "Summary table beside ours"), heads, rows, right=range(3, 6))
    counts = found.counts()
    say(
        f"相同 {counts['equal']} 格，不同或只有一方有 {len(rows)} 格",
        f"{counts['equal']} cells are the same, {len(rows)} are not",
    )
