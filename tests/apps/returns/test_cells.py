"""Cells of many returns cut together are those that each one's text says."""

import numpy as np
import pytest

from jieyue.apps.returns.cells import columns

#: Text → (110, 120, x_beds) in ten-thousandths with their origins, worked out by hand; 0 of origin 0 is missing.
SAID = {
    '{"110":["51240","kWh",3],"120":["0.5","m3",1]}': ((512_400_000, 3), (5_000, 1), (0, 0)),
    '{"110":["-12.0304","kWh",4],"x_beds":["7","piece",2]}': ((-120_304, 4), (0, 0), (70_000, 2)),
    '{"110":[null,"kWh",9],"120":["99999999999999.9999","m3",1]}': (
        (0, 9),
        (999_999_999_999_999_999, 1),
        (0, 0),
    ),
    '{"999":["1","t",3],"x_beds":["-0.0001","piece",1]}': ((0, 0), (0, 0), (-1, 1)),
    "{}": ((0, 0), (0, 0), (0, 0)),
    "": ((0, 0), (0, 0), (0, 0)),
}
#: Written otherwise than `text_of` writes: spaces, a bracket in the unit, an escape. They are read one by one.
ODD = ('{"110": ["1","kWh",3]}', '{"110":["1","a]b",3]}', '{"110":["1","\\u5428",3]}')


@pytest.mark.parametrize("times", [1, 100])
@pytest.mark.parametrize("odd", [None, *ODD])
def test_many_texts_are_read_as_few(times: int, odd: str | None) -> None:
    texts = [*SAID] * times + ([] if odd is None else [odd])
    expected = np.array([*SAID.values()] * times + ([] if odd is None else [((10_000, 3), (0, 0), (0, 0))]))
    found = columns(texts, ["110", "120", "x_beds"])
    assert found.values.tolist() == expected[..., 0].tolist()
    assert found.origins.tolist() == expected[..., 1].tolist()
