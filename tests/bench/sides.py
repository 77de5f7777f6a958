"""Programs that the harness's tests run in processes of their own."""

import os


def process() -> int:
    return os.getpid()


def broken() -> None:
    raise LookupError("no such number")


def total(numbers: list[int]) -> int:
    return sum(numbers)


def total_by_hand(numbers: list[int]) -> int:
    return numbers[0] + numbers[1] + numbers[2]


def wrong_total(numbers: list[int]) -> int:
    return len(numbers)
