// Ctrl/Cmd-K: one box that finds anything and does anything. GET /search?q= answers a list of <a role="option" href>; without script it is a page.

(() => {
  "use strict";

  const { by, all, openDialog } = window.rapport;
  const palette = by("#palette");
  if (!palette) return;
  const box = by("input", palette);
  const list = by("#palette-list", palette);
  let timer;
  let asking;

  const options = () => all('[role="option"]', list);

  function choose(option) {
    options().forEach((one) => one.setAttribute("aria-selected", one === option ? "true" : "false"));
    if (!option) {
      box.removeAttribute("aria-activedescendant");
      return;
    }
    option.id ||= `found-${options().indexOf(option)}`;
    box.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function tell(words) {
    const line = document.createElement("p");
    line.className = "menu-note";
    line.textContent = words;
    list.replaceChildren(line);
  }

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(`/search?q=${encodeURIComponent(box.value.trim())}`, { headers: { "HX-Request": "true" }, signal: asking.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      list.innerHTML = await answer.text();
      options().forEach((option) => option.setAttribute("tabindex", "-1"));
      choose(options()[0]);
    } catch (error) {
      if (error.name !== "AbortError") tell("Search does not answer. Check the connection and try again.");
    }
  }

  function open() {
    openDialog(palette);
    box.select();
    if (!list.childElementCount) ask();
  }

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (palette.open) palette.close();
      else open();
    }
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-palette]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const rail = by("#rail:popover-open");
    rail?.hidePopover();
    open();
  });

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });

  palette.addEventListener("keydown", (event) => {
    const found = options();
    const at = found.findIndex((one) => one.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (found.length) choose(found[(at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length]);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) window.open(found[at].href, "_blank", "noopener");
      else found[at].click();
    }
  });

  list.addEventListener("click", (event) => {
    if (event.target.closest('[role="option"]')) palette.close();
  });
})();
