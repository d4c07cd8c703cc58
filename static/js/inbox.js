// The list beside a conversation: while rows are ticked it stays as it is, and the row in hand is still in hand when it was drawn anew.

(() => {
  "use strict";

  const { by } = window.rapport;
  const list = () => by("#conversation-list");
  let current = "";

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id === "conversation-list" && by("[data-pick]:checked", event.target)) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.id === "conversation-list") current = by(".is-current a[href]", detail.target)?.getAttribute("href") ?? "";
  });
  document.addEventListener("htmx:afterSwap", () => {
    const link = [...(list()?.querySelectorAll("[data-row] a[href]") ?? [])].find((one) => one.getAttribute("href") === current);
    current = "";
    link?.closest("[data-row]").classList.add("is-current");
  });
})();
