"""A browser that looks for what ran, or would run, on the pages of a served home."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from playwright.sync_api import BrowserContext, Error, Page, sync_playwright

from scripts.screenshots import CHROMIUM, CHROMIUM_OPTIONS
from tests.e2e.watch import Watch

PATIENCE = 60_000

_TRAP = """
for (const name of ["alert", "confirm", "prompt", "print"]) {
  window[name] = () => console.error("ran: " + name);
}
"""
#: What no page of ours has: a handler in an attribute, an address that runs or leads elsewhere, elements that run.
_MADE = """() => {
  const wrong = [], seen = (e, why) => wrong.push(e.tagName + " " + why);
  const addresses = ["href", "src", "action", "formaction", "xlink:href", "data", "hx-get", "hx-post"];
  for (const e of document.querySelectorAll("*")) {
    for (const { name, value } of e.attributes) {
      if (/^(on|hx-on)/i.test(name) || name === "srcdoc") seen(e, name);
      if (name === "style" && /url\\(/i.test(value)) seen(e, name);
      if (addresses.includes(name)) {
        const to = new URL(value, location.href);
        if (!["http:", "https:"].includes(to.protocol) && !value.startsWith("data:image/")) seen(e, name + value);
        else if (to.protocol !== "data:" && to.host !== location.host) seen(e, name + " " + to.host);
      }
    }
    if (e.matches("iframe,object,embed,base,marquee,math,video,audio,template,animate,meta[http-equiv],noscript p"))
      seen(e, "is there");
    if (e.matches("script:not([src])") && e.textContent.trim() && e.type !== "application/json") seen(e, "inline");
  }
  return wrong;
}"""
#: Forms with a text to type: [number, key, names]. The key leaves numbers out: one of a list stands for all.
_FORMS = """() => [...document.forms].map((form, number) => {
  const typed = [...form.elements].filter((e) => e.name && (e.tagName === "TEXTAREA" || (e.tagName === "INPUT" &&
    ["text", "search", "number", "date", "month", "email", "tel", "url", "datetime-local"].includes(e.type))));
  const secret = [...form.elements].some((e) => e.type === "password");
  const action = (form.getAttribute("action") || location.pathname).replace(/\\?.*/, "").replace(/\\d+/g, "#");
  const names = [...new Set(typed.map((e) => e.name))];
  const short = names.map((n) => n.replace(/\\d+/g, "#")).join(" ");
  const key = (form.getAttribute("method") || "get") + " " + action + " " + short;
  return [number, key, secret ? [] : names];
})"""
_TYPE = """([number, texts]) => {
  const form = document.forms[number];
  for (const [name, text] of Object.entries(texts))
    for (const e of form.elements) if (e.name === name && e.type !== "hidden") {
      if (e.tagName === "INPUT") e.type = "text";
      e.removeAttribute("maxlength");
      e.disabled = false;
      e.value = text;
    }
  form.target = "_blank";
  HTMLFormElement.prototype.submit.call(form);
}"""


class Looker:
    """One person's tab. troubles: what ran, was refused by the policy, or stands in a page that ought not to."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        context.set_default_timeout(PATIENCE)
        self.context = context
        self.address = address
        self.watch = Watch(context, address)
        context.add_init_script(_TRAP)
        self.page = context.new_page()
        self.made: list[str] = []

    @property
    def troubles(self) -> list[str]:
        """All of them; an answer that is itself an error (a form that is refused) is none."""
        refused = "Failed to load resource: the server responded with a status of 4"
        return self.made + [text for text in self.watch.troubles if refused not in text]

    def look(self, path: str) -> str:
        """Open a page, wait for its parts; its text. A page that is an error of the server is a trouble."""
        try:
            answer = self.page.goto(self.address + path)
        except Error as error:
            if "Download is starting" in str(error):  # a file, which a browser saves and does not show
                return ""
            raise
        if answer is None or answer.status >= 500:
            self.made.append(f"{path}: {answer and answer.status}")
        return self._seen(self.page, path)

    def _seen(self, page: Page, where: str) -> str:
        page.wait_for_function("() => !document.querySelector('[hx-trigger=load]')")
        self.made += [f"{where}: {wrong}" for wrong in page.evaluate(_MADE)]
        return page.content()

    def forms(self) -> list[tuple[int, str, list[str]]]:
        """Of the page in view: (number, key, names of what is typed)."""
        return [(number, key, names) for number, key, names in self.page.evaluate(_FORMS) if names]

    def fill(self, number: int, texts: dict[str, str], where: str) -> str:
        """Send a form of the page in view into a tab of its own; the text of the answer, empty for a file."""
        with self.context.expect_page() as opened:
            self.page.evaluate(_TYPE, [number, texts])
        answer = opened.value
        try:
            answer.wait_for_load_state()
            return self._seen(answer, where) if answer.url.startswith("http") else ""
        except Error:
            if answer.is_closed():  # a file that is saved leaves no page behind
                return ""
            raise
        finally:
            answer.close()


@contextmanager
def lookers(address: str, sessions: dict[str, str]) -> Iterator[dict[str, Looker]]:
    """A tab for each person. sessions: who → the key of a session that is open."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        found = {}
        for who, key in sessions.items():
            context = browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})
            name = settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": key, "url": address}])
            found[who] = Looker(context, address)
        yield found
        browser.close()
