"""Take a workbook of returns in as drafts: merged cell by cell with what was entered meanwhile, checked by the rules.

Three sides of a cell: what went out (kept in the workbook), what it says now (mine), what stands in the office
(theirs). Only what was changed in the workbook is entered; where both sides changed it differently, the row is
refused with both values. An emptied cell deletes nothing. Nothing is submitted by a file.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.db import IntegrityError, transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.lexicon import of_catalog
from jieyue.apps.exchange.reader import FileContent, read_bytes
from jieyue.apps.exchange.result import ACCEPTED, ImportResult, Report
from jieyue.apps.exchange.returns import Options, ParsedReturns, ReturnBlock, read_returns
from jieyue.apps.identity.models import User
from jieyue.apps.identity.scope import asked, grants_of
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.ids import allocate
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.scope import Read, institutions_for, seen_of
from jieyue.apps.returns.acting import Actor, Key
from jieyue.apps.returns.being import refuse_not_in_being
from jieyue.apps.returns.carried import Carried, Filed, carried_of
from jieyue.apps.returns.cells import MISSING, NOT_USED, parse
from jieyue.apps.returns.lake import item_codes
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.persons import Asks, asks_of_many, follow
from jieyue.apps.returns.queries import cells_by_room
from jieyue.apps.returns.refusals import STATES
from jieyue.apps.returns.rooms import refuse_unknown, unknown_rooms
from jieyue.apps.returns.services.edit_return import blank, changed
from jieyue.apps.returns.services.import_file import directory
from jieyue.apps.returns.totals import derived
from jieyue.apps.review.queries import rule_rows
from jieyue.apps.review.sent_sheet import SentRow, named, sent_rows, tell_gone
from jieyue.apps.review.services.check_returns import look_at_typed
from jieyue.apps.review.words import item_name, numbers, readable
from jieyue.catalog.errors import UnknownRuleError
from jieyue.domain.period import Period
from jieyue.domain.quantity import fixed_text
from jieyue.domain.workflow import State

Value = tuple[int, int]
Cells = dict[str, Value]
_OPEN = (State.DRAFT.value, State.RETURNED.value)
_BATCH = 200
#: Flags that are listed at their cells; a city's workbook may have more.
_FLAGS = 2_000


@dataclass
class _Row:
    """One return of the workbook. whose: for people. added: it is in a workbook of ours that went out without it.
    rooms: those that are known of its institution, where its own is not one of them."""

    key: Key
    whose: str
    number: int  # the file's row
    labels: Mapping[str, str]  # item → heading
    mine: Cells
    cleared: set[str]
    sent: Cells | None
    asks: Asks
    stored: Return | None = None
    begin: Carried = field(default_factory=lambda: Carried({}))
    theirs: Cells = field(default_factory=dict)
    added: bool = False
    rooms: Sequence[str] | None = None
    changes: dict[str, Value | None] = field(default_factory=dict)

    @property
    def after(self) -> Cells:
        """The cells once its changes are made, with what follows from them."""
        merged = {code: value for code, value in {**self.theirs, **self.changes}.items() if value is not None}
        entered = self.begin.said() if self.stored is None else self.stored.entered_by
        entered = {
            code: said for code, said in entered.items() if code not in self.changes or _brought(self, code)
        }
        sums = dict(derived(self.asks.sheet, merged, entered))
        whole = {code: value for code, value in {**merged, **sums}.items() if value is not None}
        return follow(self.asks.formula, whole, entered, "")[0]


@dataclass(frozen=True)
class Taken:
    """What the workbook said, what came of it, and which institutions it touched."""

    content: FileContent
    result: ImportResult
    institutions: tuple[int, ...]


def take_workbook(
    content: bytes,
    name: str,
    *,
    user: User,
    form: str,
    period: str,
    dry_run: bool = False,
    valid_rows_only: bool = False,
    close: Callable[[ImportResult], None] = lambda _result: None,
) -> Taken:
    """Read, merge, check and, unless it is a dry run or refused, enter. Bad content never raises.

    All or nothing by default; with `valid_rows_only` rows without an error go in alone. close: told the result, in
    the transaction that stores the rows. Raises RefusedError where somebody begins one of the returns meanwhile.
    """
    read = read_bytes(content, name)
    today = settings.JIEYUE_HOME.today()
    begun = Period.parse(period).start <= today  # drafts of a period that runs are welcome
    options = Options(form=form, period=period, today=None if begun else today, every_row=True)
    known = directory(by=user, verbs=("enter",), day=Period.parse(period).last_day, asking=(form, period))
    parsed = read_returns(read, of_catalog(home_catalog()), known, options=_own(read, options))
    report = parsed.report
    if not report.stopped:
        _refuse_other_period(parsed, period, report)
    if report.stopped:
        close(report.result())
        return Taken(read, report.result(), ())
    if dry_run:
        rows = _merged(parsed, read, form, report)
        _tell_flags(rows, report, user)
        close(report.result())
        return _taken(read, report.result(), rows)
    try:
        with transaction.atomic():
            rows = _merged(parsed, read, form, report, lock=True)
            _tell_flags(rows, report, user)
            apply = report.may_apply(valid_rows_only=valid_rows_only)
            good = [row for row in rows if row.changes and report.state(row.number) == ACCEPTED]
            if apply and good:
                _store(good, user, name)
            result = report.result(applied=apply)
            close(result)
    except IntegrityError as error:  # somebody has begun one of the returns at the same instant
        raise RefusedError(
            "return_moved",
            zh="有报表刚刚由别人开始填；什么都没有导入，请再导入一次",
            en="somebody has just begun one of the returns; nothing was entered: bring it once more",
        ) from error
    return _taken(read, result, rows)


def _taken(read: FileContent, result: ImportResult, rows: Sequence[_Row]) -> Taken:
    return Taken(read, result, tuple(dict.fromkeys(row.key.subject for row in rows)))


def _own(read: FileContent, options: Options) -> Options:
    """A workbook of ours has the period in each row; another file takes the one asked for."""
    return replace(options, period="") if sent_rows(read, item_codes(options.form)) is not None else options


def _refuse_other_period(parsed: ParsedReturns, period: str, report: Report) -> None:
    found = sorted({each for block in parsed.blocks for each in block.periods} - {period})
    if found:
        report.stop("entry_other_period", found=", ".join(found[:3]), expected=period)


def _merged(
    parsed: ParsedReturns, read: FileContent, form: str, report: Report, *, lock: bool = False
) -> list[_Row]:
    """The rows of the workbook with what is to be changed; what cannot be is told in the report."""
    sent = sent_rows(read, item_codes(form))
    if sent is not None:
        tell_gone(parsed, sent, report)
    rows: list[_Row] = []
    for block in parsed.accepted():
        refuse_not_in_being(block, report)
        rows += _rows(block, sent)
    rows = [row for row in rows if report.state(row.number) == ACCEPTED]
    _bind(rows, lock=lock)
    for row in rows:
        _merge(row, report)
    return rows


def _rows(block: ReturnBlock, sent: Mapping[Filed, SentRow] | None) -> list[_Row]:
    """The institutions' rows of a block, each with what its return asks."""
    places: dict[str, dict[int, int]] = {}  # period → place → institution
    for place, subject in enumerate(block.subjects):
        if subject.kind != "node" and subject.id is not None:
            places.setdefault(block.periods[place], {})[place] = subject.id
    rows: list[_Row] = []
    for text, mine in places.items():
        asks = asks_of_many(block.form, Period.parse(text), list(dict.fromkeys(mine.values())))
        rows += [_row(block, place, sent, number, asks[number]) for place, number in mine.items()]
    return rows


def _row(
    block: ReturnBlock, place: int, sent: Mapping[Filed, SentRow] | None, number: int, asks: Asks
) -> _Row:
    mine: Cells = {}
    cleared = set()
    for column, code in enumerate(block.codes):
        if block.origins[place, column] != MISSING:
            mine[code] = (int(block.values[place, column]), int(block.origins[place, column]))
        elif block.clears[place, column]:
            cleared.add(code)
    key = Key(number, block.form, block.periods[place], block.instances[place])
    labels = dict(zip(block.codes, block.labels, strict=True))
    went = (sent or {}).get((number, key.instance))
    return _Row(
        key,
        block.subjects[place].label,
        int(block.cell_rows[place].max()),
        labels,
        mine,
        cleared,
        went.cells if went is not None else None,
        asks,
        added=sent is not None and went is None,
    )


def _bind(rows: Sequence[_Row], *, lock: bool) -> None:
    """Put beside each row what stands in the office."""
    if not rows:
        return
    form, period = rows[0].key.form, rows[0].key.period
    subjects = sorted({row.key.subject for row in rows})
    every = Return.objects.select_for_update() if lock else Return.objects.all()
    stored: dict[tuple[int, str], Return] = {}
    for start in range(0, len(subjects), 5000):
        part = every.filter(
            form=form,
            period=period,
            subject__in=subjects[start : start + 5000],
            subject_kind=Return.Subject.INSTITUTION,
        )
        stored |= {(each.subject, each.instance): each for each in part}
    now = cells_by_room(form, subjects, [period], drafts=True)
    whose = list(dict.fromkeys((row.key.subject, row.key.instance) for row in rows))
    fresh = [one for one in whose if one not in stored]
    begin = carried_of(form, Period.parse(period), fresh)
    unknown = unknown_rooms(form, Period.parse(period), fresh)
    for row in rows:
        one = (row.key.subject, row.key.instance)
        row.stored, row.begin = stored.get(one), begin.get(one, row.begin)
        row.rooms = unknown.get(one)
        if row.stored is not None:
            row.theirs = parse(row.stored.draft) if row.stored.draft else now.get((*one, period), {})


def _merge(row: _Row, report: Report) -> None:
    """What the workbook changes: cell by cell against what went out and what stands there now."""
    sent = row.sent if row.sent is not None else row.theirs
    begun = row.stored is not None
    touched = {code: value for code, value in row.mine.items() if not _equal(value, sent.get(code))}
    touched |= {} if row.sent is not None or begun else row.mine
    for code, value in sent.items():
        if code not in row.mine and code not in row.cleared and row.sent is not None:
            report.add("entry_emptied", row=row.number, column=row.labels.get(code, code), value=_text(value))
    if not begun and touched:  # whoever begins a return takes over what it begins with, as on the page
        begin = row.begin.cells
        own = {code: value for code, value in row.mine.items() if not _equal(value, begin.get(code))}
        touched = {**begin, **own}
    wanted: dict[str, Value | None] = {**touched, **dict.fromkeys(row.cleared & row.theirs.keys())}
    changes = {code: value for code, value in wanted.items() if not _equal(value, row.theirs.get(code))}
    if not changes:
        return
    if row.stored is not None and row.stored.state not in _OPEN:
        state = STATES[State(row.stored.state)][0]
        report.reject(row.number, "entry_state", value=state)
        return
    if row.rooms is not None:  # a return that is begun already is mended in any case
        refuse_unknown(report, row.number, row.key.instance, row.rooms)
    _refuse_unasked(row, changes, report)
    for code, new in changes.items():
        if begun and row.sent is not None and not _equal(row.theirs.get(code), row.sent.get(code)):
            report.reject(
                row.number,
                "entry_conflict",
                column=row.labels.get(code, code),
                value=_text(new),
                theirs=_text(row.theirs.get(code)),
            )
    if report.state(row.number) == ACCEPTED:
        row.changes = changes
        _tell_apart(row, report)


def _tell_apart(row: _Row, report: Report) -> None:
    """What somebody may not have meant: a row that did not go out, and numbers that go."""
    if row.added:
        chinese, english = named(row.whose, row.key.instance)
        report.add("entry_row_added", row=row.number, whose_zh=chinese, whose_en=english)
    for code, new in row.changes.items():
        if new is None:
            column, value = row.labels.get(code, code), _text(row.theirs.get(code))
            report.add("entry_cleared", row=row.number, column=column, value=value)


def _refuse_unasked(row: _Row, changes: Mapping[str, Value | None], report: Report) -> None:
    """A count that no formula takes from the institution, and a number that its formula gives."""
    own, kept = home_catalog().own_counts, row.begin.cells
    for code, new in changes.items():
        unasked = f"{row.key.form}:{code}" in own and code not in row.asks.sheet.codes
        computed = code == row.asks.computed and not _equal(new, kept.get(code))
        if unasked or computed:
            report.reject(
                row.number,
                "entry_not_asked" if unasked else "entry_computed",
                column=row.labels.get(code, code),
                value=_text(new),
            )


def _equal(one: Value | None, other: Value | None) -> bool:
    """The same number, or both not used; who measured it is no matter of the workbook."""
    if one is None or other is None:
        return one is other
    return one[0] == other[0] and (one[1] == NOT_USED) == (other[1] == NOT_USED)


def _text(value: Value | None) -> str:
    if value is None:
        return "空 empty"
    return "不使用 not used" if value[1] == NOT_USED else fixed_text(value[0])


def _tell_flags(rows: Sequence[_Row], report: Report, user: User) -> None:
    """What the rules say of the returns that the workbook changes, at their cells, by numbers that he may read."""
    live = [row for row in rows if row.changes]
    if not live:
        return
    form, period = live[0].key.form, live[0].key.period
    places = {(row.key.subject, row.key.instance): row for row in live}
    try:
        flags = look_at_typed(form, Period.parse(period), {whose: row.after for whose, row in places.items()})
    except UnknownRuleError:  # a form without rules
        return
    words = rule_rows(period)
    seen = seen_of(user, Read(grants_of(user), last_done()))
    for room, flag in flags[:_FLAGS]:
        row, rule = places[flag.subject, room], words.get(flag.rule)
        name = item_name(form, flag.item)[0]
        facts = flag.facts
        if seen is not None:
            facts = readable(form, period, facts, _of_one(seen, flag.subject))
        said = "；".join(f"{one.name_zh} {one.value}" for one in numbers(form, facts))
        report.add(
            "entry_rule_error" if flag.severity == "error" else "entry_rule_warning",
            row=row.number,
            column=row.labels.get(flag.item, name),
            value=flag.value,
            rule=rule.name_zh if rule else flag.rule,
            numbers=said or "—",
            mend=rule.mend_zh if rule else "",
        )


def _of_one(seen: Callable[[str, str], Collection[int]], number: int) -> Callable[[str, str], bool]:
    return lambda form, period: number in seen(form, period)


def _store(rows: Sequence[_Row], user: User, name: str) -> None:
    """Make the changes: begun where nothing was, one log entry for the whole file."""
    key = rows[0].key
    read = Read(asked(grants_of(user), key.form, key.period), last_done())
    own = set(
        institutions_for(user, key.last_day, verb="submit", read=read)
        .filter(pk__in=[row.key.subject for row in rows])
        .values_list("pk", flat=True)
    )
    fresh = iter(allocate(sum(row.stored is None for row in rows)))
    made: list[Return] = []
    kept: list[Return] = []
    for row in rows:
        actor = Actor(user, on_behalf=row.key.subject not in own)
        target = row.stored or blank(row.key, next(fresh))
        brought = {code: mark for code, mark in row.begin.said().items() if _brought(row, code)}
        changed(target, row.key, row.theirs, row.changes, actor, said=brought, asks=row.asks)
        (kept if row.stored is not None else made).append(target)
    Return.objects.bulk_create(made, batch_size=_BATCH)
    Return.objects.bulk_update(kept, ["draft", "entered_by", "revision"], batch_size=_BATCH)
    record(
        "returns.take_workbook",
        f"form:{rows[0].key.form}",
        actor=str(user.get_username()),
        data={
            "period": rows[0].key.period,
            "file": name,
            "begun": sorted({row.key.subject for row in rows if row.stored is None}),
            "changed": sorted({row.key.subject for row in rows if row.stored is not None}),
            "on_behalf": sorted({row.key.subject for row in rows if row.key.subject not in own}),
        }
        | _rooms(rows),
    )


def _rooms(rows: Sequence[_Row]) -> dict[str, dict[str, list[str]]]:
    """Institution → of which of its rooms; nothing of a form that is not filed by room."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row.key.instance:
            found.setdefault(str(row.key.subject), []).append(row.key.instance)
    return {"rooms": found} if found else {}


def _brought(row: _Row, code: str) -> bool:
    """Whether the cell is what every return begins with, so that nobody typed it."""
    return code in row.begin.cells and row.changes.get(code) == row.begin.cells[code]
