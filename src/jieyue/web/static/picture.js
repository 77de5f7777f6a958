// A chart that was drawn on the server, as a PNG file. Without it the table beside has its own files.
"use strict";

(() => {
  const LOOKS = ["fill", "opacity", "stroke", "stroke-width", "stroke-dasharray", "font-family", "font-size", "font-weight"];
  const SCALE = 2;

  // The same drawing with what the style sheet says written into it.
  const standalone = (svg) => {
    const copy = svg.cloneNode(true);
    const from = [svg, ...svg.querySelectorAll("*")];
    const to = [copy, ...copy.querySelectorAll("*")];
    from.forEach((element, place) => {
      const looks = window.getComputedStyle(element);
      LOOKS.forEach((name) => { to[place].style.setProperty(name, looks.getPropertyValue(name)); });
    });
    const box = svg.viewBox.baseVal;
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", String(box.width * SCALE));
    copy.setAttribute("height", String(box.height * SCALE));
    return copy;
  };

  const save = (canvas, name) => {
    const link = document.createElement("a");
    link.download = name;
    link.href = canvas.toDataURL("image/png");
    link.click();
  };

  const draw = (svg, title, subtitle, name) => {
    const box = svg.viewBox.baseVal;
    const head = 52 * SCALE;
    const image = new Image();
    image.addEventListener("load", () => {
      const canvas = document.createElement("canvas");
      canvas.width = box.width * SCALE;
      canvas.height = box.height * SCALE + head;
      const pen = canvas.getContext("2d");
      const token = (name) => window.getComputedStyle(document.documentElement).getPropertyValue(name).trim();
      pen.fillStyle = token("--jy-paper");
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.fillStyle = token("--jy-ink");
      pen.font = `${14 * SCALE}px ${window.getComputedStyle(document.body).fontFamily}`;
      pen.fillText(title, 8 * SCALE, 22 * SCALE, canvas.width - 16 * SCALE);
      pen.fillStyle = token("--jy-ink-soft");
      pen.font = pen.font.replace(`${14 * SCALE}px`, `${12 * SCALE}px`);
      pen.fillText(subtitle, 8 * SCALE, 42 * SCALE, canvas.width - 16 * SCALE);
      pen.drawImage(image, 0, head);
      save(canvas, name);
    });
    const text = new XMLSerializer().serializeToString(standalone(svg));
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  };

  const ready = (root) => {
    root.querySelectorAll("button[data-picture]").forEach((button) => { button.hidden = false; });
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-picture]");
    const svg = button && document.getElementById(button.dataset.picture);
    if (svg) draw(svg, svg.getAttribute("aria-label"), button.dataset.subtitle, button.dataset.file);
  });
  document.addEventListener("htmx:afterSettle", (event) => { ready(event.target); });
  ready(document);
})();
