"""Django's name card of the app."""

from django.apps import AppConfig


class SummariesConfig(AppConfig):
    """综合表 Summaries"""

    name = "jieyue.apps.summaries"
    label = "summaries"
    verbose_name = "综合表 Summaries"

    def ready(self) -> None:
        from jieyue.apps.accounts import versions
        from jieyue.apps.returns.guards import register
        from jieyue.apps.review import tables
        from jieyue.apps.summaries.first import frozen_versions
        from jieyue.apps.summaries.lock import refuse_locked
        from jieyue.apps.summaries.trial import judge

        register("summaries", refuse_locked)
        tables.register("summaries", judge)
        versions.register(frozen_versions)
