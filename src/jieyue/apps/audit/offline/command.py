"""The command line of the file that `jieyue log verifier` writes: what it prints is what `jieyue verify-log` prints."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from jieyue.apps.audit.offline import brought, words
from jieyue.apps.audit.offline.checking import anchor_of, verify_file
from jieyue.apps.audit.offline.proving import check_proof
from jieyue.apps.audit.offline.signature import means
from jieyue.domain.errors import DomainError
from jieyue.domain.log_chain import Problem, ShortCode

_EXITS = (
    "退出码 exit: 0 完好 whole · 1 文件读不了 refused · 2 用法 usage · "
    "3 完好但签名没有核对 whole, signatures not checked · 4 被改过 changed"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; the exit code."""
    for stream in (sys.stdout, sys.stderr):  # whatever the machine's own encoding is
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    asked = _parser().parse_args(arguments)
    talk = _Talk(asked.lang, asked.json)
    try:
        return _proof(asked, talk) if asked.proof else _log(asked, talk)
    except DomainError as error:
        talk.say((error.message_zh, error.message_en))
        talk.emit(
            {"error": {"message_zh": error.message_zh, "message_en": error.message_en, "code": error.code}}
        )
        return words.REFUSED


class _Talk:
    """Sentences on stderr, the JSON document on stdout."""

    def __init__(self, language: str, as_json: bool) -> None:
        self.language, self.json = language, as_json

    def say(self, pair: words.Pair) -> None:
        sys.stderr.write(pair[0 if self.language == "zh" else 1] + "\n")

    def emit(self, said: object) -> None:
        if self.json:
            sys.stdout.write(json.dumps(said, ensure_ascii=False, indent=1) + "\n")

    def list(self, problems: Sequence[Problem]) -> None:
        if not self.json:
            for one in problems:
                text = words.told(one)[0 if self.language == "zh" else 1]
                sys.stdout.write(f"{text}  {one.detail}".rstrip() + "\n")


def _log(asked: argparse.Namespace, talk: _Talk) -> int:
    verdict = verify_file(asked.file, [anchor_of(one) for one in asked.checkpoint], asked.key)
    talk.emit(words.document(verdict))
    if verdict.unsigned:
        talk.say(words.unsigned(verdict.unsigned))
    if verdict.unchecked:
        talk.say(words.unchecked(len(verdict.unchecked)))
    if verdict.lost:
        talk.say(words.lost(verdict.lost))
    first = verdict.first
    if first is None:
        talk.say(words.whole(verdict))
        return words.UNAVAILABLE if verdict.unchecked else words.DONE
    talk.list(verdict.problems)
    talk.say(words.first(first))
    return words.BROKEN


def _proof(asked: argparse.Namespace, talk: _Talk) -> int:
    anchors = [anchor_of(one) for one in asked.checkpoint]
    codes = [str(one) for one in anchors if isinstance(one, ShortCode)]
    proof, problems = check_proof(asked.file, anchors, asked.key)
    talk.emit(words.proof_document(proof, problems, codes))
    if codes:
        talk.say(words.unsigned(codes))
    if not means():
        talk.say(words.unchecked(1))
    for one in problems:
        talk.say(words.told(one))
    if problems:
        return words.BROKEN
    talk.say(words.proved(proof))
    return words.DONE if means() else words.UNAVAILABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="verify_log.pyz",
        description="核对节约的操作日志，只用 Python 标准库。 Verify an action log of Jieyue, standard library only.",
        epilog=_EXITS,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="log export 写出的日志 an exported log")
    parser.add_argument(
        "--proof", action="store_true", help="FILE 是一条的证明 FILE is the proof of one entry"
    )
    parser.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        metavar="FILE|CODE",
        help="在别处保存的检查点文件，或公文上印的短码，可重复 a checkpoint kept elsewhere, or a paper's code",
    )
    parser.add_argument(
        "--key",
        default="",
        type=_key,
        metavar="KEY",
        help="在别处记下的公钥，或公文上印的密钥名 the public key kept elsewhere, or its name on a paper",
    )
    parser.add_argument(
        "--json", action="store_true", help="一份 JSON 写到标准输出 one JSON document on stdout"
    )
    parser.add_argument("--lang", choices=("zh", "en"), default="zh")
    return parser


def _key(text: str) -> str:
    try:
        return text and brought.digest(text.strip().lower(), "KEY")
    except brought.SpoiltError as error:
        raise argparse.ArgumentTypeError(f"{error.message_zh} / {error}") from error


if __name__ == "__main__":
    sys.exit(main())
