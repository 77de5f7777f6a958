"""One file of returns from its bytes to the store: gate, child, profile, match, compare, store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings

from jieyue.apps.exchange.lexicon import of_catalog
from jieyue.apps.exchange.match import Directory, NodeEntry
from jieyue.apps.exchange.models import Batch
from jieyue.apps.exchange.profile import MappingProfile, dump
from jieyue.apps.exchange.queries import answers as kept_answers
from jieyue.apps.exchange.reader import FileContent, read_bytes
from jieyue.apps.exchange.result import ImportResult
from jieyue.apps.exchange.returns import Options, ParsedReturns, read_returns
from jieyue.apps.exchange.scope import BRINGS, refuse_bringer
from jieyue.apps.exchange.services.close_batch import close_batch
from jieyue.apps.exchange.services.stage_file import stage_file
from jieyue.apps.identity.models import User
from jieyue.apps.identity.scope import asked, grants_of, nodes_for
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import matching_entries, matching_nodes
from jieyue.apps.registry.scope import Read, institutions_for, whole_for
from jieyue.apps.returns.services.import_returns import ImportChoice, import_returns
from jieyue.apps.trees.queries import Tree, every_node, tree


@dataclass(frozen=True)
class FileChoice:
    """How to read the file, beside what to do with it.

    by: whose file it is; a row may then speak only of institutions and bodies where that person may import or
    publish, and any other is unknown to it. None: the operator of the machine. batch: where the file was staged
    before; a new one is made without it.
    """

    profile: MappingProfile | None = None
    options: Options = field(default_factory=Options)
    encoding: str | None = None
    answers: Mapping[str, int] = field(default_factory=dict)
    by: User | None = None
    batch: Batch | None = None


@dataclass(frozen=True)
class FileOutcome:
    """The content as read, what it says, the counts, and the batch (None for a dry run)."""

    content: FileContent
    parsed: ParsedReturns
    result: ImportResult
    batch: int | None


def import_file(
    content: bytes,
    name: str,
    *,
    actor: str,
    choice: ImportChoice,
    reading: FileChoice | None = None,
) -> FileOutcome:
    """Read a file of returns and, unless it is a dry run or refused, store it. Bad content never raises.

    Raises RefusedError where a person (`by`) would publish what he brought himself.
    """
    how = reading or FileChoice()
    if choice.publish and not choice.dry_run and how.by is not None and how.batch is not None:
        refuse_bringer(how.by, how.batch)
    read, parsed = read_file(content, name, how, verbs=("publish",) if choice.publish else BRINGS)
    if choice.dry_run:
        return FileOutcome(read, parsed, import_returns(parsed, actor=actor, choice=choice), None)
    batch = how.batch or stage_file(
        content,
        name,
        kind="returns",
        actor=actor,
        profile=dump(how.profile) if how.profile else "",
        form=how.options.form,
        period=how.options.period,
    )
    result = import_returns(
        parsed,
        actor=actor,
        choice=choice,
        about={"batch": batch.pk, "sha256": batch.sha256, "file": batch.file_name, "brought_by": batch.by},
        close=lambda outcome: _close(batch, outcome, actor),
    )
    return FileOutcome(read, parsed, result, batch.pk)


def read_file(
    content: bytes, name: str, how: FileChoice, *, verbs: Sequence[str] = BRINGS
) -> tuple[FileContent, ParsedReturns]:
    """The file as sheets, and the returns that it states; nothing is stored."""
    read = read_bytes(content, name, encoding=how.encoding)
    parsed = read_returns(
        read,
        of_catalog(home_catalog()),
        directory(how.answers, by=how.by, verbs=verbs),
        profile=how.profile,
        options=_dated(how.options),
    )
    return read, parsed


def directory(
    answers: Mapping[str, int] | None = None,
    *,
    by: User | None = None,
    verbs: Sequence[str] = BRINGS,
    day: date | None = None,
    asking: tuple[str, str] | None = None,
) -> Directory:
    """Who a row may speak of: institutions, nodes that are or were, what people answered; of `by` only theirs.

    verbs: `by` may do one of these there, by the rights of today on the reporting line of the day (default: today).
    asking: form and period of every row, so that grants which are limited to them count.
    """
    nodes = {entry.ref: entry for entry in _past_nodes()}
    nodes |= {entry.ref: entry for entry in matching_nodes()}
    entries = matching_entries()
    if by is not None and not any(whole_for(by, verb) for verb in verbs):
        grants = grants_of(by)
        read = Read(asked(grants, *asking) if asking else grants, last_done())
        own = {
            pk
            for verb in verbs
            for pk in institutions_for(by, day, verb=verb, read=read).values_list("pk", flat=True)
        }
        entries = [entry for entry in entries if entry.id in own]
        line = tree(Tree.LINE).nodes
        bodies = {f"{Tree.LINE}:{line[node].code}" for verb in verbs for node in nodes_for(by, verb)}
        nodes = {ref: entry for ref, entry in nodes.items() if ref in bodies}
    return Directory(entries, nodes.values(), {**kept_answers(), **(answers or {})})


def _past_nodes() -> list[NodeEntry]:
    return [
        NodeEntry(f"{node.tree}:{node.code}", node.name_zh, (node.name_en,) if node.name_en else ())
        for tree in (Tree.AREA, Tree.DEPARTMENT, Tree.TYPE, Tree.LINE)
        for node in every_node(tree)
        if node.parent is not None
    ]


def _dated(options: Options) -> Options:
    from dataclasses import replace

    return options if options.today else replace(options, today=settings.JIEYUE_HOME.today())


def _close(batch: Batch, result: ImportResult, actor: str) -> None:
    close_batch(batch, result, actor=actor)
