// Editing in place: the input has the focus at once; Enter or leaving saves, Escape gives up, and the focus comes back to where it was.

(() => {
  "use strict";

  const { by, all } = window.rapport;
  const controls = "input:not([type=hidden]), select, textarea";
  const started = new WeakMap();
  let back = "";

  const typed = (form) => new URLSearchParams(new FormData(form)).toString();
  const leave = (form) => by("[data-inline-cancel]", form).click();

  document.addEventListener("htmx:afterSettle", () => {
    const form = all("form[data-inline]").find((one) => !started.has(one));
    if (form) {
      started.set(form, typed(form));
      const field = by(controls, form);
      field?.focus();
      if (field?.matches("input[type=text], input:not([type])")) field.select();
    } else if (back && document.activeElement === document.body) {
      by("a", document.getElementById(back) ?? document)?.focus({ preventScroll: true });
      back = "";
    }
  });

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form[data-inline]");
    if (!form || event.defaultPrevented) return;
    back = form.closest(".fact").id;
    if (event.key === "Escape") {
      event.preventDefault();
      leave(form);
    } else if (event.key === "Enter" && event.target.matches("select")) {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    const form = target.closest?.('form[data-inline="leave"]');
    if (!form || form.contains(relatedTarget) || form.dataset.busy !== undefined || !document.hasFocus()) return;
    if (!relatedTarget) return; // the page was clicked, not another control: see below
    finish(form);
  });

  document.addEventListener("pointerdown", ({ target }) => {
    all('form[data-inline="leave"]').filter((form) => !form.contains(target)).forEach(finish);
  });

  function finish(form) {
    back = "";
    if (typed(form) === started.get(form)) leave(form);
    else form.requestSubmit();
  }
})();
