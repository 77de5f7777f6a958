"""Django's name card of the app, and its lake tables."""

from django.apps import AppConfig


class TreesConfig(AppConfig):
    """组织树 Trees"""

    name = "jieyue.apps.trees"
    label = "trees"
    verbose_name = "组织树 Trees"

    def ready(self) -> None:
        from jieyue.apps.publication.tables import register
        from jieyue.apps.trees.lake import membership_rows, node_rows
        from jieyue.store.schema import dim_membership, dim_node

        register("dim_node", dim_node, node_rows)
        register("dim_membership", dim_membership, membership_rows)
