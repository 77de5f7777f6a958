"""What is raised when someone asks the catalog for a rule it does not have."""


class UnknownRuleError(LookupError):
    """The catalog has no such rule. ``reason_zh`` and ``reason_en`` are sentences for people."""

    def __init__(
        self, kind_zh: str, kind_en: str, code: str, *, hint_zh: str = "", hint_en: str = ""
    ) -> None:
        self.code = code
        self.reason_zh = f"规则目录中没有{kind_zh}“{code}”。{hint_zh}"
        self.reason_en = f"The catalog has no {kind_en} {code!r}. {hint_en}".rstrip()
        super().__init__(f"{self.reason_en} / {self.reason_zh}")
