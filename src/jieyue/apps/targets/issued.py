"""Whether the bodies to which a plan's `issued.csv` issues something are there: only a home knows its bodies."""

from difflib import get_close_matches

from jieyue.apps.trees.queries import node_spans
from jieyue.catalog.plan import Plan
from jieyue.catalog.strict import CatalogError

#: How many codes a refusal names.
NAMED = 8


def issued_to_nobody(plan: Plan) -> list[CatalogError]:
    """Rows whose scope no body has or ever had: file, row, column, what is known and how to mend it."""
    if not plan.issued:
        return []
    known: dict[str, set[str]] = {}
    for tree, code in node_spans():
        known.setdefault(tree, set()).add(code)
    found = []
    for scope in plan.issued:
        tree, _, code = scope.partition(":")
        if code not in known.get(tree, ()):
            zh, en = _reason(tree, code, known)
            rows = plan.issued_rows[scope]
            found += [CatalogError(str(plan.folder / "issued.csv"), row, "scope", zh, en) for row in rows]
    return found


def _reason(tree: str, code: str, known: dict[str, set[str]]) -> tuple[str, str]:
    own = sorted(known.get(tree, ()))
    near = get_close_matches(code, own, NAMED) or own[:NAMED]
    said = "、".join(near) + ("……" if len(own) > len(near) else "")
    listed = ", ".join(near) + (" …" if len(own) > len(near) else "")
    zh = f"没有“{tree}:{code}”这个口径，这一行的目标不会出现在任何页面。"
    en = f"there is no scope {tree}:{code}, so what this row issues stands on no page. "
    elsewhere = [other for other in sorted(known) if other != tree and code in known[other]]
    if elsewhere:
        zh += f"这个代码在{'、'.join(f'“{other}:{code}”' for other in elsewhere)}。"
        en += f"The code is that of {', '.join(f'{other}:{code}' for other in elsewhere)}. "
    if not own:
        return f"{zh}{tree} 下没有任何口径", f"{en}There is nothing of {tree}"
    return (
        f"{zh}{tree} 下有 {len(own)} 个：{said}；改成其中之一，或先在名录库里建立",
        f"{en}{tree} has {len(own)}: {listed}; write one of them, or set the body up first",
    )
