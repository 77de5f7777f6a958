"""`jieyue verify-log` and `jieyue log …`: whether anybody has changed the action log, its keys, what proves it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from jieyue.cli.context import (
    BROKEN,
    REFUSED,
    emit,
    fail,
    guarded,
    options,
    say,
    table,
    text,
    with_home,
    writing,
)

app = typer.Typer(no_args_is_help=True, help="操作日志 / the action log")

Anchors = Annotated[
    list[str] | None,
    typer.Option("--checkpoint", help="在别处保存的检查点文件，或公文上印的短码，可重复"),
]


def add(root: typer.Typer) -> None:
    """Put `verify-log` and the group `log` on the app."""
    root.command("verify-log")(verify_log)
    root.add_typer(app, name="log")


def verify_log(
    checkpoint: Anchors = None,
    file: Annotated[Path | None, typer.Option("--file", help="导出的日志；不给则核对本机")] = None,
    proof: Annotated[Path | None, typer.Option("--proof", help="一条的证明，由 log prove 写出")] = None,
    key: Annotated[str, typer.Option("--key", help="在别处记下的公钥，或公文上印的密钥名")] = "",
) -> None:
    """核对操作日志是否被改过；改过则退出码 4。 Verify the action log; exit 4 if it was changed."""
    if file is not None and proof is not None:
        raise typer.BadParameter("--file | --proof")
    key = _key(key, "--key")
    if proof is not None:
        guarded(_verify_proof)(proof, checkpoint or [], key)
    elif file is None:
        with_home(_verify)(None, checkpoint or [], key)
    else:
        guarded(_verify)(file, checkpoint or [], key)


def _key(given: str, option: str) -> str:
    from jieyue.apps.audit.offline.brought import SpoiltError, digest

    try:
        return digest(given.strip().lower(), option) if given else ""
    except SpoiltError as error:
        raise typer.BadParameter(text(error.message_zh, str(error)), param_hint=option) from None


def _say_if_gone() -> None:
    from jieyue.apps.audit.signer import key_is_gone

    if key_is_gone():
        say(
            "注意：主目录里没有 log.key 了，公钥取自 log.pub；请从备份放回，不然签不了新的检查点",
            "note: log.key is gone from the home, the public key is that of log.pub; put the key of the backup back, "
            "no checkpoint can be signed without it",
        )


def _verify(file: Path | None, checkpoints: list[str], key: str) -> None:
    from jieyue.apps.audit.offline import words
    from jieyue.apps.audit.offline.checking import anchor_of, verify_file

    anchors = [anchor_of(one) for one in checkpoints]
    if file:
        verdict = verify_file(file, anchors, key)
    else:
        from jieyue.apps.audit.verify import verify_home  # needs a home and its database

        verdict = verify_home(anchors, key)
        _say_if_gone()
    if options.json:
        emit(words.document(verdict))
    if verdict.unsigned:
        say(*words.unsigned(verdict.unsigned))
    if verdict.lost:
        say(*words.lost(verdict.lost))
    first = verdict.first
    if first is None:
        say(*words.whole(verdict))
        return
    if not options.json:
        table(
            text("日志被改过", "The log was changed"),
            [text(*pair) for pair in _HEADS],
            [(one.seq, text(*one.words), one.anchor, one.detail) for one in verdict.problems],
            right=[0],
        )
    say(*words.first(first))
    raise typer.Exit(BROKEN)


def _verify_proof(file: Path, checkpoints: list[str], key: str) -> None:
    from jieyue.apps.audit.offline import words
    from jieyue.apps.audit.offline.checking import anchor_of
    from jieyue.apps.audit.offline.proving import check_proof

    anchors = [anchor_of(one) for one in checkpoints]
    unsigned = [str(one) for one in anchors if not isinstance(one, Path)]
    proof, problems = check_proof(file, anchors, key)
    if options.json:
        emit(words.proof_document(proof, problems, unsigned))
    if unsigned:
        say(*words.unsigned(unsigned))
    if not problems:
        say(*words.proved(proof))
        return
    for one in problems:
        say(*words.told(one))
    raise typer.Exit(BROKEN)


@app.command("prove")
@with_home
def prove(
    output: Annotated[Path, typer.Option("--output", "-o", help="目标文件")],
    number: Annotated[
        int, typer.Argument(metavar="编号", help="日志编号；不给则用 --institution 等找核准")
    ] = 0,
    institution: Annotated[str, typer.Option("--institution", help="机构代码：它这份报表最近一次核准")] = "",
    form: Annotated[str, typer.Option("--form")] = "NY201",
    period: Annotated[str, typer.Option("--period", help="2026-10")] = "",
    instance: Annotated[str, typer.Option("--instance", help="机房编号")] = "",
    checkpoint: Annotated[Path | None, typer.Option("--checkpoint", help="在别处保存的检查点")] = None,
) -> None:
    """一条在日志里的证明，不需日志就能核对。 The proof that an entry stands in the log, checked without it."""
    from hashlib import sha256

    from jieyue.apps.audit import proof
    from jieyue.apps.audit.services.note_taking import note_taking
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.registry.queries import number_of
    from jieyue.apps.returns.queries import stored

    if (number > 0) == bool(institution and period):
        raise typer.BadParameter("编号 | --institution --period", param_hint="编号")
    if not number:
        who = number_of(institution)
        if who is None:
            raise typer.BadParameter(institution, param_hint="--institution")
        key = (who, period, instance)
        row = stored(form, [key]).get(key)
        number = proof.newest_entry("returns.approve", f"return:{row.id if row else 0}")
    made = proof.prove(number, checkpoint)
    written = made.content()
    with writing(output):
        output.write_bytes(written)
    note_taking(sha256(written).hexdigest(), [f"proof={number}"], 1, actor=operator_name())
    code = made.checkpoint.short_code()
    if options.json:
        emit({"file": str(output), "seq": number, "checkpoint": code})
    say(
        f"第 {number} 条的证明已写到 {output}，检查点 {code}",
        f"the proof of entry {number} is in {output}, checkpoint {code}",
    )


@app.command("checkpoint")
@with_home
def checkpoint(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="写到文件，存到别处")] = None,
) -> None:
    """签一个检查点，存到本机之外。 Sign a checkpoint, to be kept elsewhere."""
    from jieyue.apps.audit.services.checkpoint import checkpoint as sign
    from jieyue.apps.audit.signer import public_of

    made = sign()
    if made is None:
        fail(REFUSED, "日志还是空的", "the log is empty yet", code="empty_log")
    public = public_of(made.key)
    if output is not None:
        with writing(output):
            output.write_text(json.dumps(vars(made), indent=1) + "\n", encoding="utf-8")
    if options.json:
        emit({**vars(made), "short_code": made.short_code(), "public_key": public})
    say(f"检查点 {made.short_code()}，公钥 {public}", f"checkpoint {made.short_code()}, public key {public}")


@app.command("rotate-key")
@with_home
def rotate_key(
    reason: Annotated[str, typer.Option("--reason", help="理由，记入日志")] = "",
    lost: Annotated[
        str, typer.Option("--lost", help="旧钥匙丢了：log.pub，或它的公钥（导出的日志、证明里的 public_key）")
    ] = "",
) -> None:
    """换签检查点的钥匙：一条日志指名新旧公钥。 Sign with a new key from now on; an entry names both."""
    from jieyue.apps.audit.services.rotate_key import rotate_key as rotate
    from jieyue.apps.identity.services.make_operator import operator_name

    made = rotate(
        actor=operator_name(), reason=reason, lost=lost if lost == "log.pub" else _key(lost, "--lost")
    )
    codes = [one.short_code() if one else "" for one in (made.before, made.after)]
    if options.json:
        said = {"entry": made.entry, "old": made.old, "new": made.new}
        emit({**said, "before": codes[0], "after": codes[1]})
    say(
        f"第 {made.entry} 条起用新钥匙 {made.new}（旧 {made.old}）；请另存新检查点 {codes[1]} 和备份 log.key",
        f"from entry {made.entry} on the key is {made.new} (was {made.old}); keep the new checkpoint {codes[1]} "
        "elsewhere and back log.key up",
    )


@app.command("salt")
@with_home
def salt(
    about: Annotated[str, typer.Argument(metavar="对象", help="日志里的对象，如 user:12、jointreview:3")],
    name: Annotated[str, typer.Option("--text", help="算出这段文字的加盐摘要，与条目核对")] = "",
    erase: Annotated[bool, typer.Option("--erase", help="销毁：条目里的摘要从此无从核对")] = False,
    reason: Annotated[str, typer.Option("--reason", help="理由，记入日志")] = "",
) -> None:
    """个人信息加盐摘要的盐：取出、核对或销毁。 The salt of a person's data in the log: read, compare, destroy."""
    from jieyue.apps.audit.salts import salt_of, salted_with
    from jieyue.apps.audit.services.erase_salt import NoSaltError, erase_salt
    from jieyue.apps.identity.services.make_operator import operator_name

    if erase:
        wiped = erase_salt(about, actor=operator_name(), reason=reason)
        if options.json:
            emit({"object": about, "erased": True, "wiped": wiped})
        say(f"{about} 的盐已销毁", f"the salt of {about} is destroyed")
        if not wiped:
            say(
                "但它的字节可能还留在数据库的文件里：SQLite 停一次服务即清，PostgreSQL 要等 VACUUM 后被覆写",
                "its bytes may still lie in the files of the database: SQLite clears them when the service is stopped "
                "once, PostgreSQL when they are overwritten after a VACUUM",
            )
        return
    found = salt_of(about)
    if not found:
        raise NoSaltError(about)
    said = salted_with(found, name) if name else ""
    if options.json:
        emit({"object": about, "salt": found, "digest": said})
    say(said or found, said or found)


@app.command("export")
@with_home
def export(
    output: Annotated[Path, typer.Option("--output", "-o", help="目标文件（JSON 行）")],
    since: Annotated[str, typer.Option("--since", help="从这个编号或日期起，默认全部")] = "",
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", help="比 --since 早的检查点：写入两者相接的证明，可重复"),
    ] = None,
) -> None:
    """导出日志，可在别处用 verify-log --file 核对。 Export the log, to be verified elsewhere."""
    from hashlib import file_digest

    from jieyue.apps.audit import chain
    from jieyue.apps.audit.offline.checking import read_checkpoint
    from jieyue.apps.audit.services.note_taking import note_taking
    from jieyue.apps.audit.services.sequence import sequence
    from jieyue.apps.audit.signer import public_in_force
    from jieyue.apps.identity.services.make_operator import operator_name

    older = [read_checkpoint(file) for file in checkpoint or []]
    sequence(everything=True)
    first = _first(since)
    before = chain.beginning(first)
    public, kept, last = chain.standing(public_in_force)
    _say_if_gone()
    proofs, turns = chain.consistency(older, before), chain.rotations(before.size)
    with writing(output):
        count = chain.write_export(
            output, chain.numbered(first - 1, last), kept, public, before, proofs, turns
        )
        with output.open("rb") as written:
            digest = file_digest(written, "sha256").hexdigest()
    note_taking(digest, [f"since={first}"], count, actor=operator_name())
    if options.json:
        emit({"file": str(output), "entries": count, "since": first})
    say(f"已导出 {count} 条到 {output}", f"{count} entries exported to {output}")


@app.command("verifier")
@guarded
def verifier(
    output: Annotated[Path, typer.Option("--output", "-o", help="目标文件，如 verify_log.pyz")],
) -> None:
    """写出核对程序：一个文件，只要 Python 3.9 起的标准库。 Write the verifier: one file, standard library only."""
    from hashlib import sha256

    from jieyue.apps.audit.verifier import content

    written = content()
    with writing(output):
        output.write_bytes(written)
    digest = sha256(written).hexdigest()
    if options.json:
        emit({"file": str(output), "bytes": len(written), "sha256": digest})
    say(
        f"核对程序已写到 {output}，SHA-256 {digest}；用法：python3 {output.name} 日志.jsonl",
        f"the verifier is in {output}, SHA-256 {digest}; usage: python3 {output.name} log.jsonl",
    )


def _first(since: str) -> int:
    """The number of the first entry that is asked for: a number, or a day of the authority's calendar."""
    from datetime import date, datetime, time
    from zoneinfo import ZoneInfo

    from django.conf import settings

    from jieyue.apps.audit import chain

    if not since:
        return 1
    if since.isascii() and since.isdigit():
        return max(1, int(since))
    try:
        day = date.fromisoformat(since)
    except ValueError:
        raise typer.BadParameter(
            "编号或日期 a number or a day: 1200 | 2026-10-01", param_hint="--since"
        ) from None
    return chain.number_on(datetime.combine(day, time.min, tzinfo=ZoneInfo(settings.JIEYUE_HOME.timezone)))


_HEADS = (("编号", "number"), ("问题", "problem"), ("凭据", "anchor"), ("细节", "detail"))
