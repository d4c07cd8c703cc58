// A conversation's manners: Enter sends, what was seen is told, and while the live line is broken the page asks instead.
// The live line itself is live.js; everything here improves plain forms and links.

(() => {
  "use strict";

  const { by, all, token } = window.rapport;
  const ASK_EVERY = 5000;
  const SENT_SHOWS_WITHIN = 1500;
  const base = () => by("[data-watch]")?.dataset.watch;
  const newest = () => Math.max(0, ...all("#thread [data-seq]").map((one) => Number(one.dataset.seq)));
  let told = newest();

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.ctrlKey || event.metaKey) return;
    const form = event.target.closest?.("[data-composer]");
    if (!form || event.target.tagName !== "TEXTAREA") return;
    event.preventDefault();
    if (event.target.value.trim() || by("[data-attach]", form)?.files.length) form.requestSubmit();
  });

  // Files go with the next message: picked, or dropped anywhere on the form.

  const picked = (form) => by("[data-attach]", form);

  function showPicked(form) {
    const names = [...(picked(form)?.files ?? [])].map((file) => file.name);
    const line = by("[data-attached]", form);
    if (line) line.textContent = names.join(", ");
  }

  document.addEventListener("change", ({ target }) => { if (target.matches?.("[data-attach]")) showPicked(target.form); });
  document.addEventListener("dragover", (event) => { if (event.target.closest?.("[data-composer]")) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    const form = event.target.closest?.("[data-composer]");
    if (!form || !picked(form) || !event.dataTransfer.files.length) return;
    event.preventDefault();
    picked(form).files = event.dataTransfer.files;
    showPicked(form);
  });

  document.addEventListener("message-sent", (event) => {
    const form = by("[data-composer]");
    if (!form) return;
    form.elements.key.value = event.detail.key;
    const text = form.elements[event.detail.mode === "note" ? "note" : "content"];
    text.value = "";
    if (picked(form)) picked(form).value = "";
    showPicked(form);
    text.focus();
    setTimeout(() => { if (!document.getElementById(event.detail.id)) ask(); }, SENT_SHOWS_WITHIN);
  });

  async function ask() {
    const thread = by("#thread");
    if (!thread || !base()) return;
    const answer = await fetch(`${base()}/messages?after=${newest()}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) return;
    const news = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("news");
    for (const one of [...(news?.children ?? [])]) {
      if (!one.id || !document.getElementById(one.id)) thread.append(one);
    }
    tellRead();
  }

  function tellRead() {
    const seq = newest();
    if (!base() || seq <= told || document.visibilityState !== "visible") return;
    told = seq;
    fetch(`${base()}/reading`, { method: "POST", headers: { "X-CSRFToken": token() }, body: new URLSearchParams({ seq }) }).catch(() => { told = 0; });
  }

  function showSeen(event) {
    all("#thread .bubble-mine[data-seq]").forEach((one) => {
      if (Number(one.dataset.seq) <= event.detail.seen) by(".tick", one)?.classList.add("is-seen");
    });
  }

  document.body.addEventListener("message-came", tellRead);
  document.body.addEventListener("conversation-seen", showSeen);
  document.addEventListener("visibilitychange", tellRead);
  setInterval(() => { if (by("[data-stream-line]")?.textContent) ask(); }, ASK_EVERY);
})();
