"""`jieyue catalog check|list`: the rules."""

from pathlib import Path
from typing import Annotated

import typer

from jieyue.cli.context import REFUSED, emit, fail, guarded, options, say, table, text

app = typer.Typer(no_args_is_help=True, help="规则目录 / the rules")


@app.command("check")
@guarded
def check(
    overlay: Annotated[Path | None, typer.Option("--overlay", help="覆盖目录")] = None,
    plan: Annotated[str | None, typer.Option("--plan", help="规划代码或目录，连同其自带目录")] = None,
) -> None:
    """严格读入全部规则。 Load every rule strictly."""
    from jieyue.catalog.loader import load_catalog
    from jieyue.catalog.plan import load_plan

    own = load_plan(plan).catalog_folder if plan else None
    catalog = load_catalog(overlay=overlay, plan_catalog=own)
    counts = {name: len(catalog.table(name)) for name in catalog.table_names}
    if options.json:
        emit({"digest": catalog.digest, "tables": counts})
        return
    table(catalog.digest, [text("表", "table"), text("行", "rows")], list(counts.items()), right=[1])


@app.command("list")
@guarded
def list_rules(kind: Annotated[str, typer.Argument(help="表名，如 carriers、grid_factors、plans")]) -> None:
    """列出一类规则。 List one kind of rule."""
    from jieyue.catalog.loader import load_catalog
    from jieyue.catalog.plain import plain_row

    kind = kind.replace("-", "_")
    if kind == "plans":
        _plans()
        return
    catalog = load_catalog()
    if kind not in catalog.table_names:
        known = ", ".join([*catalog.table_names, "plans"])
        fail(REFUSED, f"没有“{kind}”；可用：{known}", f"no {kind!r}; known: {known}", code="unknown_kind")
    rows = catalog.table(kind)
    if not rows:
        say("空表", "empty")
        return
    documents = [plain_row(row) for row in rows]
    if options.json:
        emit(documents)
        return
    shown = [n for n in documents[0] if n not in ("source", "document", "issuer", "note", "confidence")]
    table(kind, shown, [[document[name] for name in shown] for document in documents])


def _plans() -> None:
    """The plans that ship: what they are of, and how much of them is known."""
    from jieyue.catalog.plan import load_plan, plan_ids

    heads = (
        "verified",
        "id",
        "name_zh",
        "name_en",
        "base_year",
        "target_year",
        "indicators",
        "tasks",
        "statements",
    )
    rows = [
        (
            plan.document.verified,
            plan.id,
            plan.name_zh,
            plan.name_en,
            plan.base_year,
            plan.target_year,
            len(plan.indicators),
            len(plan.tasks),
            len(plan.statements),
        )
        for plan in map(load_plan, plan_ids())
    ]
    if options.json:
        emit([dict(zip(heads, row, strict=True)) for row in rows])
    else:
        table("plans", heads, rows)
