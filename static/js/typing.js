// What somebody types into a form marked data-keep-typing while its answer is on the way is not lost when the answer replaces the form.

(() => {
  "use strict";

  const { all } = window.rapport;
  const typed = (form) => new Map(all('input:not([type="hidden"], [type="checkbox"])', form).map((one) => [one.id, one.value]));
  let sent = new Map();
  let kept = [];

  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.target.closest?.("[data-keep-typing]");
    if (form) sent = typed(form);
  });

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    kept = detail.target.matches?.("[data-keep-typing]")
      ? [...typed(detail.target)].filter(([id, value]) => sent.has(id) && sent.get(id) !== value)
      : [];
  });

  document.addEventListener("htmx:afterSwap", () => {
    for (const [id, value] of kept) {
      const input = document.getElementById(id);
      if (!input) continue;
      input.value = value;
      if (input !== document.activeElement) input.dispatchEvent(new Event("change", { bubbles: true }));
    }
    kept = [];
  });
})();
