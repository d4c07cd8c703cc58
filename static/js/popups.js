// A message that shows itself: asked for once the page is looked at and nobody is in the middle of something on it.

(() => {
  "use strict";

  const { by, openDialog } = window.rapport;
  const LOOK_AGAIN = 2000;
  const FIELDS = 'input:not([type="checkbox"], [type="radio"]), textarea, [contenteditable="true"]';
  let typedAt = 0;

  const isTyping = () => by("form.is-changed") || (document.activeElement?.matches(FIELDS) && (document.activeElement.value || Date.now() - typedAt < 10 * LOOK_AGAIN));
  const isBusy = () => document.hidden || by("dialog[open]") || isTyping();

  document.addEventListener("input", () => { typedAt = Date.now(); }, { passive: true });
  document.addEventListener("htmx:afterSwap", () => openDialog(by("dialog#popup")));

  const look = () => {
    if (isBusy()) setTimeout(look, LOOK_AGAIN);
    else by("form#popup")?.dispatchEvent(new Event("popup-may-come"));
  };
  window.addEventListener("load", look);
})();
