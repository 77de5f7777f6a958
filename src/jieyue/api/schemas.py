"""The documents of the interface; numbers are decimal texts, so that no reader rounds them."""

from typing import Any

from ninja import Schema
from pydantic import StrictInt, StrictStr


class FigureOut(Schema):
    """One computed number. `value` is exact, `display` rounded by GB/T 8170; both null where it is missing."""

    indicator: str
    scope: str
    period: str
    value: str | None
    display: str | None
    unit: str
    basis: str
    factor_set: str
    vehicle_boundary: str
    completeness: str | None
    origin: str | None
    status: str
    receipt: str
    reasons: list[str]


class ChangeSideOut(Schema):
    """The figure of one period. `completeness_weighted`: of the later period, by what was used in the earlier one."""

    period: str
    value: str | None
    display: str | None
    status: str
    completeness: str | None
    completeness_weighted: str | None
    factor_set: str
    receipt: str


class DifferenceOut(Schema):
    """A difference, exact and rounded with its sign, and in percent of the earlier value; reason: why there is none."""

    value: str | None
    display: str | None
    percent: str | None
    reason: str | None


class AlikeOut(DifferenceOut):
    """The difference over the institutions that reported whole periods both times; then, now: what they had."""

    then: str | None
    now: str | None
    institutions: int


class EffectOut(Schema):
    """A part of the change and the number of institutions behind it; `value` is null for what an intensity cannot
    divide, and where there is nothing."""

    code: str
    name_zh: str
    name_en: str
    value: str | None
    display: str | None
    institutions: int | None


class NoteOut(Schema):
    """What else differs between both figures."""

    code: str
    zh: str
    en: str


class MemberOut(Schema):
    """An institution of a list with its own figure then and now; null: missing."""

    code: str
    name: str
    then: str | None
    now: str | None


class ChangeOut(Schema):
    """What changed between two periods: the values of `effects` sum to `reported` exactly.

    not_reported: institutions that owe the later period and have not reported all of it. institutions: those of
    `list` that are yours to see, where a list was asked for.
    """

    indicator: str
    scope: str
    period: str
    against: str
    unit: str
    basis: str
    status: str
    answer_zh: str
    answer_en: str
    then: ChangeSideOut
    now: ChangeSideOut
    reported: DifferenceOut
    like_for_like: AlikeOut
    effects: list[EffectOut]
    not_reported: int
    notes: list[NoteOut]
    method: str
    institutions: list[MemberOut] | None = None
    list: str | None = None


class RestatedRowOut(Schema):
    """Old and new with their receipts, and the four effects between them."""

    code: str
    name_zh: str
    name_en: str
    value: str
    display: str
    receipt: str | None


class RestatementOut(Schema):
    """A past figure restated: old + data + factor + boundary + method = new, exactly."""

    indicator: str
    scope: str
    period: str
    unit: str
    status: str
    rows: list[RestatedRowOut]
    method: str


class ScopeOut(Schema):
    """Something that figures can be asked of."""

    scope: str
    code: str
    name_zh: str
    name_en: str
    kind: str
    parent_scope: str
    in_being: bool


class PlanOut(Schema):
    """A plan that this version brings."""

    id: str
    name_zh: str
    name_en: str
    base_year: int
    target_year: int
    default: bool


class InstitutionOut(Schema):
    """An institution on a day; quantities as decimal texts in m², persons, vehicles.

    reporting_unit: who reports it inside its own return; null where it reports itself, or that is not yours to see.
    """

    code: str
    name: str
    credit_code: str
    level: str
    valid_from: str
    valid_to: str
    floor_area_m2: str | None
    energy_users: str | None
    vehicles: str | None
    region: str | None
    department: str | None
    type: str | None
    reporting_parent: str | None
    reporting_unit: str | None


class DutyOut(Schema):
    """Who files which months of a year that a reorganisation broke; months 1–12, both included.

    institution: whose months; filer: who enters them; collector: the body of the reporting line that collects
    them, null: the one that their last day finds. What is not the caller's to see is null.
    """

    institution: str | None
    filer: str | None
    collector: str | None
    year: int
    first_month: int
    last_month: int


class InstitutionDetail(InstitutionOut):
    """An institution on a day, with who files which months of its broken years."""

    filing: list[DutyOut]


class InstitutionPage(Schema):
    """A page of institutions; pass `next` as `cursor` for the following."""

    items: list[InstitutionOut]
    next: str | None


class ReturnOut(Schema):
    """A published return: item → [value as a decimal text or null for "not used", unit, origin]."""

    institution: str
    form: str
    scheme: str
    period: str
    instance: str
    version: int
    cells: dict[str, list[str | int | None]]


class ReturnPage(Schema):
    """A page of returns; pass `next` as `cursor` for the following."""

    items: list[ReturnOut]
    next: str | None


class ReportedOut(ReturnOut):
    """A submission as it was frozen. version: the number that it would have got; first: the return's first one."""

    submitted_at: str
    first: bool
    digest: str


class ReportedPage(Schema):
    """A page of submissions; pass `next` as `cursor` for the following."""

    items: list[ReportedOut]
    next: str | None


class ReplayIn(Schema):
    """The receipt to compute again."""

    receipt: str


class ReplayOut(Schema):
    """Whether every figure of the receipt's frame came out the same to the last digit; own: whether this one did.

    different: the others by name, for who sees the whole.
    """

    receipt: str
    equal: bool
    own: bool
    compared: int
    different: list[str]


class FindingOut(Schema):
    """What is wrong or worth knowing, where, and how to mend it."""

    severity: str
    code: str
    sheet: str | None
    row: int | None
    column: str | None
    value: str | int | None
    message_zh: str
    message_en: str
    data: dict[str, Any] | None = None


class QuestionOut(Schema):
    """A text that matched no institution, its rows, and the likely institutions."""

    text: str
    rows: list[int]
    candidates: list[dict[str, Any]]


class ImportOut(Schema):
    """What became of a file: read = accepted + duplicate + rejected, always."""

    batch: int | None
    read: int
    accepted: int
    duplicate: int
    rejected: int
    applied: bool
    findings: list[FindingOut]
    questions: list[QuestionOut] | None = None


class ReadingIn(Schema):
    """A reading. ts: ISO 8601 with an offset, or UTC seconds; value: a decimal, as a text where it has many digits;
    channel: total, import, export, sharp, peak, flat or valley; revision: above 0 only for a correction."""

    meter: str
    ts: StrictStr | StrictInt
    value: StrictStr | StrictInt | float
    channel: str = "total"
    revision: int = 0


class ReadingsIn(Schema):
    """A packet of readings."""

    readings: list[ReadingIn]


class PacketOut(Schema):
    """A packet that is on the disk. batch: its number; rejected: readings that were not taken, said in `findings`."""

    batch: int
    received: int
    rejected: int
    findings: list[FindingOut]


class BatchOut(PacketOut):
    """What became of a packet. state: pending, or folded: in the lake.

    Once folded, received = rejected + stored + duplicates. conflicts: stored beside another value of their instant;
    null while pending.
    """

    state: str
    received_at: str
    stored: int | None
    duplicates: int | None
    conflicts: int | None


class FormLineOut(Schema):
    """One line of a form as on paper. kind: stock, quantity, cost or other; depth: how far it is indented;
    carrier_item: the line that stands for the carrier it belongs to, empty where it belongs to none."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    kind: str
    block: str
    depth: int
    carrier_item: str
    required: str


class FormOut(Schema):
    """A form as it is asked for in a period: the lines of page, workbook and file alike."""

    form: str
    period: str
    scheme: str
    name_zh: str
    name_en: str
    instance: str
    lines: list[FormLineOut]
