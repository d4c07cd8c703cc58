// The page's manners: theme, menus, dialogs, toasts, forms that are neither sent twice nor lost, and answers that went wrong.
// Everything here improves plain HTML; nothing needs it. Other scripts use window.rapport.

(() => {
  "use strict";

  const root = document.documentElement;
  const apple = /Mac|iPhone|iPad/.test(navigator.platform);
  const by = (selector, inside = document) => inside.querySelector(selector);
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const sprite = () => by("use")?.getAttribute("href").split("#")[0].replace("drawings.svg", "icons.svg") ?? "";

  function token() {
    return JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
  }

  function remember(name, value) {
    document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
  }

  function icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    const known = by('use[href*="icons.svg"]')?.getAttribute("href").split("#")[0] ?? sprite();
    use.setAttribute("href", `${known}#${name}`);
    svg.append(use);
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    return svg;
  }

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  // Theme and rail: kept in cookies, so that the server draws the next page right at once.

  function nextTheme() {
    const dark = root.dataset.bsTheme ? root.dataset.bsTheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.bsTheme = dark ? "light" : "dark";
    remember("theme", root.dataset.bsTheme);
  }

  function foldRail() {
    const sheet = by("#rail-folded");
    const narrow = !matchMedia(sheet.media).matches;
    sheet.media = narrow ? "(width > 768px)" : "not all";
    remember("rail", narrow ? "narrow" : "wide");
  }

  // Toasts. The server sends HX-Trigger: {"toast": {"text": "Deal closed", "kind": "success", "undo": "/deals/7/closure/delete"}}.

  function toast({ text, title, kind = "info", undo, undoLabel = "Undo", stay = false }) {
    const tone = { success: "good", error: "bad", danger: "bad" }[kind] || kind;
    const words = element("div", { class: "toast-words" }, text || "");
    if (title) words.prepend(element("strong", {}, title));
    const note = element("div", { class: `toast-note toast-${tone}`, "data-toast": "" });
    note.append(icon({ good: "circle-check", bad: "alert-circle" }[tone] || "info-circle"), words);
    if (undo) {
      const form = element("form", { method: "post", action: undo });
      form.append(element("input", { type: "hidden", name: "csrf_token", value: token() }), element("button", { type: "submit", "data-toast-undo": "" }, undoLabel));
      note.append(form);
    }
    const close = element("button", { type: "button", "data-toast-close": "", "aria-label": "Close" }, icon("x"));
    note.append(close);
    by("#toasts")?.append(note);
    if (!stay && tone !== "bad") later(note);
    return note;
  }

  // A toast goes by itself, one that can undo something not soon; never under the pointer or the focus.

  function later(note) {
    const wait = (milliseconds) => setTimeout(() => dismiss(note), milliseconds);
    const leave = () => { clearTimeout(timer); timer = wait(3000); };
    let timer = wait(by("[data-toast-undo]", note) ? 12000 : 6000);
    for (const come of ["pointerenter", "focusin"]) note.addEventListener(come, () => clearTimeout(timer));
    for (const go of ["pointerleave", "focusout"]) note.addEventListener(go, leave);
  }

  function dismiss(note) {
    note.classList.add("is-leaving");
    setTimeout(() => note.remove(), 200);
  }

  // Dialogs: <button data-dialog="id"> opens, <button data-close> closes; an answer swapped into #dialog-body opens the shared one.

  function openDialog(dialog) {
    if (dialog && !dialog.open) dialog.showModal();
  }

  function closeDialog(dialog) {
    if (dialog?.open) dialog.close();
  }

  function problemDialog(problem) {
    const body = by("#dialog-body");
    if (!body) return false;
    const close = element("button", { type: "button", class: "btn btn-quiet", "data-close": "" }, "Stay here");
    let ways = by(".line-wrap", problem);
    if (!ways) {
      ways = element("div", { class: "line-wrap" });
      problem.append(ways);
    }
    ways.append(close);
    body.replaceChildren(element("div", { class: "dialog-body" }, problem));
    openDialog(body.closest("dialog"));
    return true;
  }

  // Answers that went wrong never replace what the person was looking at.

  const plainWords = {
    0: ["No connection", "Nothing was saved. Check the network, then try again."],
    403: ["You may not do this", "Your role does not allow it. Ask an administrator if you need it."],
    404: ["Not here any more", "It was moved or removed. Load the page again."],
    413: ["This file is too large", "Choose a smaller one."],
    429: ["A little slower, please", "Wait a minute, then try again."],
    503: ["Just starting again", "Usually back within a minute. Nothing was saved; try again then."],
  };

  function tellProblem(status, html) {
    const problem = html ? by("[data-problem]", new DOMParser().parseFromString(html, "text/html")) : null;
    if (problem && (status === 409 || status === 419) && problemDialog(document.adoptNode(problem))) return;
    const [title, text] = problem
      ? [by("h1, h2", problem)?.textContent, [by("p", problem)?.textContent, by(".problem-reference", problem)?.textContent].filter(Boolean).join(" ")]
      : plainWords[status] || ["Something broke on our side", "Your last step was not saved. Try again in a moment."];
    toast({ title, text, kind: "error" });
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400 || !/data-problem/.test(xhr.responseText)) return;
    event.detail.shouldSwap = false;
    event.detail.isError = false;
    tellProblem(xhr.status, xhr.responseText);
  });
  document.addEventListener("htmx:responseError", (event) => tellProblem(event.detail.xhr.status, event.detail.xhr.responseText));
  document.addEventListener("htmx:sendError", () => tellProblem(0));
  document.addEventListener("htmx:timeout", () => tellProblem(0));
  document.addEventListener("toast", (event) => toast(event.detail));
  document.addEventListener("close-dialog", () => all("dialog[open]").forEach(closeDialog));
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "dialog-body") openDialog(event.detail.target.closest("dialog"));
    prepare(event.detail.target.isConnected ? event.detail.target : document);
    by("[data-summary]", event.detail.elt)?.focus();
  });

  // Forms: sent once; what was typed is not lost without asking; Ctrl/Cmd-Enter sends.

  const clean = new WeakMap();
  const typed = (form) => new URLSearchParams([...new FormData(form)].map(([key, value]) => [key, value.name ?? value])).toString();

  function prepare(inside) {
    all("form[data-guard]", inside).forEach((form) => { if (!clean.has(form)) clean.set(form, typed(form)); });
    if (apple) all("[data-mod]", inside).forEach((key) => { key.textContent = "⌘"; });
    all("form[data-guard][data-changed]", inside).forEach((form) => form.classList.add("is-changed"));
  }

  function release(form) {
    delete form.dataset.busy;
    all('button[aria-busy="true"]', form).forEach((button) => button.removeAttribute("aria-busy"));
  }

  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-guard]");
    if (form && clean.has(form)) form.classList.toggle("is-changed", typed(form) !== clean.get(form));
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.confirm && form.dataset.confirmed === undefined && !confirm(form.dataset.confirm)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    if (form.method === "dialog" || form.method === "get") return;
    if (form.dataset.busy !== undefined) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.busy = "";
    form.classList.remove("is-changed");
    event.submitter?.setAttribute("aria-busy", "true");
    if (form.dataset.download !== undefined) setTimeout(() => release(form), 2000);
  }, true);

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest?.("form");
    if (!form) return;
    release(form);
    if (event.detail.successful) clean.set(form, typed(form));
    else if (clean.has(form)) form.classList.toggle("is-changed", typed(form) !== clean.get(form));
  });
  // Whoever signs out of this browser is told nothing in it any more; its push service says so when we try.

  document.addEventListener("submit", async (event) => {
    if (!event.target.matches('form[action="/sign-out"]')) return;
    const registration = await navigator.serviceWorker?.getRegistration("/");
    await (await registration?.pushManager?.getSubscription())?.unsubscribe();
  });

  window.addEventListener("pageshow", () => all("form[data-busy]").forEach(release));

  window.addEventListener("beforeunload", (event) => {
    if (all("form.is-changed[data-guard]").length) event.preventDefault();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest?.("form");
    if (!form || form.closest(".palette")) return;
    event.preventDefault();
    form.requestSubmit(by('button[type="submit"], button:not([type])', form) ?? undefined);
  });

  // Small clicks.

  const clicks = {
    "[data-theme-next]": nextTheme,
    "[data-rail-fold]": foldRail,
    "[data-back]": () => history.back(),
    "[data-print]": () => window.print(),
    "[data-close]": (button) => closeDialog(button.closest("dialog")),
    "[data-toast-close]": (button) => dismiss(button.closest("[data-toast]")),
    "[data-leave]": (link) => link.closest("form")?.classList.remove("is-changed"),
    "[data-copy]": copy,
  };

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      toast({ text: "Copied", kind: "success" });
    } catch {
      toast({ text: "Your browser did not allow copying. Select the text and copy it by hand.", kind: "error" });
    }
  }

  document.addEventListener("click", (event) => {
    for (const [selector, act] of Object.entries(clicks)) {
      const hit = event.target.closest(selector);
      if (hit) act(hit);
    }
    const opener = event.target.closest("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.dialog);
    if (dialog) {
      event.preventDefault();
      openDialog(dialog);
    }
    if (event.target.matches("dialog[open]") && outside(event)) closeDialog(event.target);
    all("details.menu[open], details.how[open]").forEach((menu) => {
      const chosen = menu.contains(event.target) && event.target.closest(".menu-sheet a, .menu-sheet button");
      if (chosen || !menu.contains(event.target)) menu.open = false;
    });
  });

  function outside({ target, clientX, clientY }) {
    const box = target.getBoundingClientRect();
    return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
  }

  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details.menu[open], details.how[open]");
    if (!menu) return;
    const items = all(".menu-sheet a, .menu-sheet button", menu).filter((item) => item.offsetParent);
    const at = items.indexOf(document.activeElement);
    if (event.key === "Escape") {
      menu.open = false;
      by("summary", menu).focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!items.length) return;
      event.preventDefault();
      items[(at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length].focus();
    }
  });

  // A name shows a small card after a moment's rest of the pointer: <a data-card="/customers/7/card">.

  let cardTimer;
  let card;
  const dropCard = () => { clearTimeout(cardTimer); card?.remove(); card = undefined; };

  async function showCard(link) {
    const answer = await fetch(link.dataset.card, { headers: { "HX-Request": "true" } });
    if (!answer.ok || !link.matches(":hover, :focus")) return;
    dropCard();
    card = element("div", { class: "hover-card", role: "tooltip" });
    card.innerHTML = await answer.text();
    document.body.append(card);
    const box = link.getBoundingClientRect();
    const below = box.bottom + card.offsetHeight + 16 < innerHeight;
    card.style.left = `${Math.max(8, Math.min(box.left, innerWidth - card.offsetWidth - 8))}px`;
    card.style.top = `${below ? box.bottom + 8 : Math.max(8, box.top - card.offsetHeight - 8)}px`;
  }

  document.addEventListener("pointerover", (event) => {
    const link = event.pointerType === "mouse" && event.target.closest?.("[data-card]");
    if (!link) {
      if (!event.target.closest?.(".hover-card")) dropCard();
      return;
    }
    clearTimeout(cardTimer);
    cardTimer = setTimeout(() => showCard(link), 400);
  });
  document.addEventListener("scroll", dropCard, { capture: true, passive: true });

  window.rapport = { toast, openDialog, closeDialog, icon, element, token, by, all };

  prepare(document);
  by("[data-summary]")?.focus();
  all("#toasts [data-toast]:not(.toast-bad)").forEach(later);
})();
