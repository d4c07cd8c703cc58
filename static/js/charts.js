// Charts of the pages of service: drawn from data attributes, in the colours of the theme; a click opens the rows.
// What draws them is large, so it is fetched when the first of them is near.
(() => {
  "use strict";

  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const drawn = new Map();
  const NEAR = "400px";
  let library = null;

  function fetchLibrary(address) {
    library ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    return library;
  }

  // The theme's colours are written in a way the library does not read: let one small canvas translate them all.
  // It is read back each time, so it must not live in the memory of the graphics card.
  function palette() {
    const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const probe = document.createElement("span");
    probe.style.setProperty("transition", "none", "important"); // or a colour is read while it still turns into the next
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

  const near = new IntersectionObserver(async (seen) => {
    const places = seen.filter((one) => one.isIntersecting).map((one) => one.target);
    if (!places.length) return;
    places.forEach((place) => near.unobserve(place));
    try {
      await fetchLibrary(places[0].dataset.library);
      const colours = palette();
      places.forEach((place) => draw(place, colours));
    } catch { /* the tables below have the numbers */ }
  }, { rootMargin: NEAR });

  function drawAgain() {
    const colours = palette();
    drawn.forEach((_chart, place) => draw(place, colours));
  }
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-chart]").forEach((place) => near.observe(place)));
  dark.addEventListener("change", drawAgain);
  new MutationObserver(drawAgain).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
})();
