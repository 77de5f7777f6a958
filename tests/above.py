"""A summary table printed above, taken and kept beside ours: the water of all, one cubic metre in it."""

#: The layout as a mapping profile, and the file in it.
LAYOUT = """
profile = 1
id = "above"
kind = "summaries"
form = "NY301"
[[column]]
heading = "指标"
field = "item"
[[column]]
heading = "合计"
field = "S001"
[[row]]
item = "NY301:120"
word = "用水量"
"""
FILE = "指标,合计\n用水量,1\n"


def kept_table(body: str, period: str) -> int:
    """The number of one for the node of the reporting line with this code."""
    from jieyue.apps.exchange.profile import parse
    from jieyue.apps.summaries.services.take_their_table import Asked, keep_their_table, take_their_table
    from jieyue.apps.trees.queries import Tree, tree

    node = next(node.id for node in tree(Tree.LINE).nodes.values() if node.code == body)
    asked = Asked(parse(LAYOUT), node, period)
    looked = take_their_table(FILE.encode(), "NY301-2025.csv", asked, actor="经办人")
    assert looked.table is not None, looked.result
    keep_their_table(looked.table, by=None, actor="经办人")
    return looked.table
