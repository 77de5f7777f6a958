"""Which test runs which service: a test that is named in witnesses.csv must run what it is named for."""

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("witnesses.csv")


@dataclass(frozen=True)
class Witness:
    """change: the test in which the service leaves its entry; refusal: the one in which it is refused and nothing
    stays, or it finds nothing to do; why: said where one of them is not there."""

    service: str
    change: str
    refusal: str
    why: str


@cache
def witnesses() -> tuple[Witness, ...]:
    """The rows of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(Witness(**row) for row in csv.DictReader(file))


@cache
def _claims() -> Mapping[str, list[tuple[str, frozenset[str]]]]:
    found = defaultdict(list)
    for one in witnesses():
        found[one.change].append((one.service, frozenset({"changed"})))
        found[one.refusal].append((one.service, frozenset({"refused", "nothing"})))
    found.pop("", None)
    return found


def missed(test: str, ran: Mapping[str, set[str]]) -> list[str]:
    """What the test (its parameters are no part of its name) is named for and has not run."""
    return [
        f"{service}: not {' or '.join(sorted(wanted))}, for which tests/watch/witnesses.csv names this test"
        for service, wanted in _claims().get(test.partition("[")[0], ())
        if not wanted & ran.get(service, set())
    ]


def is_witness(test: str) -> bool:
    """The test is named for some service."""
    return test.partition("[")[0] in _claims()
