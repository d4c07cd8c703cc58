// Writing notes: a draft is kept in a form marked data-draft until it is sent, "@" in a text marked data-mentions suggests colleagues, "/" in one marked data-replies canned replies.

(() => {
  "use strict";

  const { by, all, element } = window.rapport;

  // Drafts stay in this browser alone.

  const text = (form) => by("textarea", form);
  const nameOf = (form) => `draft:${form.dataset.draft}`;

  function keep(form) {
    try {
      if (text(form).value.trim()) localStorage.setItem(nameOf(form), text(form).value);
      else localStorage.removeItem(nameOf(form));
    } catch { /* without a store there are no drafts */ }
  }

  function restore(form) {
    try { text(form).value ||= localStorage.getItem(nameOf(form)) ?? ""; } catch { /* as above */ }
  }

  document.addEventListener("input", ({ target }) => {
    const form = target.closest?.("form[data-draft]");
    if (form) keep(form);
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const form = detail.requestConfig?.elt;
    if (form?.dataset?.draft && detail.xhr.status < 400) localStorage.removeItem(nameOf(form));
  });
  document.addEventListener("htmx:afterSettle", () => all("form[data-draft]").forEach(restore));
  all("form[data-draft]").forEach(restore);

  // A list under the text; arrows choose, Enter or Tab takes, Escape closes. Each sign has what it asks, and what it puts in place of what was typed.

  const SIGNS = [
    { asks: "mentions", typed: /(?:^|[^\p{L}\p{N}_.@-])@([\p{L}\p{N}_.-]*)$/u, length: 0, text: (option) => `${option.dataset.handle} ` },
    { asks: "replies", typed: /(?:^|\s)\/([\p{L}\p{N}_-]*)$/u, length: 1, text: (option) => option.dataset.text },
  ];
  let box;
  let list;
  let sign;
  let asked = 0;

  const { token } = window.rapport;
  const before = (area) => area.value.slice(0, area.selectionStart);
  const signIn = (area) => SIGNS.find((one) => area.dataset[one.asks] && one.typed.test(before(area)));
  const options = () => all("[role=option]", list);
  const chosen = () => by('[aria-selected="true"]', list);

  function close() {
    asked += 1;
    list?.remove();
    list = undefined;
    box?.removeAttribute("aria-activedescendant");
    box?.removeAttribute("aria-controls");
  }

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", option.id);
  }

  function take(option) {
    const end = box.selectionStart;
    const start = end - before(box).match(sign.typed)[1].length - sign.length;
    box.setRangeText(sign.text(option), start, end, "end");
    if (option.dataset.used) fetch(option.dataset.used, { method: "POST", headers: { "X-CSRFToken": token() } }).catch(() => {});
    close();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  async function suggest(area, found) {
    const mine = (asked += 1);
    const address = new URL(area.dataset[found.asks], location.href);
    address.searchParams.set("q", before(area).match(found.typed)[1]);
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    if (!answer.ok || mine !== asked || document.activeElement !== area) return;
    const holder = element("div");
    holder.innerHTML = await answer.text();
    if (mine !== asked) return;
    close();
    if (!by("[role=option]", holder)) return;
    box = area;
    sign = found;
    list = holder.firstElementChild;
    area.after(list);
    area.setAttribute("aria-controls", list.id);
    choose(options()[0]);
  }

  document.addEventListener("input", ({ target }) => {
    if (!target.matches?.("[data-mentions], [data-replies]")) return;
    const found = signIn(target);
    if (found) suggest(target, found);
    else close();
  });

  document.addEventListener("keydown", (event) => {
    if (!list || event.target !== box || event.ctrlKey || event.metaKey) return;
    const all_ = options();
    const at = all_.indexOf(chosen());
    if (event.key === "ArrowDown") choose(all_[(at + 1) % all_.length]);
    else if (event.key === "ArrowUp") choose(all_[(at - 1 + all_.length) % all_.length]);
    else if (event.key === "Enter" || event.key === "Tab") take(chosen());
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  document.addEventListener("pointerdown", (event) => {
    const option = list && event.target.closest("[role=option]");
    if (option) {
      event.preventDefault();
      take(option);
    }
  });
  document.addEventListener("focusout", ({ target }) => { if (target === box) close(); });
})();
