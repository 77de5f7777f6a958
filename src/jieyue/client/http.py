"""Requests of the client: JSON in and out, an answer kept by its ETag, errors with what to do."""

import http.client
import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

Values = Mapping[str, str | int | bool | Sequence[str] | None]


class InterfaceError(RuntimeError):
    """The interface refused, or cannot be reached. `status` is 0 where there was no answer.

    `code` for programs, `message_zh` and `message_en` for people; `body` is the whole document.
    """

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.body = dict(body)
        self.code = str(body.get("code", "unreachable" if status == 0 else "error"))
        self.message_zh = str(body.get("message_zh", ""))
        self.message_en = str(body.get("message_en", ""))
        super().__init__(f"{status} {self.code}: {self.message_en or self.message_zh}")


class Connection:
    """One server and one token. Answers are kept by address and asked for again only if they changed."""

    def __init__(self, address: str, token: str, *, timeout: float = 120.0) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"an address such as https://energy.example.cn, not {address!r}")
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname, parts.port
        self._prefix = parts.path.rstrip("/") + "/api/v1/"
        self._token, self._timeout = token, timeout
        self._kept: dict[str, tuple[str, Any]] = {}

    def get(self, path: str, values: Values | None = None) -> Any:
        """The document at a path. Raises InterfaceError."""
        address = self._address(path, values or {})
        headers = {"If-None-Match": self._kept[address][0]} if address in self._kept else {}
        status, tag, body = self._ask("GET", address, headers)
        if status == 304:
            return self._kept[address][1]
        if tag:
            self._kept[address] = (tag, body)
        return body

    def post(self, path: str, document: Mapping[str, Any], *, key: str | None = None) -> Any:
        """The answer to a JSON document; sent again after a cut, under one key. Raises InterfaceError."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key or secrets.token_hex(16)}
        return self._again("POST", self._address(path, {}), headers, json.dumps(document).encode())

    def send(self, path: str, name: str, content: bytes, values: Values) -> Any:
        """The answer to a file, sent under a key of its own: sent again after a cut, it does nothing twice."""
        mark = secrets.token_hex(16)
        headers = {
            "Content-Type": f"multipart/form-data; boundary={mark}",
            "Idempotency-Key": secrets.token_hex(16),
        }
        body = _multipart(mark, PurePath(name).name, content, values)
        return self._again("POST", self._address(path, {}), headers, body, refused_is_answer=True)

    def _again(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        refused_is_answer: bool = False,
    ) -> Any:
        """Ask; where no answer came, once more under the same key."""
        try:
            return self._ask(method, address, headers, body, refused_is_answer=refused_is_answer)[2]
        except InterfaceError as error:
            if error.status:
                raise
        return self._ask(method, address, headers, body, refused_is_answer=refused_is_answer)[2]

    def _address(self, path: str, values: Values) -> str:
        pairs = [(name, _text(value)) for name, value in values.items() if value not in (None, "")]
        query = urlencode(pairs, doseq=True)
        return self._prefix + quote(path, safe="/:") + (f"?{query}" if query else "")

    def _ask(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        refused_is_answer: bool = False,
    ) -> tuple[int, str | None, Any]:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=self._timeout)
        sent = {"Authorization": f"Bearer {self._token}", "Accept": "application/json", **headers}
        try:
            connection.request(method, address, body=body, headers=sent)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            zh, en = f"连不上 {self._host}：{error}", f"no answer from {self._host}: {error}"
            raise InterfaceError(0, {"message_zh": zh, "message_en": en}) from error
        finally:
            connection.close()
        if response.status == 304:
            return 304, None, None
        document = _document(content)
        if response.status < 300 or (refused_is_answer and "read" in document):
            return response.status, response.headers.get("ETag"), document
        raise InterfaceError(response.status, document if isinstance(document, dict) else {})


def _document(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return {
            "code": "no_json",
            "message_en": "the answer is no JSON: is this the address of the interface?",
        }


def _text(value: object) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str | int) else list(value)  # type: ignore[call-overload]


def _multipart(mark: str, name: str, content: bytes, values: Values) -> bytes:
    lines: list[bytes] = []
    for field, value in values.items():
        if value not in (None, ""):
            head = f'--{mark}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n'
            lines.append(head.encode() + str(_text(value)).encode() + b"\r\n")
    shown = name.replace("\\", "_").replace('"', "_")
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{shown}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return b"".join([*lines, head.encode(), content, f"\r\n--{mark}--\r\n".encode()])
