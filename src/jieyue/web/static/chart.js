// Draws the charts that a page describes. Without it the table beside says the same.
"use strict";

(() => {
  const draw = (box) => {
    if (!window.echarts) return;
    box.hidden = false;
    const chart = window.echarts.init(box, null, { renderer: "canvas" });
    chart.setOption(JSON.parse(box.dataset.chart));
    window.addEventListener("resize", () => { chart.resize(); });
  };
  document.querySelectorAll("[data-chart]").forEach(draw);
})();
