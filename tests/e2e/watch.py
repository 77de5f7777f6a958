"""What went wrong in a browser while a test looked elsewhere."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Request

_CSP = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error("policy: " + event.effectiveDirective + " " + event.blockedURI);
});
"""


class Watch:
    """Console errors, uncaught errors, breaches of the policy and requests to other hosts, as texts.

    A page that is itself an error (404) makes the browser write that it failed to load it; that is no trouble.
    """

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.troubles: list[str] = []
        self.address = address
        context.add_init_script(_CSP)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.troubles.append(f"uncaught: {error.error}"))
        context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        page = message.page
        if message.type == "error" and not (
            message.text.startswith("Failed to load resource")
            and page is not None
            and message.location.get("url") == page.url
        ):
            self.troubles.append(f"console: {message.text} {message.location.get('url', '')}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.address + "/", "data:", "blob:", "about:")):
            self.troubles.append(f"another host: {request.url}")
