"""Begin a return and change its cells: two editors of one return see one another, and nothing is lost."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.ids import allocate
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import spans_of
from jieyue.apps.returns import refusals
from jieyue.apps.returns.acting import Actor, Key, bodies_of, enter_door, hold, place_of, take
from jieyue.apps.returns.carried import carried
from jieyue.apps.returns.cells import NOT_USED, parse, text_of
from jieyue.apps.returns.lake import forms
from jieyue.apps.returns.models import Return, ReturnVersion
from jieyue.apps.returns.persons import Asks, asks_of, follow
from jieyue.apps.returns.rooms import listed, unknown_rooms
from jieyue.apps.returns.totals import SUM, derived
from jieyue.catalog.form_sheet import FormSheet
from jieyue.domain.period import Period
from jieyue.domain.quantity import LARGEST, fixed_text
from jieyue.domain.rooms import usable
from jieyue.domain.workflow import State, Verb, credit, persons

Value = tuple[int, int]
EMPTY = "{}"


@dataclass(frozen=True)
class Edited:
    """The return after an edit."""

    id: int
    revision: int
    cells: Mapping[str, Value]


def start(user: User, key: Key) -> Edited:
    """Begin a return: 未录入 → 录入中. Raises RefusedError."""
    actor = enter_door(user, key, Verb.START)
    _refuse_not_due(key)
    try:
        with transaction.atomic():
            number = allocate(1)[0]
            if (row := hold(key)) is not None:
                raise refusals.wrong_state(place_of(row, bodies_of(key)), Verb.START)
            _refuse_unknown_room(key)
            bodies_of(key)
            begin = carried(key.form, Period.parse(key.period), [key.subject], key.instance)[key.subject]
            cells = dict(begin.cells)
            entered = credit({}, cells, {}, actor.name, on_behalf=actor.on_behalf, said=begin.said())
            row = blank(key, number)
            row.draft, row.entered_by = _text(key, cells), entered
            row.save(force_insert=True)
            log("returns.start", row, actor, before=None)
    except IntegrityError:  # begun by somebody else at the same instant
        with transaction.atomic():
            raise refusals.wrong_state(place_of(hold(key), bodies_of(key)), Verb.START) from None
    return Edited(row.pk, row.revision, cells)


def blank(key: Key, number: int) -> Return:
    """A return that nobody has entered a cell of; the caller stores it."""
    return Return(
        id=number,
        subject=key.subject,
        subject_kind=Return.Subject.INSTITUTION,
        form=key.form,
        period=key.period,
        instance=key.instance,
        scheme=home_catalog().scheme_on(key.last_day).code,
        state=State.DRAFT.value,
    )


def edit_cells(
    user: User,
    key: Key,
    changes: Mapping[str, Value | None],
    *,
    revision: int,
    said: Mapping[str, Mapping[str, str]] | None = None,
) -> Edited:
    """Change cells of a return that is being entered or was sent back; None empties a cell.

    changes: item → (ten-thousandths, origin). revision: the one that the editor began from; if somebody else has
    saved since, StaleRevisionError names both values of every cell that differs. said: item → `raw` (the text as
    typed) and `src` (where the number comes from). Totals follow from their parts (totals.py), energy users from
    their formula (persons.py). Autosaves are not logged: who entered which cell stands with the return. Raises
    RefusedError.
    """
    actor = enter_door(user, key, Verb.EDIT)
    asks = _refuse_cells(key, changes)
    with transaction.atomic():
        row, _ = take(actor, key, Verb.EDIT)
        before = parse(contents(row))
        if row.revision != revision:
            raise _stale(row, before, changes)
        _refuse_computed(asks, before, changes)
        after = change(row, key, changes, actor, said=said, asks=asks)
    return Edited(row.pk, row.revision, after)


def change(
    row: Return,
    key: Key,
    changes: Mapping[str, Value | None],
    actor: Actor,
    *,
    said: Mapping[str, Mapping[str, str]] | None = None,
    asks: Asks | None = None,
) -> dict[str, Value]:
    """Change cells of the locked return, with what follows from them, and who entered them; gives its cells."""
    before = parse(contents(row))
    after = changed(row, key, before, changes, actor, said=said, asks=asks)
    if after != before:
        row.save(update_fields=["draft", "entered_by", "revision"])
    return after


def changed(
    row: Return,
    key: Key,
    before: Mapping[str, Value],
    changes: Mapping[str, Value | None],
    actor: Actor,
    *,
    said: Mapping[str, Mapping[str, str]] | None = None,
    asks: Asks | None = None,
) -> dict[str, Value]:
    """As `change`, on a row that the caller stores; before: its cells. Nothing is touched where nothing changes.

    asks: what the return asks, where the caller knows it.
    """
    after = {code: value for code, value in {**before, **changes}.items() if value is not None}
    if after == before:
        return after
    entered = credit(before, after, row.entered_by, actor.name, on_behalf=actor.on_behalf, said=said)
    asks = asks or asks_of(key)
    sums = dict(derived(asks.sheet, after, entered))
    whole = {code: value for code, value in {**after, **sums}.items() if value is not None}
    entered = credit(
        after,
        whole,
        entered,
        actor.name,
        on_behalf=actor.on_behalf,
        said={code: {"src": SUM} for code in sums},
    )
    whole, row.entered_by = follow(asks.formula, whole, entered, actor.name, on_behalf=actor.on_behalf)
    row.draft = _text(key, whole)
    row.revision += 1
    return whole


def sheet_of(key: Key) -> FormSheet:
    """The form as the institution is asked for it in the period. Raises UnknownRuleError."""
    return asks_of(key).sheet


def _text(key: Key, cells: Mapping[str, Value]) -> str:
    units = {code: home_catalog().item(f"{key.form}:{code}").unit for code in cells}
    return text_of(cells, units)


def contents(row: Return) -> str:
    """What the return says now: its draft, else its published version."""
    if row.draft or row.current is None:
        return row.draft or EMPTY
    return ReturnVersion.objects.values_list("cells", flat=True).get(pk=row.current)


def log(verb: str, row: Return, actor: Actor, *, before: Mapping[str, object] | None, **said: object) -> None:
    """The entry of one transition. said: `reason`, and data for the reader of the log."""
    named = {
        "institution": row.subject,
        "form": row.form,
        "period": row.period,
        "instance": row.instance,
        "revision": row.revision,
    }
    record(
        verb,
        f"return:{row.pk}",
        actor=actor.name,
        on_behalf=str(row.subject) if actor.on_behalf else "",
        before=before,
        after=stand(row),
        reason=str(said.pop("reason", "")),
        data=named | said,
    )


def stand(row: Return) -> dict[str, object]:
    """What a log entry's digests speak of."""
    return {
        "state": row.state,
        "step": row.step,
        "draft": row.draft,
        "current": row.current,
        "publishing": row.publishing,
        "entered_by": row.entered_by,
        "passed_by": row.passed_by,
    }


def _stale(row: Return, theirs: Mapping[str, Value], mine: Mapping[str, Value | None]) -> RefusedError:
    every = sorted(persons(row.entered_by))

    def said(value: Value | None) -> str | None:
        return None if value is None else "不使用 not used" if value[1] == NOT_USED else fixed_text(value[0])

    differs = {code: (value, theirs.get(code)) for code, value in mine.items() if value != theirs.get(code)}
    return refusals.StaleRevisionError(
        row.revision,
        {
            code: (said(own), said(other), sorted(persons({code: row.entered_by.get(code, {"by": every})})))
            for code, (own, other) in differs.items()
        },
    )


def _refuse_not_due(key: Key) -> None:
    """No such form for this kind of period, the institution was not in being, or the period has not begun."""
    form, period = home_catalog().forms.get(key.form), Period.parse(key.period)
    span = spans_of([key.subject]).get(key.subject)
    wrong = (
        form is None
        or key.form not in forms()
        or period.kind_letter not in form.periods
        or (form.instance == "none") != (key.instance == "")
        or (key.instance != "" and not usable(key.instance))
        or span is None
        or not (span[0] <= period.last_day and period.start < span[1])
        or period.start > settings.JIEYUE_HOME.today()
    )
    if wrong:
        raise RefusedError(
            "return_not_due",
            zh="这家机构这一期不填这张表",
            en="this institution does not file this form for this period",
        )


def _refuse_unknown_room(key: Key) -> None:
    """A return is begun for a room that the register has, or earlier returns where it says nothing."""
    whose = (key.subject, key.instance)
    unknown = unknown_rooms(key.form, Period.parse(key.period), [whose])
    if whose in unknown:
        chinese, english = listed(unknown[whose])
        raise RefusedError(
            "room_unknown",
            zh=f"没有查到这家机构的机房“{key.instance}”（名录或前期报表里的机房：{chinese}）；新机房先在名录里登记",
            en=f"no data-centre room {key.instance} of this institution is known (the register or its earlier returns "
            f"have {english}); register a new room there first",
            data={"room": key.instance},
        )


def _items(key: Key) -> set[str]:
    """Numeric items of the form under the scheme of the period's last day."""
    catalog = home_catalog()
    if key.form not in forms():
        return set()
    scheme = catalog.scheme_on(key.last_day).code
    return {item.code for item in catalog.items(key.form, scheme) if item.value_kind == "number"}


def _refuse_computed(
    asks: Asks | None, before: Mapping[str, Value], changes: Mapping[str, Value | None]
) -> None:
    """A number that the formula gives is not typed where the formula does not let it be."""
    item = asks.computed if asks else ""
    if item in changes and changes[item] != before.get(item):
        raise RefusedError(
            "computed_cell",
            zh=f"{item} 由本机关的公式计算，不能直接填；请填各项人数",
            en=f"{item} follows from the authority's formula and is not typed; state its counts",
            data={"item": item},
        )


def _refuse_cells(key: Key, changes: Mapping[str, Value | None]) -> Asks | None:
    """Cells that the form does not have, or does not ask of this institution; gives what it asks."""
    known = _items(key)
    asks = asks_of(key) if known else None
    own = home_catalog().own_counts
    known -= {code for code in known if f"{key.form}:{code}" in own and asks and code not in asks.sheet.codes}
    for code, value in changes.items():
        if code not in known:
            raise RefusedError(
                "unknown_item", zh=f"表中没有 {code}", en=f"the form has no item {code}", data={"item": code}
            )
        if value is None:
            continue
        number, origin = value
        if not 0 < origin <= NOT_USED or abs(number) > LARGEST or (origin == NOT_USED and number):
            raise RefusedError(
                "bad_cell",
                zh=f"{code} 的数值或来源无效",
                en=f"the value or the origin of {code} is not valid",
                data={"item": code},
            )
    return asks
