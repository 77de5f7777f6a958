"""For whom a deadline is said: the whole authority, a group (a node of a tree), or one institution."""

from datetime import date

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.queries import number_of
from jieyue.apps.trees.queries import Tree, node_by_code

#: The word for a single institution, beside the names of the trees.
INSTITUTION = "institution"


def target_of(group: str, code: str, on: date | None = None) -> int | None:
    """The identifier of a node of the tree `group`, or of an institution; None for all. Raises RefusedError."""
    code = code.strip()
    if not group:
        if code:
            raise RefusedError(
                "unknown_target",
                zh=f"写了代码 {code}，请同时选它是哪一种；对全部的不写代码",
                en=f"the code {code} is given: say of what kind it is; for all there is no code",
            )
        return None
    if group == INSTITUTION:
        found = number_of(code, on)
    else:
        node = node_by_code(group, code, on) if group in Tree.values else None
        found = None if node is None else node.id
    if found is None:
        raise RefusedError(
            "unknown_target",
            zh=f"没有代码为“{code}”的单位或机构；请核对代码和所选的种类",
            en=f"nothing has the code “{code}” there; check the code and the kind chosen",
        )
    return found
