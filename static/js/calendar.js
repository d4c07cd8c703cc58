// The calendar by keys: Alt and an arrow push the entry in focus by a day, a week or, where there are hours, an hour.

(() => {
  "use strict";

  const { by } = window.rapport;
  const steps = {
    month: { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [-7, 0], ArrowDown: [7, 0] },
    week: { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] },
  };

  document.addEventListener("keydown", (event) => {
    const entry = event.altKey && event.target.closest?.("[data-drag]");
    const form = entry && entry.closest("form");
    const step = form && steps[by('[name="view"]', form).value][event.key];
    if (!step) return;
    event.preventDefault();
    const button = by("[data-drag-do]", form);
    button.value = `shift:${entry.dataset.drag}:${step.join(":")}`;
    button.click();
  });
})();
