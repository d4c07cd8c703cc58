// The settings of a chat: what is typed shows beside it at once. The shop draws it; here it only gets its colour.

(() => {
  "use strict";

  const { by, token } = window.rapport;
  const AFTER = 250;
  const form = by("[data-previewed]");
  let timer = 0;
  let asked = 0;

  function paint() {
    const shown = by("#widget-preview");
    if (/^#[0-9a-f]{6}$/i.test(shown.dataset.colour)) shown.style.setProperty("--brand", shown.dataset.colour);
  }

  async function draw() {
    const mine = ++asked;
    const answer = await fetch(form.dataset.previewed, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true", "X-CSRFToken": token() } }).catch(() => null);
    const drawn = answer?.ok && await answer.text();
    if (!drawn || mine !== asked) return;
    by("#widget-preview").outerHTML = drawn;
    paint();
  }

  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(draw, AFTER); });
  // What was typed before this script came, or kept by the browser over a reload, is drawn like what follows.
  draw();
  paint();
})();
