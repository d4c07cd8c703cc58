// What somebody types into a form marked data-keep-typing while its answer is on the way is not lost when the answer replaces the form.

(() => {
  "use strict";

  const { all } = window.rapport;
  const typed = (form) => new Map(all('input:not([type="hidden"], [type="checkbox"])', form).map((one) => [one.id, one.value]));
  const sent = new WeakMap();
  let kept = [];

  document.addEventListener("htmx:beforeRequest", ({ target, detail }) => {
    const form = target.closest?.("[data-keep-typing]");
    if (form) sent.set(detail.xhr, typed(form));
  });

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const before = sent.get(detail.xhr);
    kept = before && detail.target.matches?.("[data-keep-typing]")
      ? [...typed(detail.target)].filter(([id, value]) => before.has(id) && before.get(id) !== value)
      : [];
  });

  document.addEventListener("htmx:afterSwap", () => {
    for (const [id, value] of kept) {
      const input = document.getElementById(id);
      if (input) input.value = value;
    }
  });

  // A value put in by a script tells nobody when its input is left, so it is told as soon as the new form listens.
  document.addEventListener("htmx:afterSettle", () => {
    const again = kept;
    kept = [];
    for (const [id] of again) document.getElementById(id)?.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
