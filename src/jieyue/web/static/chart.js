// Draws the charts that a page describes, in the colours of the page's mode. Without it the table beside says the same.
"use strict";

(() => {
  const root = getComputedStyle(document.documentElement);
  const token = (name) => root.getPropertyValue(name).trim();

  // A description names colours by their tokens: "--jy-series-1" is what that is in this mode.
  const coloured = (value) => {
    if (typeof value === "string") return value.startsWith("--jy-") ? token(value) : value;
    if (Array.isArray(value)) return value.map(coloured);
    if (!value || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, coloured(one)]));
  };

  const series = [1, 2, 3, 4, 5, 6].map((number) => token(`--jy-series-${number}`));
  const size = parseFloat(root.fontSize) * 0.75;
  const axis = () => {
    const soft = token("--jy-ink-soft");
    return {
      axisLine: { lineStyle: { color: token("--jy-line-strong") } },
      axisTick: { lineStyle: { color: token("--jy-line-strong") } },
      axisLabel: { color: soft, fontSize: size },
      nameTextStyle: { color: soft, fontSize: size },
      splitLine: { lineStyle: { color: token("--jy-line") } },
    };
  };
  const theme = () => ({
    color: series,
    backgroundColor: "transparent",
    textStyle: { color: token("--jy-ink"), fontFamily: token("--jy-sans"), fontSize: size },
    legend: { textStyle: { color: token("--jy-ink") } },
    visualMap: { textStyle: { color: token("--jy-ink-soft") } },
    tooltip: {
      backgroundColor: token("--jy-paper"), borderColor: token("--jy-line-strong"),
      textStyle: { color: token("--jy-ink") },
    },
    categoryAxis: axis(), valueAxis: axis(), logAxis: axis(), timeAxis: axis(),
  });

  const charts = [];
  const draw = (box) => {
    const chart = window.echarts.init(box, theme(), { renderer: "canvas" });
    chart.setOption(coloured(JSON.parse(box.dataset.chart)));
    charts.push([box, chart]);
  };
  const all = () => {
    document.querySelectorAll("[data-chart]").forEach((box) => { box.hidden = false; draw(box); });
  };
  window.addEventListener("resize", () => { charts.forEach(([, chart]) => chart.resize()); });
  // The system turns dark or light while the page is open.
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    const drawn = charts.splice(0);
    drawn.forEach(([, chart]) => chart.dispose());
    if (drawn.length) all();
  });
  // The library comes after the page has been painted: the words and the table are there first.
  const library = document.createElement("script");
  library.src = document.currentScript.dataset.later;
  library.addEventListener("load", all);
  requestAnimationFrame(() => { window.setTimeout(() => document.head.append(library), 0); });
})();
