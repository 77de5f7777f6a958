"""The environment variables of a process. An unknown JIEYUE_* is a slip of the pen, so it is refused."""

import os
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from django.core.exceptions import ImproperlyConfigured
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX: Final = "JIEYUE_"


class Environment(BaseSettings):
    """JIEYUE_<NAME>, read once at start."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", env_ignore_empty=True)

    home: Path | None = None
    #: Database address that stands above home.toml (a deployer's secret store sets it).
    database: str | None = None
    #: The site is behind HTTPS: secure `__Host-` cookies, HSTS. The desk is plain http on the loopback.
    https: bool = False
    #: Host names that the site answers to, separated by commas.
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.1", "localhost", "[::1]")
    #: Number of proxies in front whose X-Forwarded-For is believed.
    trusted_proxies: int = 0
    #: Days that the activation code of a printed slip is good for.
    activation_days: Annotated[int, Field(ge=1, le=90)] = 14
    #: Minutes without anything done after which a session ends; no norm sets the number, the authority does.
    idle_minutes: Annotated[int, Field(ge=5, le=720)] = 30
    #: Reviewers and above sign in with a second factor (TOTP).
    second_factor: bool = False
    #: Folder, best on another machine's disk, that hourly checkpoints of the action log are left in.
    anchor_folder: Path | None = None
    #: Address that they are mailed to; needs `mail`.
    anchor_mail: str | None = None
    #: smtp://user:password@host:port (STARTTLS), smtps:// (TLS from the start) or smtp+plain:// (no encryption).
    mail: str | None = None
    mail_from: str = "jieyue@localhost"
    #: Folder with fonts for papers, beside those of the system.
    fonts: Path | None = None
    debug: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    lang: str | None = None
    #: What runs the queries: `duckdb`, or the address of a Spark cluster (`spark://host:7077`, `local[2]`, `yarn`, `k8s://…`).
    engine: Annotated[str, Field(pattern=r"^(duckdb|local\[(\d+|\*)\]|spark://\S+|k8s://\S+|yarn)$")] = (
        "duckdb"
    )
    #: Folder in which the processes of a site share what they have drawn; set by the server itself (config/server.py).
    drawn: Path | None = None
    #: Rehearsed crash, see store/failpoint.py.
    failpoint: str | None = None

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @model_validator(mode="after")
    def _mail_for_anchors(self) -> Self:
        """Checkpoints that nobody sends are no anchors."""
        if self.anchor_mail and not self.mail:
            raise ValueError(
                "JIEYUE_ANCHOR_MAIL 要有邮件服务器 JIEYUE_MAIL / JIEYUE_ANCHOR_MAIL needs a mail server, JIEYUE_MAIL"
            )
        return self


def read_environment() -> Environment:
    """The checked environment; raises ImproperlyConfigured that names the variable."""
    known = {PREFIX + name.upper() for name in Environment.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise ImproperlyConfigured(
            f"不认识的环境变量 / unknown environment variables: {', '.join(unknown)}; "
            f"known: {', '.join(sorted(known))}"
        )
    try:
        return Environment()
    except ValidationError as error:
        raise ImproperlyConfigured(f"环境变量有误 / wrong environment variable: {error}") from error
