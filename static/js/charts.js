// Charts of the pages of service: drawn from data attributes, in the colours of the theme; a click opens the rows.
(() => {
  "use strict";

  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const drawn = new Map();

  // The theme's colours are written in a way the library does not read: let the canvas translate them.
  function colour(name) {
    const canvas = document.createElement("canvas");
    const probe = document.createElement("span");
    canvas.width = canvas.height = 1;
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const pen = canvas.getContext("2d");
    pen.fillStyle = getComputedStyle(probe).color;
    probe.remove();
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
    return `rgb(${red}, ${green}, ${blue})`;
  }

  function options(told) {
    const quiet = colour("--ink-2");
    const line = colour("--line");
    const axis = { axisLabel: { color: quiet }, axisLine: { lineStyle: { color: line } }, splitLine: { lineStyle: { color: line } } };
    const marks = [colour("--brand-mark"), colour("--wait")];
    return {
      animation: !still.matches,
      color: marks,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: quiet },
      grid: { left: 8, right: 16, top: Object.keys(told.series).length > 1 ? 32 : 8, bottom: 8, containLabel: true },
      legend: { show: Object.keys(told.series).length > 1, top: 0, right: 0, textStyle: { color: quiet } },
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        backgroundColor: colour("--raised"),
        borderColor: line,
        textStyle: { color: colour("--ink") },
        valueFormatter: (value) => (told.unit ? `${value} ${told.unit}` : `${value}`),
      },
      xAxis: { type: "category", data: told.names, ...axis },
      yAxis: { type: "value", minInterval: told.unit ? 0 : 1, ...axis },
      series: Object.entries(told.series).map(([name, data]) => ({
        name: told.unit ? `${name}, ${told.unit}` : name, data, type: told.kind, barMaxWidth: 48, symbolSize: 6, lineStyle: { width: 2 },
      })),
    };
  }

  function draw(place) {
    const told = JSON.parse(place.dataset.chart);
    const chart = drawn.get(place) ?? window.echarts.init(place, null, { renderer: "canvas" });
    if (!drawn.has(place)) {
      drawn.set(place, chart);
      chart.on("click", (mark) => { location.href = told.links[mark.dataIndex]; });
      new ResizeObserver(() => chart.resize()).observe(place);
    }
    chart.setOption(options(told));
  }

  const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);
  document.addEventListener("DOMContentLoaded", drawAll);
  dark.addEventListener("change", drawAll);
  new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
})();
