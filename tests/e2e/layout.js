// What is wrong with the layout of the page in view: a list of sentences, empty if nothing.
() => {
  const wrong = [];
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > wide) {
    wrong.push(`the page scrolls sideways: ${document.documentElement.scrollWidth} > ${wide}`);
  }

  const hidden = (element) => {
    for (let node = element; node; node = node.parentElement) {
      const style = getComputedStyle(node);
      if (style.display === "none" || style.visibility !== "visible" || style.opacity === "0") return true;
      if (node.matches(".visually-hidden, .skip, option, optgroup, script, style, title")) return true;
      if (style.clipPath !== "none" && node.clientWidth <= 1) return true;
    }
    return false;
  };

  // The part of a rectangle that its ancestors let through: what is scrolled out of a table is not seen.
  const seen = (rect, element) => {
    let [left, top, right, bottom] = [rect.left, rect.top, rect.right, rect.bottom];
    for (let node = element; node && node !== document.body; node = node.parentElement) {
      const style = getComputedStyle(node);
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      const box = node.getBoundingClientRect();
      left = Math.max(left, box.left);
      right = Math.min(right, box.right);
      top = Math.max(top, box.top);
      bottom = Math.min(bottom, box.bottom);
    }
    return { left, top, right, bottom };
  };

  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent.trim();
    if (!text || hidden(node.parentElement)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const part = seen(rect, node.parentElement);
      if (part.right - part.left < 2 || part.bottom - part.top < 2) continue;
      // The box of a line is higher than its letters: a fifth at each side is air.
      const air = (part.bottom - part.top) * 0.2;
      boxes.push({ ...part, top: part.top + air, bottom: part.bottom - air, text, node });
      if (part.right > wide + 1) wrong.push(`outside the page: ${text.slice(0, 40)}`);
    }
  }
  boxes.sort((a, b) => a.top - b.top);
  for (let i = 0; i < boxes.length; i += 1) {
    for (let j = i + 1; j < boxes.length && boxes[j].top < boxes[i].bottom - 1; j += 1) {
      const [a, b] = [boxes[i], boxes[j]];
      if (a.node !== b.node && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1) {
        wrong.push(`one over the other: ${a.text.slice(0, 30)} | ${b.text.slice(0, 30)}`);
      }
    }
  }

  // Text cut off by a box that cannot be scrolled; a single letter to a line is as bad.
  document.querySelectorAll("body *").forEach((element) => {
    if (hidden(element) || !element.textContent.trim()) return;
    const style = getComputedStyle(element);
    if (["hidden", "clip"].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1) {
      wrong.push(`cut off: ${element.textContent.trim().slice(0, 40)}`);
    }
  });
  document.querySelectorAll("td, th, label, dt, dd, h1, h2, h3, a, button").forEach((element) => {
    const text = [...element.childNodes].filter((n) => n.nodeType === 3).map((n) => n.textContent.trim()).join("");
    if (text.length < 3 || hidden(element)) return;
    const range = document.createRange();
    const tops = new Set();
    [...element.childNodes].filter((n) => n.nodeType === 3 && n.textContent.trim()).forEach((node) => {
      range.selectNodeContents(node);
      for (const rect of range.getClientRects()) tops.add(Math.round(rect.top));
    });
    const lines = tops.size;
    if (lines >= 3 && text.length / lines < 2) wrong.push(`a letter to a line: ${text.slice(0, 20)}`);
  });

  // A number stands at the right edge of its column, under a heading that does so too.
  document.querySelectorAll("td.number, th.number").forEach((cell) => {
    if (!hidden(cell) && getComputedStyle(cell).textAlign !== "right") {
      wrong.push(`a number that is not at the right: ${cell.textContent.trim().slice(0, 30)}`);
    }
  });
  return [...new Set(wrong)];
}
