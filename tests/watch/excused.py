"""What the watcher lets be, each with its reason."""

from tests.repo.test_services_are_logged import SILENT

#: Tables whose rows are nobody's act: the system keeps them for itself.
TABLES = {
    "django_session": "a session",
    "axes_accessattempt": "wrong tries, counted until they are forgiven",
    "axes_accessattemptexpiration": "wrong tries, counted until they are forgiven",
    "django_tasks_database_dbtaskresult": "a task waits or is done; what it does is logged by its service",
    "review_reviewrequest": "a pass waits or is done; the pass is logged with who asked for it",
    "accounts_run": "figures kept ready: computed again from what is logged",
    "accounts_runframe": "figures kept ready: computed again from what is logged",
    "metering_derivation": "how far the uses are derived",
    "metering_lastreading": "kept ready: read again from the lake",
    "metering_pointlook": "kept ready: derived again from the readings",
    "metering_pointmonth": "kept ready: derived again from the readings",
    "metering_pointwork": "kept ready: derived again from the readings",
}
#: Tables whose rows come with an entry, and are then only told how far they have come.
UPDATED = {
    "metering_meteredrequest": "how far the worker is",
    "metering_readingbatch": "that its rows are in the lake; rows that are lost leave an entry",
    "papers_paperorder": "how far the worker is",
    "publication_publication": "that its rows are in the lake",
}
#: Services that may write without an entry: their reasons stand where they are asked for.
SILENT_SERVICES = {name for name, reason in SILENT.items() if reason != "reads"}
#: Code outside services that writes nothing of the office.
SILENT_MODULES = (
    "jieyue.apps.identity.second_factor.authenticate",  # the code that was used opens no second time
    "jieyue.config.migration",
    "jieyue.web.views.appearance.",  # how one's own pages look
    "jieyue.web.views.language.",
    "jieyue.web.views.second_factor.step",  # when one was last here
    "jieyue.web.views.signin.form_valid",  # when one was last here
)
#: Services whose entry is the act: somebody read or took something along, or was turned away.
NOTES = {
    "audit.rotate_key.rotate_key": "another key signs from there on: it stands in the home",
    "identity.note_reading.note_reading": "an auditor read a page",
    "identity.remember_sign_in.locked_out": "somebody was turned away",
    "metering.clean.clean": "uses were derived: they stand in the lake",
    "returns.take_out.take_out": "a file was taken along",
    "summaries.take_out_table.take_out_table": "a file was taken along",
    "exchange.tidy_files.tidy_files": "files that no row names were put aside or removed",
    "metering.tidy_readings.tidy_readings": "readings were put together in the lake",
}
#: Services whose entries are told beside the one of what is done.
BESIDE = {
    "exchange.close_batch.close_batch": "the file is finished with",
    "exchange.stage_file.stage_file": "a file was brought",
    "holdings.carry_holdings.carry_holdings": "follows the registry",
    "holdings.designate.follow_registry": "follows the registry",
    "metering.clean.clean": "what came in before is derived first",
    "obligations.open_periods.follow_registry": "follows the registry",
    "returns.carry_open.carry_open": "follows the registry",
    "returns.publish_waiting.publish_waiting": "what was approved before is published first",
    "metering.settle.settle": "what a stop left is told first",
}
#: Services that leave an entry each for several things.
MANY = {
    "exchange.keep_answers.keep_answers": "each name that was answered",
    "exchange.tidy_files.tidy_files": "each file that was forgotten",
    "identity.open_account.open_account": "the account, its grant and its code",
    "insights.load_sample.load_sample": "a city: each of its parts as it would come",
    "metering.publish_part.publish_part": "a publication for each part",
    "metering.settle.settle": "each batch that is lost",
    "papers.ready.draft_closed": "a draft for each body",
    "papers.keep_template.keep_template": "the file is kept, and put to use",
    "registry.import_accounts.import_accounts": "each account, its grant and its code",
    "returns.approve_return.reopen": "each return that is opened with it",
    "returns.publish_waiting.publish_waiting": "a publication for each part",
    "review.approve_many.approve_many": "each return that is approved",
}
#: Tests that are all held to the watcher, beside the witnesses.
WHOLE: tuple[str, ...] = (
    "tests/apps/audit/",
    "tests/apps/holdings/",
    "tests/apps/identity/",
    "tests/apps/registry/",
    "tests/apps/trees/",
)
