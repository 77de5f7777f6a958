"""Django's name card of the app, and its lake table."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """机构台账 Registry"""

    name = "jieyue.apps.registry"
    label = "registry"
    verbose_name = "机构台账 Registry"

    def ready(self) -> None:
        from jieyue.apps.publication.tables import register
        from jieyue.apps.registry.lake import institution_rows
        from jieyue.store.schema import dim_institution

        register("dim_institution", dim_institution, institution_rows)
