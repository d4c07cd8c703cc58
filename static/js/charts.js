// Charts of the pages of service: drawn from data attributes, in the colours of the theme; a click opens the rows.
(() => {
  "use strict";

  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const drawn = new Map();

  // The theme's colours are written in a way the library does not read: let one small canvas translate them all.
  // It is read back each time, so it must not live in the memory of the graphics card.
  function palette() {
    const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const probe = document.createElement("span");
    document.body.append(probe);
    const read = (name) => {
      probe.style.color = `var(${name})`;
      pen.fillStyle = getComputedStyle(probe).color;
      pen.fillRect(0, 0, 1, 1);
      const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
      return `rgb(${red}, ${green}, ${blue})`;
    };
    const names = { ink: "--ink", quiet: "--ink-2", line: "--line", raised: "--raised", mark: "--brand-mark", second: "--wait" };
    const colours = Object.fromEntries(Object.entries(names).map(([key, name]) => [key, read(name)]));
    probe.remove();
    return colours;
  }

  function options(told, { ink, quiet, line, raised, mark, second }) {
    const axis = { axisLabel: { color: quiet }, axisLine: { lineStyle: { color: line } }, splitLine: { lineStyle: { color: line } } };
    return {
      animation: !still.matches,
      color: [mark, second],
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: quiet },
      grid: { left: 8, right: 16, top: Object.keys(told.series).length > 1 ? 32 : 8, bottom: 8, containLabel: true },
      legend: { show: Object.keys(told.series).length > 1, top: 0, right: 0, textStyle: { color: quiet } },
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        backgroundColor: raised,
        borderColor: line,
        textStyle: { color: ink },
        valueFormatter: (value) => (told.unit ? `${value} ${told.unit}` : `${value}`),
      },
      xAxis: { type: "category", data: told.names, ...axis },
      yAxis: { type: "value", minInterval: told.unit ? 0 : 1, ...axis },
      series: Object.entries(told.series).map(([name, data]) => ({
        name: told.unit ? `${name}, ${told.unit}` : name, data, type: told.kind, barMaxWidth: 48, symbolSize: 6, lineStyle: { width: 2 },
      })),
    };
  }

  function draw(place, colours) {
    const told = JSON.parse(place.dataset.chart);
    const chart = drawn.get(place) ?? window.echarts.init(place, null, { renderer: "canvas" });
    if (!drawn.has(place)) {
      drawn.set(place, chart);
      chart.on("click", (mark) => { location.href = told.links[mark.dataIndex]; });
      new ResizeObserver(() => place.clientWidth === chart.getWidth() || chart.resize()).observe(place);
    }
    chart.setOption(options(told, colours));
  }

  function drawAll() {
    const colours = palette();
    document.querySelectorAll("[data-chart]").forEach((place) => draw(place, colours));
  }
  document.addEventListener("DOMContentLoaded", drawAll);
  dark.addEventListener("change", drawAll);
  new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
})();
