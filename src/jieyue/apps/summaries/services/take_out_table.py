"""Take a body's summary table out in a foreign layout: read back before it leaves, logged; and record such a layout."""

import hashlib

from django.conf import settings
from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.lexicon import of_catalog
from jieyue.apps.exchange.outward_file import content
from jieyue.apps.exchange.profile import MappingProfile
from jieyue.apps.exchange.reader import FileContent
from jieyue.apps.exchange.services.save_profile import save_profile
from jieyue.apps.exchange.summary_layout import record_layout
from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.services.take_out import Left
from jieyue.apps.summaries import refusals
from jieyue.apps.summaries.acting import holds
from jieyue.apps.summaries.outward import table_outward, table_words
from jieyue.domain.period import Period


def take_out_table(
    user: User, profile: MappingProfile, body: int, period: str, *, text: bool = False, seen: bool = False
) -> Left:
    """The file of the table of now, and a log entry with its SHA-256. With something to be said that the person has
    not seen, or with an error, nothing leaves. Raises RefusedError, PeriodError."""
    span, form = Period.parse(period), profile.form
    if not holds(user, body, "view", (form, str(span)), span.last_day):
        raise refusals.unknown()
    sequence = last_done()
    written = table_outward(profile, body, form, span, sequence=sequence, text=text)
    if written.refused or (written.findings and not seen):
        return Left(None, written.count, written.findings, written.refused)
    made = content(written, profile, synthetic=settings.JIEYUE_HOME.synthetic)
    digest = hashlib.sha256(made).hexdigest()
    about = {
        "profile": profile.id, "body": body, "form": form, "period": str(span), "publication": sequence,
        "rows": written.count, "sha256": digest,
    }  # fmt: skip
    with transaction.atomic():
        record(
            "summaries.take_out", f"file:{digest[:16]}", actor=user.get_username(), after=digest, data=about
        )
    return Left(made, written.count, written.findings, refused=False)


def record_table_layout(user: User, sample: FileContent, form: str, name: str) -> MappingProfile:
    """Keep the layout of a sample under a name. Raises RefusedError where it is no such table."""
    if not name.strip() or len(name) > 80:
        raise RefusedError(
            "layout_name", zh="请给映射方案起名，不超过 80 字", en="name the mapping: 1 to 80 letters"
        )
    profile = layout_of(sample, form, name.strip())
    save_profile(profile.id, profile, actor=user.get_username())
    return profile


def layout_of(sample: FileContent, form: str, name: str) -> MappingProfile:
    """The layout of a sample. Raises RefusedError."""
    words = table_words(form, Period.parse(str(settings.JIEYUE_HOME.today().year - 1)))
    return record_layout(sample, words, of_catalog(home_catalog()), name)
