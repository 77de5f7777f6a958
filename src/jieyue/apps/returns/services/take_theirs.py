"""Take a file of the platform above 取平台导出的文件: kept to be compared with ours, never stored as returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.profile import MappingProfile, dump
from jieyue.apps.exchange.reader import FileContent
from jieyue.apps.exchange.result import ImportResult
from jieyue.apps.exchange.returns import Options, ParsedReturns, ReturnBlock
from jieyue.apps.exchange.scope import BRINGS
from jieyue.apps.exchange.services.close_batch import close_batch
from jieyue.apps.exchange.services.stage_file import stage_file
from jieyue.apps.identity.models import User
from jieyue.apps.identity.scope import nodes_for
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.cells import MISSING, text_of
from jieyue.apps.returns.lake import forms, item_codes
from jieyue.apps.returns.models import TheirFile, TheirReturn
from jieyue.apps.returns.services.import_file import FileChoice, read_file
from jieyue.apps.trees.queries import Tree, all_memberships, tree
from jieyue.domain.period import Period

#: Kind of the batch that holds such a file; the list of imports does not show it.
KIND = "theirs"
_CHUNK = 2000

Key = tuple[int, str]
Cells = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Taking:
    """Which file it is. body: the node of the line that it speaks for. by: whose right counts and whose institutions
    a row may name; None = the operator of the machine."""

    form: str
    period: str
    body: int
    profile: MappingProfile | None = None
    encoding: str | None = None
    by: User | None = None


@dataclass(frozen=True)
class Taken:
    """The content as read, the counts with what is to be said of it, and the kept file (None: nothing to compare)."""

    content: FileContent
    result: ImportResult
    file: int | None


@dataclass
class _Said:
    """What the file says of the form, period and body."""

    cells: dict[Key, Cells] = field(default_factory=dict)
    items: dict[str, None] = field(default_factory=dict)
    zero_is_unused: bool = False


def take_theirs(content: bytes, name: str, asked: Taking, *, actor: str) -> Taken:
    """Read the file and keep what it says. Rows that cannot be compared are findings; the others are kept.

    Raises RefusedError for a form, period or body that cannot be compared, or that is not the person's.
    """
    period = _asked(asked)
    options = Options(form=asked.form, period=asked.period)
    how = FileChoice(asked.profile, options, asked.encoding, by=asked.by)
    read, parsed = read_file(content, name, how)
    said = _said(parsed, asked, period)
    if not said.cells:
        if not parsed.report.stopped:
            parsed.report.add("theirs_nothing", form=asked.form, period=asked.period)
        return Taken(read, parsed.report.result(), None)
    _tell_items(parsed, asked, period, said)
    return Taken(read, *_keep(content, name, asked, parsed.report.result(applied=True), said, actor))


def _asked(asked: Taking) -> Period:
    """The period, once form, period and body are such that there is something to compare."""
    if asked.form not in forms():
        raise RefusedError(
            "theirs_form", zh=f"没有报表“{asked.form}”可对照", en=f"no form {asked.form!r} to compare"
        )
    period = Period.parse(asked.period)
    if period.kind_letter not in home_catalog().forms[asked.form].periods:
        raise RefusedError(
            "theirs_period",
            zh=f"{asked.form} 没有 {asked.period} 这样的期间",
            en=f"{asked.form} has no period like {asked.period}",
        )
    own = tree(Tree.LINE, period.last_day).nodes
    if asked.body not in own:
        raise RefusedError(
            "theirs_body", zh="该期间没有这个收报机关", en="there is no such body in the period"
        )
    if asked.by is not None and not any(asked.body in nodes_for(asked.by, verb) for verb in BRINGS):
        raise RefusedError(
            "theirs_right", zh="您没有在这个机关导入的权限", en="you have no right to import for this body"
        )
    return period


def _said(parsed: ParsedReturns, asked: Taking, period: Period) -> _Said:
    """The cells of the rows that are of the form, the period and the body."""
    said = _Said()
    line = tree(Tree.LINE, period.last_day)
    whole = line.root is not None and line.root.id == asked.body
    below, places = line.subtree(asked.body), all_memberships(Tree.LINE, period.last_day)
    for block in parsed.accepted():
        if block.form != asked.form:
            continue
        said.items |= dict.fromkeys(block.codes)
        said.zero_is_unused |= block.zero_is_unused
        for place, subject in enumerate(block.subjects):
            if subject.id is None:
                _leave(parsed, block, place, "theirs_total_row", value=subject.label)
            elif block.periods[place] != str(period):
                _leave(
                    parsed,
                    block,
                    place,
                    "theirs_other_period",
                    value=block.periods[place],
                    period=str(period),
                )
            elif not whole and places.get(subject.id) not in below:
                _leave(parsed, block, place, "theirs_outside_body", value=subject.label, period=str(period))
            elif cells := _cells(block, place):
                said.cells.setdefault((subject.id, block.instances[place]), {}).update(cells)
    return said


def _cells(block: ReturnBlock, place: int) -> Cells:
    return {
        code: (int(block.values[place, column]), int(block.origins[place, column]))
        for column, code in enumerate(block.codes)
        if block.origins[place, column] != MISSING
    }


def _leave(parsed: ParsedReturns, block: ReturnBlock, place: int, code: str, **finding: Any) -> None:
    """The rows of a return that is not compared, with the reason once."""
    spoken = block.origins[place] != MISSING
    rows = sorted({int(row) for row in block.cell_rows[place][spoken]})
    for number, row in enumerate(rows):
        if number:
            parsed.report.reject_quietly(row)
        else:
            parsed.report.reject(row, code, **finding)


def _tell_items(parsed: ParsedReturns, asked: Taking, period: Period, said: _Said) -> None:
    scheme = home_catalog().scheme_on(period.last_day).code
    numeric = {item.code for item in home_catalog().items(asked.form, scheme) if item.value_kind == "number"}
    left = [code for code in item_codes(asked.form) if code in numeric and code not in said.items]
    if left:
        parsed.report.add("theirs_no_column", items=", ".join(left))


def _keep(
    content: bytes, name: str, asked: Taking, result: ImportResult, said: _Said, actor: str
) -> tuple[ImportResult, int]:
    batch = stage_file(
        content,
        name,
        kind=KIND,
        actor=actor,
        profile=dump(asked.profile) if asked.profile else "",
        form=asked.form,
        period=asked.period,
    )
    units = {item.code: item.unit for item in home_catalog().items(asked.form)}
    with transaction.atomic():
        made = TheirFile.objects.create(
            batch=batch,
            form=asked.form,
            period=asked.period,
            body=asked.body,
            items=_in_order(asked.form, said.items),
            zero_is_unused=said.zero_is_unused,
        )
        TheirReturn.objects.bulk_create(
            (
                TheirReturn(file=made, subject=subject, instance=instance, cells=text_of(cells, units))
                for (subject, instance), cells in sorted(said.cells.items())
            ),
            batch_size=_CHUNK,
        )
        close_batch(batch, result, actor=actor)
        about = {"batch": batch.pk, "sha256": batch.sha256, "file": batch.file_name, "form": asked.form,
                 "period": asked.period, "body": asked.body, "returns": len(said.cells)}  # fmt: skip
        record("returns.take_theirs", f"their_file:{made.pk}", actor=actor, after=about, data=about)
    return result, made.pk


def _in_order(form: str, codes: Mapping[str, None]) -> Sequence[str]:
    return [code for code in item_codes(form) if code in codes]
