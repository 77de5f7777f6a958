// The few things a page does by script. Every page reads and works without it.
"use strict";

(() => {
  const panel = document.getElementById("source");
  const body = document.getElementById("source-body");
  let opener = null;

  const close = () => {
    if (!panel || panel.hidden) return;
    panel.hidden = true;
    if (opener) opener.focus();
    opener = null;
  };

  // Where a number comes from: a side panel; the link itself is the whole page.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-source]");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (link && panel && window.htmx && plain) {
      event.preventDefault();
      opener = link;
      body.textContent = panel.dataset.working;
      panel.hidden = false;
      window.htmx.ajax("GET", link.href, { target: "#source-body", swap: "innerHTML" });
      document.getElementById("source-title").focus();
      return;
    }
    if (event.target.closest("[data-close-source]")) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });

  // A menu of the bar closes by Escape, by a click elsewhere, and when the focus leaves it.
  const menus = document.querySelectorAll("details[data-drop]");
  const shut = (except) => menus.forEach((menu) => { if (menu !== except) menu.open = false; });
  document.addEventListener("click", (event) => shut(event.target.closest("details[data-drop]")));
  document.addEventListener("focusin", (event) => shut(event.target.closest("details[data-drop]")));
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest("details[data-drop][open]");
    if (event.key !== "Escape" || !menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("htmx:responseError", () => {
    if (panel && !panel.hidden) body.textContent = panel.dataset.failed;
  });
  document.addEventListener("htmx:sendError", () => {
    if (panel && !panel.hidden) body.textContent = panel.dataset.failed;
  });

  // What is swapped in takes the focus if what it replaces had it: the same link of it, or else its beginning.
  const held = new Map();
  document.addEventListener("htmx:beforeSwap", (event) => {
    const own = document.activeElement;
    const place = event.detail.target;
    if (place.id && own !== document.body && place.contains(own)) {
      held.set(place.id, { tag: own.tagName, text: own.textContent.trim(), href: own.getAttribute("href") });
    }
  });
  document.addEventListener("htmx:afterSettle", () => {
    held.forEach((was, id) => {
      const place = document.getElementById(id);
      if (place && document.activeElement === document.body) {
        const alike = [...place.querySelectorAll(was.tag)].filter((one) => one.textContent.trim() === was.text);
        const next = alike.find((one) => one.getAttribute("href") === was.href) || alike[0] || place;
        if (next === place) place.tabIndex = -1;
        next.focus({ preventScroll: true });
      }
    });
    held.clear();
  });

  // A choice that shows at once; without script the button beside it does the same.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-at-once]");
    if (form) form.requestSubmit();
  });
  document.querySelectorAll("form[data-at-once] [data-fallback]").forEach((button) => {
    button.hidden = true;
  });

  // A text to be pasted elsewhere; without script it is marked and copied by hand.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    const text = document.getElementById(button.dataset.copy);
    text.focus();
    text.select();
    const said = () => { button.textContent = button.dataset.copied; };
    if (navigator.clipboard) navigator.clipboard.writeText(text.value).then(said, () => {});
    else if (document.execCommand("copy")) said();
  });

  // One press is one deed.
  document.addEventListener("submit", (event) => {
    if (event.target.method === "post" && !event.defaultPrevented) {
      event.target.querySelectorAll("button[type=submit]").forEach((button) => {
        window.setTimeout(() => { button.disabled = true; }, 0);
      });
    }
  });
})();
