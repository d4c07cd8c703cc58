// Single-key shortcuts, never inside a field: ? / c e, j k x on lists, g then a letter to go. A page marks what a key does with data-key="c".

(() => {
  "use strict";

  const { by, all, openDialog, element } = window.rapport;
  const SWITCH = "single-keys";
  const LEAVING_LASTS = 3000;
  let going = 0;
  let left = 0;

  const places = () => all("[data-go]");
  const rows = () => all("[data-row]").filter((row) => row.offsetParent);
  const busy = (target) => target.isContentEditable || target.closest("input:not([type=checkbox], [type=radio]), textarea, select, trix-editor");

  function stored() {
    try { return localStorage.getItem(SWITCH); } catch { return null; }
  }

  function go(letter) {
    const link = places().find((one) => one.dataset.go === letter);
    link?.click();
    return Boolean(link);
  }

  function move(step) {
    const list = rows();
    if (!list.length) return false;
    const at = list.findIndex((row) => row.classList.contains("is-current"));
    const next = list[Math.max(0, Math.min(list.length - 1, at < 0 ? 0 : at + step))];
    list.forEach((row) => row.classList.toggle("is-current", row === next));
    (by("[data-open], a[href]", next) ?? next).focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    return true;
  }

  function inRow(selector) {
    const row = by(".is-current[data-row]");
    const hit = row && by(selector, row);
    hit?.click();
    return Boolean(hit);
  }

  function press(key) {
    const marked = all("[data-key]").find((one) => one.dataset.key === key && one.offsetParent && !one.closest("[data-row]"));
    if (!marked) return false;
    if (marked.matches("input:not([type=checkbox]), textarea, select")) marked.focus();
    else marked.click();
    return true;
  }

  const acts = {
    "?": () => { tell(); openDialog(by("#shortcuts")); return true; },
    "/": () => press("/") || (by("[data-palette]")?.click(), true),
    g: () => { going = Date.now(); return true; },
    j: () => move(1),
    k: () => move(-1),
    x: () => inRow("[data-pick]"),
    e: () => inRow('[data-key="e"]') || press("e"),
  };

  // Until the next page is there, a key would act on the one that is left. After a download no page comes: it is waited for shortly.

  const isLeaving = () => Date.now() - left < LEAVING_LASTS;
  window.rapport.isLeaving = isLeaving;
  window.addEventListener("beforeunload", () => { left = Date.now(); });
  window.addEventListener("pageshow", () => { left = 0; });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || stored() === "off" || isLeaving()) return;
    if (busy(event.target) || by("dialog[open]") || event.key.length !== 1) return;
    const key = event.key.toLowerCase();
    const done = Date.now() - going < 1200 ? ((going = 0), go(key)) : acts[key] ? acts[key]() : press(key);
    if (done) event.preventDefault();
  });

  // Alt with an arrow goes on within the list somebody came from, where there is one; elsewhere it is the browser's own.
  document.addEventListener("keydown", (event) => {
    const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    if (!rel || !event.altKey || event.ctrlKey || event.metaKey || busy(event.target) || !by("#neighbours")) return;
    event.preventDefault();
    by(`#neighbours [rel=${rel}]`)?.click();
  });

  const boxes = all("[data-single-keys]");
  for (const box of boxes) {
    box.checked = stored() !== "off";
    box.addEventListener("change", () => {
      try { localStorage.setItem(SWITCH, box.checked ? "on" : "off"); } catch { box.checked = true; }
      for (const other of boxes) other.checked = box.checked;
    });
  }

  // The sheet says what this very page offers: what it marks with data-key, and the rows or days it has.

  function tell() {
    const sheet = by("#shortcuts");
    const offered = new Map(all("[data-key]").filter((one) => one.offsetParent && !one.closest("[data-row], dialog"))
      .reverse().map((one) => [one.dataset.key, named(one)]));
    all("[data-needs]", sheet).forEach((line) => { line.hidden = !all(line.dataset.needs).some((one) => one.offsetParent && !one.closest("dialog")); });
    by("[data-key-list]", sheet).replaceChildren(...[...offered].reverse().map(([key, words]) => element("div", {},
      element("dt", {}, words), element("dd", {}, element("kbd", {}, key.toUpperCase())))));
  }

  function named(one) {
    const label = one.title || one.getAttribute("aria-label") || one.labels?.[0]?.textContent || one.textContent;
    return label.replace(/\s+/g, " ").replace(new RegExp(` ${one.dataset.key}$`, "i"), "").trim();
  }

  document.addEventListener("click", (event) => { if (event.target.closest('[data-dialog="shortcuts"]')) tell(); });

  by("[data-go-list]")?.append(...places().map((link) => element("div", {},
    element("dt", {}, link.title || link.textContent.trim()),
    element("dd", {}, element("kbd", {}, "G"), " ", element("kbd", {}, link.dataset.go.toUpperCase())))));
})();
