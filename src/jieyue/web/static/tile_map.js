// Arrow keys move from tile to tile; without script the tab key does.
"use strict";

(() => {
  const map = document.getElementById("tiles");
  if (!map) return;
  const tiles = [...map.querySelectorAll("a.tile")];
  const at = (tile) => [Number(tile.dataset.row), Number(tile.dataset.column)];
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  // The nearest tile that way: straight on counts before aside.
  const next = (from, [down, right]) => {
    const [row, column] = at(from);
    let best = null;
    let least = Infinity;
    for (const tile of tiles) {
      const [r, c] = at(tile);
      const ahead = (r - row) * down + (c - column) * right;
      const aside = Math.abs((r - row) * right) + Math.abs((c - column) * down);
      if (ahead > 0 && aside * 3 + ahead < least) {
        least = aside * 3 + ahead;
        best = tile;
      }
    }
    return best;
  };

  // One stop for the tab key; the arrows go on from there.
  const rest = (tile) => { tiles.forEach((one) => { one.setAttribute("tabindex", one === tile ? "0" : "-1"); }); };
  if (tiles.length) rest(tiles[0]);
  map.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    const from = event.target.closest("a.tile");
    if (!step || !from) return;
    event.preventDefault();
    const to = next(from, step);
    if (to) {
      rest(to);
      to.focus();
    }
  });
})();
