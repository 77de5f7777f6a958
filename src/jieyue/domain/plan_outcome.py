"""What a recomputation of a printed statement gives, and the numbers it reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from jieyue.catalog.plan import Plan, Printed, Statement
from jieyue.domain.plan_span import Agreement, Span, agreement, total
from jieyue.domain.rounding import display


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finding in the making: its code, the declared and the recomputed number [unit of the subject], and
    texts for its message."""

    code: str
    declared: Fraction | None
    recomputed: Fraction | None
    texts: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Reader:
    """The numbers of one statement, read from its plan."""

    plan: Plan
    statement: Statement
    parent: Plan | None = None

    @property
    def subject(self) -> Printed:
        """The printed number that the statement is about."""
        return self.plan.number(self.statement.subject)

    def words(self, name: str) -> tuple[str, ...]:
        """The references of an argument; none if it is not given."""
        return self.statement.arguments.get(name, ())

    def spans(self, name: str) -> list[Span]:
        """The numbers of an argument, each with its rounding."""
        return [Span.of(self.plan.number(word)) for word in self.words(name)]

    def sum(self, name: str) -> Span:
        """The sum of an argument's numbers; 0 if it is not given."""
        return total(self.spans(name))

    def one(self, name: str) -> Span:
        """The product of an argument's numbers (nearly always one); 1 if it is not given."""
        result = Span.sharp(1)
        for span in self.spans(name):
            result *= span
        return result

    def point(self, name: str) -> Fraction:
        """As `one`, the printed value alone, taken as exact."""
        return self.one(name).point

    def show(self, value: Fraction) -> str:
        """A value of the subject's unit as the statement prints results (GB/T 8170)."""
        return display(value / self.statement.unit_scale, self.statement.places)

    def names(self, words: tuple[str, ...]) -> tuple[str, str]:
        """The names of references in Chinese and English, listed."""
        pairs = [self.plan.name_of(word) for word in words]
        return "、".join(zh for zh, _ in pairs), ", ".join(en for _, en in pairs)


def compared(reader: Reader, recomputed: Span, code: str, *, strict_digits: bool = False) -> Outcome | None:
    """The usual judgement of a printed number against its recomputation.

    None if the digits agree. If the inputs' rounding explains the difference: None where the digits are
    merely cut off (unless ``strict_digits``), else a rounding note. Otherwise a finding ``code``.
    """
    printed = Span.of(reader.subject)
    judged: Agreement = agreement(printed, recomputed)
    if judged == "same" or (judged == "cut_off" and not strict_digits):
        return None
    return Outcome(code if judged == "differs" else "plan_rounding", printed.point, recomputed.point)


def percent(ratio: Fraction, places: int = 1) -> str:
    """A change as text with its sign, in percent.

    >>> percent(Fraction(-957, 10000), 2), percent(Fraction(1, 8))
    ('-9.57', '+12.5')
    """
    text = display(ratio * 100, places)
    return text if ratio < 0 else f"+{text}"
