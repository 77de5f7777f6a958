"""The analyst's client: an authority's figures, returns and registry as polars frames, over the HTTP interface.

    from jieyue.client import Client

    city = Client("http://127.0.0.1:8000", token="jy_…")
    city.figures("area:500103", period="2025")

Needs numpy and polars only. Quantities arrive as Decimal columns; a figure keeps its exact text beside a Float64
for plots, and its receipt.
"""

from jieyue.client.client import Client
from jieyue.client.http import InterfaceError

__all__ = ["Client", "InterfaceError"]
