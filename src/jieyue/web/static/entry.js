// The page of entry: saves what is typed, says what is found, moves by keyboard, takes what is pasted.
// Without it the page works by its buttons.
"use strict";

(() => {
  const form = document.getElementById("entry");
  if (!form) return;
  const place = `entry ${form.getAttribute("action")}`;  // of what is kept in this window
  // What was typed and not saved, in this window alone, for the same person at the same return: it stays until the
  // person decides, or the page says the same. What went with a form is there once the form has led here again.
  const [came] = performance.getEntriesByType("navigation");
  const signedIn = document.referrer.startsWith(`${window.location.origin}/signin/`);
  const done = came && came.type === "navigate" && came.redirectCount > 0 && !signedIn;
  const stored = () => {
    const found = JSON.parse(window.sessionStorage.getItem(place)) || { person: form.dataset.person };
    if (found.person !== form.dataset.person) return {};
    return { ...found.said, ...(done ? {} : found.sent) };
  };
  const remember = (name, what) => {
    try {
      window.sessionStorage.setItem(name, JSON.stringify({ person: form.dataset.person, ...what }));
    } catch {
      // The window takes no more: what is typed stays on the page alone.
    }
  };
  const store = (said, sent) => {
    if (Object.keys({ ...said, ...sent }).length) {
      remember(place, { said, sent });
    } else {
      window.sessionStorage.removeItem(place);
    }
  };
  let undecided = stored();
  const drafted = `explained ${place}`;  // being written: the server has an explanation once it is submitted
  if (!form.querySelector("input[name^='c-']")) {  // closed, by oneself or by somebody else
    store(undecided, {});
    if (done) window.sessionStorage.removeItem(drafted);  // submitted from here
    return;
  }
  const side = document.getElementById("side");
  const status = document.getElementById("saved");
  const conflict = document.getElementById("conflict");
  const revision = form.elements.revision;
  const inputs = () => [...form.querySelectorAll("input[name^='c-']")];
  const input = (code) => document.getElementById(`c-${code}`);
  const row = (code) => document.getElementById(`r-${code}`);
  const contested = new Set();  // cells that somebody else has saved too: nobody's number goes over the other's
  const unsaved = () => inputs().filter((one) => !one.disabled && one.value !== one.dataset.was);
  const changed = () => unsaved().filter((one) => one.value !== one.dataset.refused && !contested.has(one));
  let saving = false;
  let timer = 0;
  let leaving = false;
  let over = false;  // the session: nothing is saved any more before the person has signed in anew
  let pressed = null;  // the button that waits for a save on its way

  const say = (text, bad) => {
    status.textContent = text;
    status.classList.toggle("wrong", Boolean(bad));
  };

  // --- Saving -------------------------------------------------------------------------------------
  const save = async () => {
    window.clearTimeout(timer);
    const sent = changed();
    if (over) store(undecided, typed());
    if (saving || leaving || over || !sent.length) return;
    saving = true;
    say(form.dataset.saving);
    const data = new FormData();
    data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    data.set("revision", revision.value);
    const was = new Map(sent.map((one) => [one, one.value]));
    sent.forEach((one) => data.set(one.name, one.value));
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: data, headers: { Accept: "application/json" }, redirect: "error",
      });
      const kind = answer.headers.get("Content-Type") || "";
      if (!kind.startsWith("application/json")) throw new Error(String(answer.status));
      const told = await answer.json();
      if (told.refused === "signed_out") {
        end();
      } else if (told.refused) {
        say(told.message, true);
      } else {
        show(told, was);
      }
    } catch {
      say(form.dataset.failed, true);
      timer = window.setTimeout(save, 20000);
    } finally {
      saving = false;
    }
    if (pressed) {
      const button = pressed;
      pressed = null;
      if (!contested.size) form.requestSubmit(button);
      return;
    }
    if (changed().some((one) => was.has(one) && one.value !== was.get(one))) later();
  };
  const later = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(save, 300);
  };

  const show = (told, was) => {
    revision.value = told.revision;
    const against = new Set((told.conflict || []).map((one) => one.code));
    Object.entries(told.cells).forEach(([code, cell]) => {
      const box = input(code);
      if (!box) return;
      const wrong = told.wrong[code] || "";
      if (wrong) box.dataset.refused = was.get(box) ?? box.value;
      if (against.has(code)) contested.add(box);
      settle(box, cell.text, was, wrong || contested.has(box));
      if (wrong) box.setAttribute("aria-invalid", "true"); else box.removeAttribute("aria-invalid");
      document.getElementById(`w-${code}`).textContent = wrong;
      const line = row(code);
      line.className = cell.mark ? `marked-${cell.mark}` : "";
      line.querySelector("[data-change]").textContent = cell.change;
      line.querySelector("[data-source-text]").textContent = cell.source;
      const offer = line.querySelector("details.estimate");
      if (offer) offer.hidden = cell.text !== "";
    });
    keep(told.side);
    if (told.conflict) contest(told.conflict);
    const bad = Object.keys(told.wrong).length || (told.conflict || []).length;
    say(bad ? form.dataset.wrong : form.dataset.saved, bad);
    if (told.conflict) say("", false);
  };

  // --- The end of the session -----------------------------------------------------------------------
  const end = () => {
    over = true;
    store(undecided, typed());
    say(form.dataset.ended, true);
    const notice = document.getElementById("ended");
    notice.hidden = false;
    notice.querySelector("a").href = window.location.pathname + window.location.search;
    notice.querySelector("a").addEventListener("click", () => {
      store(undecided, typed());
      leaving = true;
    });
    notice.scrollIntoView({ block: "nearest" });
  };
  const typed = () => {
    const texts = [...side.querySelectorAll("textarea")].filter((one) => one.value && one.value !== one.dataset.stands);
    return Object.fromEntries([...unsaved(), ...texts].map((one) => [one.name, one.value]));
  };
  const notice = document.getElementById("kept");
  const offer = () => {
    const said = Object.entries(undecided)
      .map(([name, text]) => [name, text, form.elements.namedItem(name)])
      .filter(([, text, field]) => !field || (!field.disabled && field.value !== text));
    undecided = Object.fromEntries(said.map(([name, text]) => [name, text]));
    store(undecided, {});
    const line = (field) => field.closest("tr[data-name]");
    const shown = said.filter(([, , field]) => field).map(([, text, field]) => {
      const now = field.value && line(field) ? ` (${field.value})` : "";
      return line(field) ? `${line(field).dataset.name} ${text || "—"}${now}` : `“${text}”`;
    });
    notice.querySelector("[data-typed]").textContent = shown.join(" · ");
    notice.hidden = !shown.length;
  };
  notice.addEventListener("click", (event) => {
    if (!event.target.matches("button")) return;
    const said = Object.entries(undecided).map(([name, text]) => [form.elements.namedItem(name), text]);
    undecided = Object.fromEntries(Object.entries(undecided).filter(([name]) => !form.elements.namedItem(name)));
    store(undecided, {});
    if (event.target.matches("[data-take]")) {
      said.filter(([field]) => field).forEach(([field, text]) => {
        field.value = text;
        if (field.matches("textarea")) draft(field);
      });
      later();
    }
    notice.hidden = true;
  });

  // What the answer says of one cell; what was typed since it was asked stays, and is still to be saved.
  const settle = (box, text, was, open) => {
    if (open) return;
    const sent = was.get(box);
    delete box.dataset.spelt;
    const typedOn = box.value !== (sent ?? box.dataset.was);
    if (typedOn) {
      if (sent !== undefined) box.dataset.was = sent;
      return;
    }
    if (sent !== undefined && box === document.activeElement) {
      box.dataset.was = sent;  // the caret stands in it: its spelling is left alone until it leaves
      box.dataset.spelt = text;
      return;
    }
    if (box.value !== text) box.value = text;
    box.dataset.was = text;
  };

  // What is being explained is not lost when the findings are shown anew, and goes over nothing that was explained
  // since: beside each draft is kept the server's text that it was begun from.
  const words = () => {
    const found = JSON.parse(window.sessionStorage.getItem(drafted)) || {};
    return found.person === form.dataset.person ? found.said : {};
  };
  const drafts = words();
  const draft = (field) => {
    drafts[field.name] = { text: field.value, of: drafts[field.name]?.of ?? field.dataset.stands };
    remember(drafted, { said: drafts });
  };
  // Whether a draft was set aside, to be offered.
  const refill = () => {
    let [gone, aside] = [false, false];
    side.querySelectorAll("textarea").forEach((one) => {
      if (!drafts[one.name]) return;
      const { text, of } = drafts[one.name];
      const { stands } = one.dataset;
      if (stands && one.defaultValue.trim() === text.trim()) {  // the page has shown both: what is sent now is meant
        drafts[one.name].of = stands;
        remember(drafted, { said: drafts });
        return;
      }
      if (stands === "" || stands === of) {
        one.value = text;
        return;
      }
      delete drafts[one.name];
      gone = true;
      one.value = stands;
      if (["", of, stands].includes(text.trim())) return;
      undecided[one.name] = text;
      aside = true;
    });
    if (aside) offer();
    if (gone) remember(drafted, { said: drafts });
    return aside;
  };
  side.addEventListener("input", (event) => {
    if (event.target.matches("textarea")) draft(event.target);
  });
  const keep = (html) => {
    const said = new Map([...side.querySelectorAll("textarea")].map((one) => [one.name, one.value]));
    const active = document.activeElement && side.contains(document.activeElement) ? document.activeElement : null;
    const place = active && active.name ? [active.name, active.selectionStart] : null;
    side.innerHTML = html;
    if (refill()) notice.scrollIntoView({ block: "nearest" });
    side.querySelectorAll("textarea").forEach((one) => {
      if (!one.value) one.value = said.get(one.name) ?? "";
      if (place && one.name === place[0]) {
        one.focus();
        one.setSelectionRange(place[1], place[1]);
      }
    });
  };

  // Two editors: both values, and a choice for each cell.
  const contest = (rows) => {
    conflict.hidden = false;
    const body = conflict.querySelector("tbody");
    body.textContent = "";
    rows.forEach((one) => {
      const line = body.insertRow();
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = one.name;
      line.append(head);
      [one.mine, one.theirs, one.by].forEach((text, place) => {
        const cell = line.insertCell();
        cell.textContent = text;
        if (place < 2) cell.className = "number";
      });
      const choice = line.insertCell();
      [[form.dataset.mine, null], [form.dataset.theirs, one.their_text]].forEach(([text, value]) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn-quiet btn-small";
        button.textContent = text;
        button.addEventListener("click", () => {
          const box = input(one.code);
          contested.delete(box);
          box.dataset.was = one.their_text;
          if (value !== null) box.value = value;
          line.remove();
          if (!body.rows.length) conflict.hidden = true;
          later();
        });
        choice.append(button, " ");
      });
    });
    conflict.scrollIntoView({ block: "nearest" });
  };

  // Back to what stands in it, a cell is not wrong any more.
  const clear = (box) => {
    if (box.value !== box.dataset.was || contested.has(box)) return;
    delete box.dataset.refused;
    box.removeAttribute("aria-invalid");
    document.getElementById(`w-${box.name.slice(2)}`).textContent = "";
  };
  form.addEventListener("input", (event) => {
    if (event.target.matches("input[name^='c-']")) clear(event.target);
  });
  form.addEventListener("change", (event) => {
    if (event.target.matches("input[name^='c-']")) later();
    if (event.target.matches("select.use")) {
      event.target.parentElement.querySelector("button[name='use']").click();
    }
  });
  window.setInterval(save, 20000);
  form.addEventListener("submit", (event) => {
    if (saving) {  // its answer has the revision that the form must go by
      event.preventDefault();
      pressed = event.submitter;
      return;
    }
    if (contested.size) {
      event.preventDefault();
      conflict.scrollIntoView({ block: "nearest" });
      return;
    }
    store(undecided, typed());  // if the session is over, the sign-in page comes instead
    leaving = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && (changed().length || contested.size)) event.preventDefault();
  });

  // --- Keyboard -----------------------------------------------------------------------------------
  const step = (from, by) => {
    const open = inputs().filter((one) => !one.disabled);
    const next = open[open.indexOf(from) + by];
    if (next) {
      next.focus();
      next.select();
    }
  };
  form.addEventListener("focusout", ({ target }) => {
    if (target.dataset.spelt === undefined) return;
    if (target.value === target.dataset.was) target.value = target.dataset.was = target.dataset.spelt;
    delete target.dataset.spelt;
  });
  form.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      save();
      return;
    }
    if (!event.target.matches("input[name^='c-']") || event.isComposing) return;
    if (event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      step(event.target, 1);
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      step(event.target, -1);
    } else if (event.key === "Escape") {
      event.target.value = event.target.dataset.was;
      clear(event.target);
    }
  });

  // --- Paste --------------------------------------------------------------------------------------
  // A column goes down from the cell; rows that begin with a code or a name of the form find their own lines.
  const named = () => {
    const found = new Map();
    form.querySelectorAll("tr[data-code]").forEach((line) => {
      found.set(line.dataset.code, line.dataset.code);
      found.set(line.dataset.name, line.dataset.code);
    });
    return found;
  };
  form.addEventListener("paste", (event) => {
    if (!event.target.matches("input[name^='c-']")) return;
    const text = event.clipboardData.getData("text/plain").replace(/\r/g, "").replace(/\n$/, "");
    if (!/[\n\t]/.test(text)) return;
    event.preventDefault();
    const rows = text.split("\n").map((line) => line.split("\t").map((cell) => cell.trim()));
    const lines = named();
    const every = inputs();
    let at = every.indexOf(event.target);
    let done = 0;
    let left = 0;
    rows.forEach((cells) => {
      const code = cells.slice(0, -1).map((cell) => lines.get(cell)).find(Boolean);
      const value = cells.filter(Boolean).pop() || "";
      const box = code ? input(code) : every[at];
      at += 1;
      if (!box || box.disabled) {
        if (value && value !== "0") left += 1;
        return;
      }
      if (value === "") return;
      box.value = value;
      done += 1;
    });
    say(`${done} ${form.dataset.pasted}${left ? ` · ${left} ${form.dataset.left}` : ""}`, left > 0);
    later();
  });

  form.querySelectorAll("[data-fallback]").forEach((button) => { button.hidden = true; });
  refill();
  offer();
})();
