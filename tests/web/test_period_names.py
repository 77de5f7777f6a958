"""What pages call a period, in both languages: no code of a period stands in a sentence."""

import pytest
from django.utils.translation import override

from jieyue.web.words import period_name

NAMES = [
    ("2025", "2025年", "2025"),
    ("2026-09", "2026年9月", "2026-09"),
    ("2026-Q3", "2026年7—9月", "2026-07 to 09"),
    ("2026-01..2026-09", "2026年1—9月", "2026-01 to 09"),
    ("2025-10..2026-09", "2025年10月—2026年9月", "2025-10 to 2026-09"),
    ("2025-HS", "2025—2026年供暖季", "heating season 2025–2026"),
]


@pytest.mark.parametrize(("code", "zh", "en"), NAMES)
def test_a_period_has_a_name_in_both_languages(code: str, zh: str, en: str) -> None:
    with override("zh-hans"):
        assert period_name(code) == zh
    with override("en"):
        assert period_name(code) == en
