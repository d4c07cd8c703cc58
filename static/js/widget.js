// A shop's chat on any page: a button, and a frame of its origin. docs/widget.md lists the few words they exchange.

(() => {
  "use strict";

  const script = document.currentScript;
  const { key, customer = "", expires = "", signature = "" } = script.dataset;
  const shop = new URL(script.src).origin;
  const mark = `rapport-${key}`;
  if (!key || window[mark]) return;
  window[mark] = true;

  const NARROW = 480;
  const MARGIN = 20;
  const ROUND = 56;
  const SIZES = { panel: [384, 640], teaser: [320, 132] };
  const SVG = "http://www.w3.org/2000/svg";
  const make = (name) => document.createElement(name);
  const style = (one, rules) => Object.assign(one.style, rules);
  const host = make("div");
  const root = host.attachShadow({ mode: "open" });
  const button = make("button");
  const badge = make("span");
  const frame = make("iframe");
  let look = null;
  let size = "";

  function say(word, more = {}) {
    frame.contentWindow?.postMessage({ rapport: word, ...more }, shop);
  }

  function draw(name, values, ...inside) {
    const one = document.createElementNS(SVG, name);
    Object.entries(values).forEach(([attribute, value]) => one.setAttribute(attribute, value));
    one.append(...inside);
    return one;
  }

  function drawButton() {
    const { colour, ink, side } = look;
    button.type = "button";
    button.setAttribute("aria-haspopup", "dialog");
    style(button, {
      position: "fixed", bottom: `${MARGIN}px`, [side]: `${MARGIN}px`, width: `${ROUND}px`, height: `${ROUND}px`, padding: "0", border: "0",
      borderRadius: "50%", background: colour, color: ink, cursor: "pointer", boxShadow: "0 4px 16px #0004", display: "grid", placeItems: "center",
    });
    style(badge, {
      display: "none", position: "absolute", top: "-4px", right: "-4px", minWidth: "20px", padding: "2px 5px", boxSizing: "border-box",
      borderRadius: "10px", background: "#b3261e", color: "#fff", font: "600 12px/16px system-ui, sans-serif",
    });
    const path = draw("path", { d: "M4 5h16v11h-9l-5 4v-4H4zM8 9h8M8 12h5" });
    button.append(draw("svg", { viewBox: "0 0 24 24", width: 28, fill: "none", stroke: "currentColor", "stroke-width": 2, "aria-hidden": true }, path), badge);
    button.onclick = () => (size === "panel" ? show("") : open());
    count(0);
    root.append(button);
  }

  function count(unread) {
    badge.textContent = unread;
    style(badge, { display: unread ? "block" : "none" });
    button.title = frame.title = look.label;
    button.setAttribute("aria-label", unread ? `${look.label}, ${unread} unread` : look.label);
  }

  function open() {
    show("panel");
    frame.focus();
    say("open");
  }

  function show(wanted) {
    const had = size;
    size = wanted;
    const isPanel = size === "panel";
    const isWhole = isPanel && innerWidth <= NARROW;
    const [width, height] = SIZES[size] ?? [0, 0];
    const above = MARGIN + ROUND + 12;
    button.setAttribute("aria-expanded", isPanel);
    style(button, { display: isWhole ? "none" : "grid" });
    style(frame, { visibility: size ? "visible" : "hidden", inset: "auto", borderRadius: "14px" });
    style(frame, isWhole ? { inset: "0", width: "100%", height: "100%", borderRadius: "0" } : {
      [look.side]: `${MARGIN}px`, bottom: `${above}px`,
      width: `${Math.min(width, innerWidth - MARGIN * 2)}px`, height: `${Math.min(height, innerHeight - above - MARGIN)}px`,
    });
    if (had === "panel" && !size) { say("close"); button.focus(); }
  }

  function watch({ id, page, seconds }) {
    const parts = page.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    if (page && !new RegExp(`^${parts.join(".*")}$`).test(location.pathname)) return;
    setTimeout(() => { if (!size) say("say", { rule: id }); }, seconds * 1000);
  }

  const heard = {
    ready: () => say("hello", { customer, expires, signature }),
    look(said) {
      if (look) return;
      look = said;
      drawButton();
      if (look.tellsPage) say("page", { address: location.href, title: document.title });
      look.rules.forEach(watch);
    },
    unread: (said) => count(said.count),
    size(said) { if (size !== "panel") show(said.size); },
    open: () => show("panel"),
    close: () => show(""),
  };

  addEventListener("message", ({ source, origin, data }) => {
    if (source !== frame.contentWindow || origin !== shop) return;
    const word = data?.rapport;
    if (Object.hasOwn(heard, word) && (look || word === "look" || word === "ready")) heard[word](data);
  });
  addEventListener("resize", () => { if (size) show(size); });

  function begin() {
    style(host, { position: "fixed", zIndex: 2147483000 });
    style(frame, { visibility: "hidden", width: 0, height: 0, position: "fixed", border: "0", colorScheme: "normal", boxShadow: "0 12px 40px #0004" });
    frame.src = `${shop}/widget/${encodeURIComponent(key)}`;
    frame.referrerPolicy = "origin";
    root.append(frame);
    document.body.append(host);
  }
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin);
})();
