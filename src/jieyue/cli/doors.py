"""Who acts and where, for commands of the workflow: the operator of the machine, and a body of the reporting line."""

from typing import Any

from jieyue.cli.context import REFUSED, fail


def operator() -> Any:
    """The operator's account; the command fails where there is none."""
    from jieyue.apps.identity.queries import user_by_name
    from jieyue.apps.identity.services.make_operator import operator_name

    found = user_by_name(operator_name())
    if found is None:
        fail(REFUSED, "没有操作员账号", "there is no operator's account", code="no_operator")
    return found


def body(code: str) -> int:
    """The node of a body by its code, one that is no more too; the command fails where there is none."""
    from jieyue.apps.trees.queries import every_node

    found = next((node.id for node in every_node("line") if node.code == code), None)
    if found is None:
        fail(REFUSED, f"没有汇总机构 {code}", f"there is no body {code}", code="unknown_body")
    return found
