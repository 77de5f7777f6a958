"""Exact quantities in the office database."""

from decimal import Decimal
from typing import Any

from django.db import models

from jieyue.domain.quantity import DECIMALS, from_fixed, to_fixed


class QuantityField(models.BigIntegerField):
    """A DECIMAL(18,4) stored as int64 ten-thousandths: SQLite would keep a decimal as a float.

    Python sees a Decimal with 4 decimals. A value with more decimals is a mistake of the caller, who rounds
    (and says so in a finding) before storing; it raises ValueError.
    """

    def from_db_value(self, value: int | None, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-DECIMALS)

    def to_python(self, value: Any) -> Decimal | None:
        return None if value is None else from_fixed(_exact(value))

    def get_prep_value(self, value: Any) -> int | None:
        return None if value is None else _exact(value)


def _exact(value: Any) -> int:
    fixed, rounded = to_fixed(value)
    if rounded:
        raise ValueError(f"{value} has more than 4 decimals; round it before storing")
    return fixed
