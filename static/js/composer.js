// Writing in the inbox: a reply or a private note, and what was begun is kept on the server until it is sent.

(() => {
  "use strict";

  const { by, all, token } = window.rapport;
  const SAVE_AFTER = 1200;
  const form = () => by("[data-drafts]");
  const waiting = new Map();
  const saved = new Map();

  const texts = () => (form() ? all("textarea[data-mode]", form()) : []);

  function tell(words) {
    const state = form() && by("[data-draft-state]", form());
    if (state) state.textContent = words;
  }

  function begin() {
    texts().forEach((text) => { if (!saved.has(text.dataset.mode)) saved.set(text.dataset.mode, text.value); });
  }

  async function save(text) {
    const mode = text.dataset.mode;
    clearTimeout(waiting.get(mode));
    waiting.delete(mode);
    const owner = text.form;
    if (!owner || saved.get(mode) === text.value) return;
    const content = text.value;
    saved.set(mode, content);
    const body = new URLSearchParams({ mode, content, key: owner.elements.key.value });
    const answer = await fetch(owner.dataset.drafts, { method: "POST", headers: { "X-CSRFToken": token() }, body, keepalive: true }).catch(() => null);
    if (!answer?.ok) saved.delete(mode);
    else if (text.value === content) tell(content.trim() ? "Draft saved" : "");
  }

  document.addEventListener("input", ({ target }) => {
    if (!target.matches?.("[data-drafts] textarea[data-mode]")) return;
    tell("");
    clearTimeout(waiting.get(target.dataset.mode));
    waiting.set(target.dataset.mode, setTimeout(() => save(target), SAVE_AFTER));
  });

  document.addEventListener("message-sent", ({ detail }) => {
    clearTimeout(waiting.get(detail.mode));
    waiting.delete(detail.mode);
    saved.set(detail.mode, "");
    tell("");
  });

  const flush = () => texts().forEach(save);
  window.addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") flush(); });
  document.addEventListener("htmx:afterSettle", begin);
  begin();

  // Alt with a letter works while one writes, too: <button data-alt-key="e">.
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || !event.code.startsWith("Key") || window.rapport.isLeaving()) return;
    const marked = by(`[data-alt-key="${event.code.slice(3).toLowerCase()}"]`);
    if (!marked?.offsetParent || by("dialog[open]")) return;
    event.preventDefault();
    flush();
    marked.click();
  });

  // A menu of the head that opens has its first choice in hand.
  document.addEventListener("toggle", ({ target }) => {
    if (target.matches?.("#snooze[open], #tags details[open]")) by(".menu-sheet input[name=name], .menu-sheet button[name]", target)?.focus();
  }, true);

  // Choosing a mode, also the one that is on already, puts its text in hand at once.
  document.addEventListener("click", ({ target }) => {
    if (target.matches?.('[data-drafts] [name="mode"]')) by(`textarea[data-mode="${target.value}"]`, target.form)?.focus();
  });
})();
