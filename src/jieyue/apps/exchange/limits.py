"""How much an uploaded file may cost. The defaults hold a city's workbook; a deployment may lower them."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the gate and of the child process that parses a file.

    `workbook_bytes` [bytes] holds for xlsx and xls, `text_bytes` [bytes] for csv (which is not packed).
    `unpacked_bytes` [bytes] is the sum over all members, counted while streaming, not as declared.
    `ratio` (unpacked ÷ packed) is judged only above `ratio_from_bytes`, because small XML packs well.
    `memory_bytes`, `cpu_seconds` and `wall_seconds` bound the child; `output_bytes` what it may answer.
    `cells` bounds height × width over all sheets, before anything is copied.
    """

    workbook_bytes: int = 20 * MEBIBYTE
    text_bytes: int = 100 * MEBIBYTE
    members: int = 2_000
    unpacked_bytes: int = 200 * MEBIBYTE
    ratio: int = 200
    ratio_from_bytes: int = 10 * MEBIBYTE
    memory_bytes: int = 1024 * MEBIBYTE
    cpu_seconds: int = 30
    wall_seconds: float = 60.0
    output_bytes: int = 256 * MEBIBYTE
    rows: int = 1_048_576
    cells: int = 8_000_000
    cell_characters: int = 32_767


DEFAULT = Limits()
