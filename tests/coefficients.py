"""The coefficients that the tests work with, written here by hand from GB/T 2589-2020 and the plan's own shares, so
that an expected value never comes from the code or the data that it checks.
"""

from fractions import Fraction

#: kgce per unit of the item (coal in t), survey set.
KGCE = {
    "110": Fraction("0.1229"),
    "130": Fraction("714.3"),
    "140": Fraction("1.33"),
    "150": Fraction("1.0741"),
    "160": Fraction("1.2385"),
    "170": Fraction("34.12"),
    "180": Fraction(1000),
}
#: Section 1 of the plan: 10⁴ tce of 2020, and each carrier's share of 293.77 × 10⁴ t CO2 in percent.
PLAN_TCE = {"110": "71.54", "130": "2.29", "140": "21.67", "150": "7.75", "160": "1.01", "180": "0.012"}
PLAN_CO2 = {"110": "80.05", "130": "1.95", "140": "11.79", "150": "5.46", "160": "0.74", "180": "0.01"}
#: t CO2 per tce that the plan's shares imply; heat and LPG take the one of other energy.
T_PER_TCE = {
    code: Fraction(PLAN_CO2[code]) / 100 * Fraction("293.77") / Fraction(PLAN_TCE[code]) for code in PLAN_TCE
}
