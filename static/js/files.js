// Adding files: a form marked data-drop takes what is dropped on it, and sends what was chosen at once.

(() => {
  "use strict";

  const { by, all } = window.rapport;
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const over = (form) => all("[data-drop]").forEach((one) => one.classList.toggle("is-over", one === form));

  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault(); // a file that misses the form must not replace the page
    over(event.target.closest("[data-drop]"));
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) over(null); });

  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    over(null);
    const form = event.target.closest("[data-drop]");
    if (!form) return;
    by("[type=file]", form).files = event.dataTransfer.files;
    form.requestSubmit();
  });

  document.addEventListener("change", ({ target }) => {
    const form = target.matches?.("[data-drop] [type=file]") && target.form;
    if (form && target.files.length) form.requestSubmit();
  });
})();
