"""What an analyst asks an authority's system, as frames."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from jieyue.client.http import Connection, Values

_TEXT = pl.String()


class Client:
    """One authority's system. `address` as in the browser; `token` from `jieyue token issue`."""

    def __init__(self, address: str, token: str, *, timeout: float = 120.0) -> None:
        self._connection = Connection(address, token, timeout=timeout)

    def figures(
        self,
        *scopes: str,
        period: str,
        indicators: Sequence[str] = (),
        factor_set: str | None = None,
        electricity_factor: str | None = None,
        vehicle_boundary: str | None = None,
        boundaries: str | None = None,
        version: str | None = None,
    ) -> pl.DataFrame:
        """Figures of scopes (default: city), one row each, with unit, status, completeness and receipt.

        `value` is Float64 for plots and models; `exact` keeps every digit as text. version: `first` for what was
        reported first.
        """
        values: Values = {
            "scope": list(scopes) or ["city"],
            "period": period,
            "indicator": list(indicators),
            "factor_set": factor_set,
            "electricity_factor": electricity_factor,
            "vehicle_boundary": vehicle_boundary,
            "boundaries": boundaries,
            "version": version,
        }
        rows = self._connection.get("figures", values)
        schema = dict.fromkeys(_FIGURE, _TEXT) | {"reasons": pl.List(pl.String())}
        frame = pl.DataFrame(rows, schema=schema, orient="row").rename({"value": "exact"})
        return frame.with_columns(
            pl.col("exact").cast(pl.Float64).alias("value"), pl.col("completeness").cast(pl.Float64)
        )

    def change(
        self,
        scope: str = "city",
        *,
        period: str,
        against: str | None = None,
        indicators: Sequence[str] = (),
        factor_set: str | None = None,
        electricity_factor: str | None = None,
        vehicle_boundary: str | None = None,
        boundaries: str | None = None,
    ) -> pl.DataFrame:
        """What changed between two periods (default: against the year before): a row each part of the change.

        `part` is `reported`, `like_for_like`, `entries`, `exits`, `missing`, `appeared`, `moved_in`, `moved_out`
        (for an intensity `composition`): the parts after `reported` sum to it. `value` is Float64, `exact` keeps
        every digit as text; `institutions` says how many stand behind the part, `receipts` where both figures come
        from.
        """
        values: Values = {
            "scope": scope,
            "period": period,
            "against": against,
            "indicator": list(indicators),
            "factor_set": factor_set,
            "electricity_factor": electricity_factor,
            "vehicle_boundary": vehicle_boundary,
            "boundaries": boundaries,
        }
        rows = [row for one in self._connection.get("figures/change", values) for row in _change_rows(one)]
        frame = pl.DataFrame(rows, schema=_CHANGE, orient="row")
        return frame.with_columns(pl.col("exact").cast(pl.Float64).alias("value"))

    def not_reported(self, scope: str = "city", *, period: str, indicator: str) -> pl.DataFrame:
        """The institutions that owe a period and have not reported it, with what they had the year before."""
        values: Values = {"scope": scope, "period": period, "indicator": [indicator], "list": "not_reported"}
        (found,) = self._connection.get("figures/change", values)
        return pl.DataFrame(
            found["institutions"], schema=dict.fromkeys(("code", "name", "then", "now"), _TEXT)
        )

    def scopes(self, period: str, tree: str | None = None) -> pl.DataFrame:
        """The scopes that you may ask of: scope, names, kind, parent."""
        return pl.DataFrame(self._connection.get("scopes", {"period": period, "tree": tree}))

    def plan_status(self, plan: str, year: int, *, scope: str = "city") -> pl.DataFrame:
        """A plan's indicators in a year by the plan's own method: base, target, path, actual, status."""
        return pl.DataFrame(self._connection.get(f"plans/{plan}/status", {"year": year, "scope": scope}))

    def receipt(self, receipt: str) -> dict[str, Any]:
        """What a figure was made from: method, formula in words, factors with their documents."""
        document: dict[str, Any] = self._connection.get(f"receipts/{receipt}")
        return document

    def replay(self, receipt: str) -> bool:
        """Whether the figure comes out again to the last digit, with the facts and rules of its day."""
        said = self._connection.post("replays", {"receipt": receipt})
        return bool(said.get("own", said["equal"]))  # an older office speaks of all figures beside it only

    def institutions(self, on: str | None = None) -> pl.DataFrame:
        """Institutions in being on a day (default today): one row each, quantities in m², persons, vehicles."""
        rows = list(self._pages("institutions", {"on": on}))
        frame = pl.DataFrame(rows, schema=dict.fromkeys(_INSTITUTION, _TEXT), orient="row")
        quantities = ("floor_area_m2", "energy_users", "vehicles")
        return frame.with_columns(pl.col(name).cast(pl.Decimal(38, 4)) for name in quantities)

    def returns(self, form: str, period: str) -> pl.DataFrame:
        """Published cells in the long layout: institution, period, item, value (Decimal), unit, origin, instance.

        A null value with origin 9 is "not used"; what was not reported has no row.
        """
        rows = [
            (row["institution"], period, f"{form}:{item}", _decimal(value), unit, origin, row["instance"])
            for row in self._pages("returns", {"form": form, "period": period})
            for item, (value, unit, origin) in row["cells"].items()
        ]
        return pl.DataFrame(rows, schema=_CELLS, orient="row")

    def reported(self, form: str, period: str) -> pl.DataFrame:
        """Cells as they were submitted, in the long layout of `returns`, with `submitted_at` (UTC) and `first`.

        Every submission of a return, also one that was withdrawn or sent back later: what was reported first is
        `first`, the latest has the greatest `submitted_at`. Never mixed with published cells.
        """
        rows = [
            (row["institution"], period, f"{form}:{item}", _decimal(value), unit, origin, row["instance"],
             row["submitted_at"], row["first"])
            for row in self._pages("reported", {"form": form, "period": period})
            for item, (value, unit, origin) in row["cells"].items()
        ]  # fmt: skip
        frame = pl.DataFrame(
            rows, schema=_CELLS | {"submitted_at": _TEXT, "first": pl.Boolean()}, orient="row"
        )
        return frame.with_columns(pl.col("submitted_at").str.to_datetime(time_zone="UTC"))

    def catalog(self, table: str) -> pl.DataFrame:
        """A table of the rules, with the source of every row."""
        return pl.DataFrame(self._connection.get(f"catalog/{table}"), infer_schema_length=None)

    def import_returns(
        self,
        file: str | Path,
        *,
        form: str = "",
        period: str = "",
        profile: str = "",
        publish: bool = False,
        dry_run: bool = False,
        valid_rows_only: bool = False,
        restate: str = "",
    ) -> dict[str, Any]:
        """Bring a file of returns in: counts that add up and findings, whether it was stored or refused."""
        values: Values = {
            "form": form,
            "period": period,
            "profile": profile,
            "publish": publish,
            "dry_run": dry_run,
            "valid_rows_only": valid_rows_only,
            "restate": restate,
        }
        path = Path(file)
        answer: dict[str, Any] = self._connection.send(
            "imports/returns", path.name, path.read_bytes(), values
        )
        return answer

    def push_readings(
        self, readings: Iterable[Mapping[str, Any]], *, key: str | None = None
    ) -> dict[str, Any]:
        """Send readings (`meter`, `ts`, `value`, and if need be `channel`, `revision`): answered once they are on the
        disk.

        key: the `Idempotency-Key`; made up if none is given. Sent again under the same key, nothing is done twice.
        """
        rows = [{name: _plain(value) for name, value in row.items()} for row in readings]
        answer: dict[str, Any] = self._connection.post("readings", {"readings": rows}, key=key)
        return answer

    def batch(self, number: int) -> dict[str, Any]:
        """What became of readings that were sent: pending or folded, with how many were new or there already."""
        found: dict[str, Any] = self._connection.get(f"batches/{number}")
        return found

    def _pages(self, path: str, values: Values) -> Iterator[dict[str, Any]]:
        cursor: str | None = ""
        while cursor is not None:
            page = self._connection.get(path, {**values, "cursor": cursor, "size": 1000})
            yield from page["items"]
            cursor = page["next"]


def _change_rows(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The change as reported and its parts, each a row."""
    kept = {name: found[name] for name in ("indicator", "scope", "period", "against", "unit", "status")}
    kept["receipts"] = [found["then"]["receipt"], found["now"]["receipt"]]
    alike = found["like_for_like"]["percent"]
    parts = [{"code": "reported", "institutions": None, **found["reported"]}, *found["effects"]]
    for part in parts:
        percent = alike if part["code"] == "like_for_like" else part.get("percent")
        own = {"part": part["code"], "exact": part["value"], "percent": percent}
        yield {**kept, **own, "institutions": part["institutions"]}


def _plain(value: Any) -> Any:
    """As JSON has it: decimals as their text, instants as ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


_CHANGE = dict.fromkeys(
    ("indicator", "scope", "period", "against", "unit", "status", "part", "exact", "percent"), _TEXT
) | {"institutions": pl.Int64(), "receipts": pl.List(pl.String())}
_CELLS = {
    "institution": _TEXT,
    "period": _TEXT,
    "item": _TEXT,
    "value": pl.Decimal(38, 4),
    "unit": _TEXT,
    "origin": pl.UInt8(),
    "instance": _TEXT,
}
_FIGURE = (
    "indicator",
    "scope",
    "period",
    "value",
    "display",
    "unit",
    "basis",
    "factor_set",
    "vehicle_boundary",
    "completeness",
    "origin",
    "status",
    "receipt",
)
_INSTITUTION = (
    "code",
    "name",
    "credit_code",
    "level",
    "valid_from",
    "valid_to",
    "floor_area_m2",
    "energy_users",
    "vehicles",
    "region",
    "department",
    "type",
    "reporting_parent",
    "reporting_unit",
)
