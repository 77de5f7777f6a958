"""Check characters against the standards' own examples."""

from jieyue.sample.credit import credit_check, credit_code, organisation_check


def test_organisation_code_of_the_standards_example() -> None:
    assert organisation_check("D2143569") == "X"  # GB 11714-1997, clause 4.3


def test_credit_code_of_the_standards_example() -> None:
    assert credit_check("91350100M000100Y4") == "3"  # GB 32100-2015, annex


def test_synthetic_codes_are_valid_and_cannot_be_real() -> None:
    code = credit_code("2", 123)
    assert len(code) == 18
    assert code[8:10] == "XX"
    assert credit_check(code[:-1]) == code[-1]
    assert organisation_check(code[8:16]) == code[16]
