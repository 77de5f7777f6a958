"""Django's name card of the app, and its lake table."""

from django.apps import AppConfig


class MeteringConfig(AppConfig):
    """计量 Metering"""

    name = "jieyue.apps.metering"
    label = "metering"
    verbose_name = "计量 Metering"

    def ready(self) -> None:
        from jieyue.apps.metering.lake import (
            dim_meter,
            edit_rows,
            meter_rows,
            metered_rows,
            metered_schema,
            reading_edit,
        )
        from jieyue.apps.publication.tables import register

        register("dim_meter", dim_meter, meter_rows)
        register("reading_edit", reading_edit, edit_rows)
        register("metered", metered_schema, metered_rows, ["ym"])
