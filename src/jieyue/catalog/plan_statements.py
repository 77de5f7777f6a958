"""``statements.csv``: the printed statements of a plan and what each is recomputed from."""

from pathlib import Path

from jieyue.catalog.plan_model import Plan, Statement
from jieyue.catalog.plan_tables import PARALLEL, STATEMENT_KINDS, StatementRow
from jieyue.catalog.strict import Placed, read_placed

_MOST_PLACES = 12


def read_statements(path: Path, plan: Plan) -> tuple[Statement, ...]:
    """The statements of a plan whose other tables are read. Raises `CatalogError` for an unknown argument,
    a missing one, or a reference that names no number of the plan."""
    if not path.is_file():
        return ()
    return tuple(_statement(placed, plan) for placed in read_placed(path, StatementRow, key=("id",)))


def _statement(placed: Placed[StatementRow], plan: Plan) -> Statement:
    row = placed.row
    arguments = _arguments(placed)
    _check_shape(placed, arguments)
    references = [("subject", row.subject)] if row.subject else []
    references += [
        ("arguments", word) for name, words in arguments.items() if name != "parent" for word in words
    ]
    for column, reference in references:
        try:
            plan.number(reference)
        except LookupError:
            placed.refuse(column, f"规划里没有“{reference}”这个数", f"the plan has no number {reference!r}")
    if row.unit_scale <= 0:
        placed.refuse("unit_scale", "应大于 0", "must be above 0")
    if not 0 <= row.places <= _MOST_PLACES:
        placed.refuse("places", f"应在 0 与 {_MOST_PLACES} 之间", f"must lie between 0 and {_MOST_PLACES}")
    return Statement(
        id=row.id,
        clause=row.clause,
        box=row.box,
        kind=row.kind,
        name_zh=row.name_zh,
        name_en=row.name_en,
        quote=row.quote,
        subject=row.subject,
        arguments=arguments,
        unit=row.unit,
        unit_zh=row.unit_zh,
        unit_scale=row.unit_scale,
        places=row.places,
        verified=row.verified,
        note=row.note,
    )


def _arguments(placed: Placed[StatementRow]) -> dict[str, tuple[str, ...]]:
    arguments: dict[str, tuple[str, ...]] = {}
    for part in placed.row.arguments.split(";"):
        name, equals, words = part.strip().partition("=")
        if not equals or not words.split() or name in arguments:
            placed.refuse(
                "arguments",
                f"“{part.strip()}”应写成 名称=引用 引用，名称不重复",
                f"{part.strip()!r} must read name=reference reference, each name once",
            )
        arguments[name] = tuple(words.split())
    return arguments


def _check_shape(placed: Placed[StatementRow], arguments: dict[str, tuple[str, ...]]) -> None:
    kind = placed.row.kind
    has_subject, required, optional = STATEMENT_KINDS[kind]
    if has_subject != bool(placed.row.subject):
        placed.refuse(
            "subject",
            "这一类语句需要 subject" if has_subject else "这一类语句没有 subject",
            f"a statement of kind {kind} " + ("needs a subject" if has_subject else "has no subject"),
        )
    given = arguments.keys()
    if not required <= given or not given <= required | optional:
        placed.refuse(
            "arguments",
            f"{kind} 需要：{' '.join(sorted(required))}；可选：{' '.join(sorted(optional))}",
            f"{kind} needs {' '.join(sorted(required))}; it may have {' '.join(sorted(optional)) or 'no more'}",
        )
    for names in PARALLEL.get(kind, ()):
        lengths = {len(arguments.get(name, ())) for name in names}
        if len(lengths) != 1:
            placed.refuse(
                "arguments",
                f"{'、'.join(names)} 的个数应相同",
                f"{', '.join(names)} must be equally long",
            )
