"""Receipts: the identity of a computation, so that a figure can be asked for again years later.

A run is the SHA-256 of everything that decides its numbers; a figure's receipt is run / scope / indicator.
"""

import hashlib
import json
from dataclasses import asdict, dataclass

_SHORT = 16


class ReceiptError(ValueError):
    """A receipt id that does not have the form RUN/SCOPE/INDICATOR."""


@dataclass(frozen=True)
class RunKey:
    """What decides the numbers of a run: nothing else may.

    method: versioned method id (`account.v1`), kept for ever. sequence: publications with seq <= it count.
    completeness: from which a figure is final. Empty in keys that were made before it was part of them; those keep
    the identity that they had. versions: which version of each return counts; empty: the one in force.
    """

    method: str
    period: str
    form: str
    tce_set: str
    factor_set: str
    electricity_factor: str
    vehicle_boundary: str
    boundaries: str
    population: str
    sequence: int
    catalog_digest: str
    completeness: str = ""
    versions: str = ""

    def run_id(self) -> str:
        """SHA-256 over the canonical JSON of the key, hex.

        >>> RunKey("account.v1", "2020", "NY201", "s", "f", "e", "all_oil", "then", "own", 1, "d").run_id()[:8]
        '3b013646'
        """
        later = ("completeness", "versions")
        said = {name: value for name, value in asdict(self).items() if name not in later or value}
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def fits_an_address(code: str) -> bool:
    """Whether a code can stand between the strokes of a receipt and of an address.

    >>> fits_an_address("500103-01"), fits_an_address("a/b"), fits_an_address("..")
    (True, False, False)
    """
    return not {"/", "\\"} & set(code) and bool(code.strip("."))


@dataclass(frozen=True)
class ReceiptId:
    """RUN/SCOPE/INDICATOR; the run is abbreviated to 16 hex digits for people."""

    run: str
    scope: str
    indicator: str

    def __str__(self) -> str:
        return f"{self.run[:_SHORT]}/{self.scope}/{self.indicator}"

    @classmethod
    def parse(cls, text: str) -> "ReceiptId":
        """Read a receipt id.

        >>> ReceiptId.parse("0123456789abcdef/area:500103/co2_total_t").scope
        'area:500103'
        """
        parts = text.strip().split("/")
        if len(parts) < 3 or not parts[0] or not parts[-1]:
            raise ReceiptError(text)
        return cls(parts[0], "/".join(parts[1:-1]), parts[-1])
