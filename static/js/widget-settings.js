// The settings of a chat: what is typed shows beside it at once. The shop draws it; here it only gets its colour.

(() => {
  "use strict";

  const { by, token } = window.rapport;
  const AFTER = 250;
  const form = by("[data-previewed]");
  let timer = 0;

  function paint() {
    const shown = by("#widget-preview");
    if (/^#[0-9a-f]{6}$/i.test(shown.dataset.colour)) shown.style.setProperty("--brand", shown.dataset.colour);
  }

  async function draw() {
    const answer = await fetch(form.dataset.previewed, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true", "X-CSRFToken": token() } }).catch(() => null);
    if (!answer?.ok) return;
    by("#widget-preview").outerHTML = await answer.text();
    paint();
  }

  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(draw, AFTER); });
  paint();
})();
