"""Files on their way in through a page: which profile fits, what the file says, and storing it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from jieyue.apps.exchange import queries as exchange
from jieyue.apps.exchange.annotate import annotated
from jieyue.apps.exchange.kept import kept_path
from jieyue.apps.exchange.lexicon import Lexicon, of_catalog
from jieyue.apps.exchange.limits import DEFAULT
from jieyue.apps.exchange.list_import import ListChoice, ListOutcome
from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.profile import MappingProfile, dump, parse
from jieyue.apps.exchange.reader import FileContent, read_bytes
from jieyue.apps.exchange.result import ImportResult
from jieyue.apps.exchange.returns import Options
from jieyue.apps.exchange.services.close_batch import close_batch
from jieyue.apps.exchange.services.stage_file import stage_file
from jieyue.apps.exchange.suggest import Proposal, suggest
from jieyue.apps.holdings.services.import_holdings import import_holdings
from jieyue.apps.metering.services.import_calibrations import import_calibrations
from jieyue.apps.metering.services.import_meters import import_meters
from jieyue.apps.metering.services.import_to_be_metered import import_to_be_metered
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.services import import_file as returns_file
from jieyue.apps.returns.services.import_returns import ImportChoice
from jieyue.apps.targets.services.import_tasks import import_tasks
from jieyue.web.words import is_chinese

KINDS = ("returns", "institutions", "meters", "calibrations", "to_be_metered", "holdings", "tasks")
#: Plain lists: their columns have names of their own, as those of meters have.
LISTS: dict[str, Callable[..., ListOutcome]] = {
    "calibrations": import_calibrations,
    "to_be_metered": import_to_be_metered,
    "holdings": import_holdings,
    "tasks": import_tasks,
}
UNMAPPED = ("meters", *LISTS)
#: Kinds of files that a mapping profile may read.
MAPPED = tuple(kind for kind in KINDS if kind not in UNMAPPED)
#: Bytes of a file that is brought through a page, at most.
LARGEST = DEFAULT.text_bytes


@dataclass(frozen=True)
class Arrival:
    """A file, who brought it, and what the person said about it."""

    content: bytes
    name: str
    kind: str
    by: Any
    form: str = ""
    period: str = ""
    profile: MappingProfile | None = None

    def read(self) -> FileContent:
        """The file as sheets; what is wrong with it stands in its findings."""
        return read_bytes(self.content, self.name)


@dataclass(frozen=True)
class Storing:
    """How to store what was previewed."""

    valid_rows_only: bool = False
    restate: str = ""


def of_batch(batch: Any, by: Any) -> Arrival:
    """The file of a batch, with the profile that it was read by, in the hands of `by`."""
    return Arrival(
        content=kept_path(batch.sha256).read_bytes(),
        name=batch.file_name,
        kind=batch.kind,
        by=by,
        form=batch.form,
        period=batch.period,
        profile=parse(batch.profile) if batch.profile else None,
    )


def lexicon() -> Lexicon:
    """The catalog's words."""
    return of_catalog(home_catalog())


def proposal_for(arrival: Arrival) -> Proposal | None:
    """What the columns of the file seem to be; None if it has no table, or is one of meters: their columns have
    names of their own."""
    if arrival.kind in UNMAPPED:
        return None
    return suggest(arrival.read(), arrival.kind, lexicon(), form=arrival.form)


def with_profile(arrival: Arrival) -> tuple[Arrival, bool]:
    """The file with the profile that fits it, and whether a person must say what its columns are.

    Our own layout needs none. A foreign one takes the kept profile that knows exactly its headings; only where
    there is none is anybody asked.
    """
    proposal = proposal_for(arrival)
    if arrival.profile is not None or proposal is None:
        return arrival, False
    headings = {key(column.heading or column.letter) for column in proposal.columns}
    for name in exchange.profile_names(arrival.kind):
        kept = exchange.profile(name, arrival.kind)
        if kept is not None and {key(column.heading or column.letter) for column in kept.columns} == headings:
            return replace(arrival, profile=kept), False
    missing = set(proposal.missing) - ({"period"} if arrival.period else set())
    return arrival, bool(missing)


def preview(arrival: Arrival) -> tuple[FileContent, ImportResult]:
    """What storing the file would do; nothing is stored."""
    outcome: Any
    if arrival.kind == "institutions":
        from jieyue.apps.registry.services import import_file as institutions_file

        outcome = institutions_file.import_file(
            arrival.content, arrival.name, actor="", profile=arrival.profile, dry_run=True
        )
    elif arrival.kind == "meters":
        outcome = import_meters(
            arrival.content, arrival.name, actor="", profile=arrival.profile, dry_run=True
        )
    elif arrival.kind in LISTS:
        choice = ListChoice(arrival.profile, dry_run=True)
        outcome = LISTS[arrival.kind](arrival.content, arrival.name, choice, actor="")
    else:
        outcome = returns_file.import_file(
            arrival.content,
            arrival.name,
            actor="",
            choice=ImportChoice(dry_run=True),
            reading=_reading(arrival),
        )
    return outcome.content, outcome.result


def check(arrival: Arrival, *, actor: str) -> Any:
    """Stage the file and keep what the preview found; returns the batch."""
    _content, result = preview(arrival)
    batch = stage(arrival, actor=actor)
    return close_batch(batch, result, actor=actor)


def stage(arrival: Arrival, *, actor: str) -> Any:
    """Keep the file without reading it yet; returns the batch."""
    return stage_file(
        arrival.content,
        arrival.name,
        kind=arrival.kind,
        actor=actor,
        profile=dump(arrival.profile) if arrival.profile else "",
        form=arrival.form,
        period=arrival.period,
    )


def store(arrival: Arrival, how: Storing, *, batch: Any, actor: str) -> None:
    """Store and publish what was staged as `batch`, which says afterwards what became of it.

    Raises RefusedError if it is stored already, by whoever was quicker.
    """
    if arrival.kind == "institutions":
        from jieyue.apps.registry.services import import_file as institutions_file

        institutions_file.import_file(
            arrival.content,
            arrival.name,
            actor=actor,
            profile=arrival.profile,
            valid_rows_only=how.valid_rows_only,
            restate=how.restate,
            batch=batch,
        )
    elif arrival.kind == "meters":
        import_meters(
            arrival.content,
            arrival.name,
            actor=actor,
            profile=arrival.profile,
            valid_rows_only=how.valid_rows_only,
            restate=how.restate,
            batch=batch,
        )
    elif arrival.kind in LISTS:
        said = ListChoice(arrival.profile, valid_rows_only=how.valid_rows_only, restate=how.restate)
        LISTS[arrival.kind](arrival.content, arrival.name, said, actor=actor, batch=batch)
    else:
        choice = ImportChoice(publish=True, valid_rows_only=how.valid_rows_only, restate=how.restate)
        reading = replace(_reading(arrival), batch=batch)
        returns_file.import_file(arrival.content, arrival.name, actor=actor, choice=choice, reading=reading)


def marked(arrival: Arrival) -> bytes:
    """The same rows as a workbook with the findings at their cells."""
    content, result = preview(arrival)
    return annotated(content, arrival.content, result, language="zh" if is_chinese() else "en")


def _reading(arrival: Arrival) -> returns_file.FileChoice:
    options = Options(form=arrival.form, period=arrival.period)
    return returns_file.FileChoice(arrival.profile, options, by=arrival.by)
