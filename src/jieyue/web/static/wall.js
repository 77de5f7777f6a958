// The wall: asks every minute, changes only what has changed, and keeps its last picture when nobody answers.
"use strict";

(() => {
  const EVERY = 60000;
  const PAUSES = [5000, 10000, 20000, 40000, 60000, 120000, 300000];
  const OLD = 15 * 60000;
  const body = document.body;
  const band = document.getElementById("lost");
  const state = document.getElementById("state");
  let tag = "";
  let seen = Date.now();
  let failures = 0;

  const two = (number) => String(number).padStart(2, "0");
  const clock = (time) => `${two(new Date(time).getHours())}:${two(new Date(time).getMinutes())}`;

  const said = () => {
    if (!failures) return;
    const age = Date.now() - seen;
    band.textContent = body.dataset.lost.replace("{time}", clock(seen)).replace("{minutes}", String(Math.floor(age / 60000)));
    band.classList.toggle("w-old", age >= OLD);
  };

  const live = () => {
    failures = 0;
    seen = Date.now();
    band.hidden = true;
    band.classList.remove("w-old");
    state.textContent = body.dataset.live;
    state.classList.remove("w-lost");
  };

  const lost = () => {
    failures += 1;
    band.hidden = false;
    state.textContent = "—";
    state.classList.add("w-lost");
    said();
  };

  // Revoked or over: a screen in a hall must not go on showing what it may not.
  const gone = () => {
    body.className = "w-gone";
    body.textContent = body.dataset.gone;
  };

  const take = (text) => {
    const next = new DOMParser().parseFromString(text, "text/html");
    const shape = (page) => [...page.querySelectorAll("[data-part]")].map((part) => part.dataset.part).join();
    if (shape(next) !== shape(document)) {
      document.querySelector("main").replaceWith(document.adoptNode(next.querySelector("main")));
      return;
    }
    for (const part of document.querySelectorAll("[data-part]")) {
      const fresh = next.querySelector(`[data-part="${part.dataset.part}"]`);
      if (fresh.innerHTML === part.dataset.was) continue;
      part.dataset.was = fresh.innerHTML;
      part.innerHTML = fresh.innerHTML;
      part.classList.remove("w-changed");
      void part.offsetWidth; // so that the fade begins anew
      part.classList.add("w-changed");
    }
  };

  const ask = async () => {
    let pause = EVERY;
    try {
      const answer = await fetch(location.href, { cache: "no-store", credentials: "omit", headers: tag ? { "If-None-Match": tag } : {} });
      if (answer.status === 404 || answer.status === 403) {
        gone();
        return;
      }
      if (answer.status !== 304) {
        if (!answer.ok) throw new Error(String(answer.status));
        take(await answer.text());
        tag = answer.headers.get("ETag") || "";
      }
      live();
    } catch {
      lost();
      pause = PAUSES[Math.min(failures, PAUSES.length) - 1];
    }
    window.setTimeout(ask, pause);
  };

  const turn = () => {
    const maps = [...document.querySelectorAll("#maps .w-map")];
    if (maps.length < 2) return;
    const shown = maps.findIndex((map) => !map.hidden);
    maps.forEach((map, place) => { map.hidden = place !== (shown + 1) % maps.length; });
  };

  for (const part of document.querySelectorAll("[data-part]")) part.dataset.was = part.innerHTML;
  window.setInterval(said, 10000);
  window.setInterval(turn, 30000);
  window.setTimeout(ask, EVERY);
})();
