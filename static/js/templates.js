// Templates: the sheet that is open is the one shown beside it, and a placeholder goes where the cursor was.

(() => {
  "use strict";

  const { by } = window.rapport;
  const form = by("#template-form");
  if (!form) return;
  let last = null;

  form.addEventListener("focusin", ({ target }) => { if (target.matches("[data-placeholders]")) last = target; });

  // "toggle" does not bubble, but is heard on its way down.
  form.addEventListener("toggle", ({ target }) => {
    if (!target.open || !target.dataset.sheet) return;
    by("[data-sheet-now]", form).value = target.dataset.sheet;
    form.dispatchEvent(new CustomEvent("preview"));
  }, true);

  form.addEventListener("click", ({ target }) => {
    const chosen = target.closest("[data-placeholder]");
    if (!chosen) return;
    const field = last?.isConnected ? last : by("details[open] [data-placeholders]", form);
    if (!field) return;
    field.setRangeText(chosen.dataset.placeholder, field.selectionStart, field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
