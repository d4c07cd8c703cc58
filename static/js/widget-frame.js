// The frame of the chat, on the shop's own origin. What the browser keeps is one secret, and that only after the first message;
// it goes out in a header and nowhere else. The page around is heard only where its origin is registered.

(() => {
  "use strict";

  const { body } = document;
  const here = body.dataset.here;
  const told = JSON.parse(body.dataset.told);
  const place = `rapport:${here}`;
  const isFramed = parent !== window;
  const LOOK_EVERY = 20000;
  const FIRST_WAIT = 1000;
  const LONGEST_WAIT = 30000;
  const by = (selector, within = document) => within.querySelector(selector);
  const pane = by("#pane");
  const teaser = by("#teaser");
  const start = by("#start");
  const trouble = by("#trouble");

  let around = "";
  let page = {};
  let identity = null;
  let isOpen = !isFramed;
  let rule = null;
  let unread = 0;
  let line = null;
  let kept = recall();
  const isKept = Boolean(kept.secret);

  // What stays in this browser ------------------------------------------------------------------------------------

  function recall() {
    try { return JSON.parse(localStorage.getItem(place)) ?? {}; } catch { return {}; }
  }

  function keep(more) {
    kept = { ...kept, ...more };
    try { localStorage.setItem(place, JSON.stringify(kept)); } catch { /* a browser that keeps nothing: until the page goes */ }
  }

  function forget() {
    kept = { seen: kept.seen };
    try { localStorage.removeItem(place); } catch { /* as above */ }
    hangUp();
  }

  // The page around -------------------------------------------------------------------------------------------------

  function tell(word, more = {}) {
    if (around) parent.postMessage({ rapport: word, ...more }, around);
  }

  const heard = {
    hello({ customer, expires, signature }) {
      if (customer && signature) identity = { customer, expires, signature };
      else if (kept.signed) forget();
      tell("look", { colour: told.colour, ink: told.ink, side: told.side, label: told.label, tellsPage: told.tellsPage, rules: told.rules.map(({ id, page, seconds }) => ({ id, page, seconds })) });
      if (kept.secret) look();
    },
    page({ address, title }) {
      if (!told.tellsPage) return;
      page = { page: String(address), page_title: String(title) };
      if (kept.secret) call("/page", page).catch(() => { /* the next page tells again */ });
    },
    open() { isOpen = true; hideTeaser(); arrive(); },
    close() { isOpen = false; },
    say({ rule: id }) { suggest(told.rules.find((one) => one.id === id)); },
  };

  addEventListener("message", ({ source, origin, data }) => {
    if (!isFramed || source !== parent || !(told.origins.includes(origin) || origin === location.origin)) return;
    if (!Object.hasOwn(heard, data?.rapport)) return;
    around = origin;
    heard[data.rapport](data);
  });

  function leave() { isOpen = false; tell("close"); }

  function suggest(wanted) {
    if (!wanted || isOpen || kept.secret || kept.seen?.includes(wanted.id)) return;
    rule = wanted;
    by("[data-words]", teaser).textContent = rule.words;
    teaser.hidden = false;
    body.classList.add("is-teaser");
    tell("size", { size: "teaser" });
  }

  function hideTeaser() {
    teaser.hidden = true;
    body.classList.remove("is-teaser");
  }

  // Asking the shop -------------------------------------------------------------------------------------------------

  async function call(path, data) {
    const headers = { Accept: "application/json" };
    if (kept.secret) headers.Authorization = `Visitor ${kept.secret}`;
    const sent = data && new URLSearchParams(data);
    const answer = await fetch(here + path, { method: data ? "POST" : "GET", headers, body: sent, credentials: "omit", cache: "no-store" });
    const isHtml = answer.headers.get("Content-Type")?.startsWith("text/html");
    const said = answer.status === 204 ? {} : await (isHtml ? answer.text() : answer.json());
    if (answer.ok) return said;
    if (answer.status === 401) { forget(); show("start"); }
    const words = Object.values(said.errors ?? {}).flat().join(" ") || said.detail || "That did not work. Try again.";
    throw Object.assign(new Error(words), { status: answer.status });
  }

  function complain(error) {
    trouble.textContent = error?.message?.includes("fetch") ? "No connection. Try again in a moment." : error?.message ?? "";
    trouble.hidden = !trouble.textContent;
  }

  function become({ secret }) {
    keep({ secret, signed: false });
  }

  async function proveIdentity() {
    const claimed = identity;
    identity = null;
    if (!claimed || (kept.signed && kept.customer === claimed.customer)) return;
    try {
      const said = await call("/identity", claimed);
      if (said.secret) kept = { ...kept, secret: said.secret, signed: true, customer: claimed.customer };
      if (isKept) keep({});
    } catch { /* whoever proves nothing talks as a visitor */ }
  }

  // Panes -----------------------------------------------------------------------------------------------------------

  function show(what) {
    hangUp();
    pane.dataset.shows = what;
    by("#back").hidden = what === "start" || (what === "chats" && !kept.secret);
    complain();
    if (what !== "start") return;
    pane.replaceChildren(start);
    start.hidden = false;
    body.classList.toggle("is-known", Boolean(kept.secret));
    by("#back").hidden = !kept.secret;
    const words = by("[data-rule]", start);
    words.hidden = !rule;
    words.textContent = rule?.words ?? "";
    if (isOpen) by("textarea", start).focus();
  }

  async function showChats() {
    const html = await call("/chats");
    show("chats");
    pane.innerHTML = html;
    by("#back").hidden = true;
    if (isOpen) by("a, button, summary", pane)?.focus();
    countUnread();
  }

  async function showChat(id) {
    const html = await call(`/chats/${id}`);
    show("chat");
    pane.innerHTML = html;
    toEnd();
    listen(id);
    read();
    if (isOpen) by("textarea, h2", pane)?.focus();
  }

  async function refresh() {
    const chat = by("#chat");
    if (!chat) return;
    const fresh = new DOMParser().parseFromString(await call(`/chats/${chat.dataset.chat}`), "text/html");
    const isWriting = by("#chat-state")?.contains(document.activeElement) || by("#chat-state input")?.value;
    if (!isWriting) by("#chat-state").replaceWith(by("#chat-state", fresh));
    if (by("#chat-foot").dataset.state !== by("#chat-foot", fresh).dataset.state) by("#chat-foot").replaceWith(by("#chat-foot", fresh));
  }

  async function arrive() {
    try {
      await proveIdentity();
      if (!kept.secret) return show("start");
      if (pane.dataset.shows === "chat") { read(); by("textarea", pane)?.focus(); return undefined; }
      await showChats();
      const chats = pane.querySelectorAll("[data-open]");
      if (!chats.length) return show("start");
      const waits = by("[data-open].is-unread", pane) ?? (chats.length === 1 ? chats[0] : null);
      if (waits) await showChat(waits.dataset.open);
    } catch (error) { complain(error); }
    return undefined;
  }

  async function look() {
    try {
      const found = new DOMParser().parseFromString(await call("/chats"), "text/html");
      unread = found.querySelectorAll(".is-unread").length;
      tell("unread", { count: unread });
      const last = by("[data-open][data-goes-on]", found);
      if (last && !isOpen) await showChat(last.dataset.open);
    } catch { /* the chat can wait until it is opened */ }
  }

  function countUnread() {
    unread = pane.querySelectorAll(".is-unread").length;
    tell("unread", { count: unread });
  }

  // A conversation ----------------------------------------------------------------------------------------------------

  const thread = () => by("#thread");
  const newest = () => Math.max(0, ...[...pane.querySelectorAll("[data-seq]")].map((one) => Number(one.dataset.seq)));

  function toEnd() {
    const scroll = by(".scroll", pane);
    if (scroll) scroll.scrollTop = scroll.scrollHeight;
  }

  function read() {
    const chat = by("#chat");
    if (!chat || !isOpen || document.visibilityState !== "visible" || Number(chat.dataset.read) >= newest()) return;
    chat.dataset.read = newest();
    unread = 0;
    tell("unread", { count: 0 });
    call(`/chats/${chat.dataset.chat}/reading`, { seq: newest() }).catch(() => { chat.dataset.read = 0; });
  }

  function take(id, { html, target, swap, id: name, trigger, seen }) {
    if (html && target === "#thread" && !document.getElementById(name)) {
      thread().insertAdjacentHTML("beforeend", html);
      toEnd();
      const isTheirs = !document.getElementById(name)?.classList.contains("bubble-mine");
      if (!isOpen && isTheirs) { unread += 1; tell("unread", { count: unread }); }
    } else if (html && swap === "outerHTML") {
      const there = by(target);
      if (there) there.outerHTML = html;
    }
    if (trigger === "message-came") read();
    if (trigger === "conversation-changed") refresh().catch(complain);
    if (trigger === "conversation-seen") pane.querySelectorAll(".bubble-mine[data-seq]").forEach((one) => { if (Number(one.dataset.seq) <= seen) by(".tick", one)?.classList.add("is-seen"); });
  }

  function hangUp() {
    line?.stop();
    line = null;
  }

  function listen(id) {
    hangUp();
    let wait = FIRST_WAIT;
    let stopped = false;
    let request = null;
    let timer = 0;
    const looking = setInterval(() => { if (by("#chat-state[data-waits]") && isOpen) refresh().catch(() => {}); }, LOOK_EVERY);

    async function connect() {
      request = new AbortController();
      const version = by("#chat")?.dataset.version ?? "";
      try {
        const headers = { Accept: "text/event-stream", Authorization: `Visitor ${kept.secret}` };
        const answer = await fetch(`${here}/chats/${id}/stream?after=${newest()}&version=${version}`, { headers, credentials: "omit", cache: "no-store", signal: request.signal });
        if (answer.status === 401 || answer.status === 404) return lost();
        if (answer.ok) {
          wait = FIRST_WAIT;
          await hear(answer.body.pipeThrough(new TextDecoderStream()).getReader());
        }
      } catch { /* a broken line is mended below */ }
      if (!stopped) { timer = setTimeout(connect, wait * (0.5 + Math.random())); wait = Math.min(LONGEST_WAIT, wait * 2); }
      return undefined;
    }

    async function hear(reader) {
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) {
          const said = Object.fromEntries(block.split("\n").map((one) => [one.slice(0, one.indexOf(":")), one.slice(one.indexOf(":") + 2)]));
          if (said.event === "gone") { lost(); return; }
          if (said.data) take(id, JSON.parse(said.data));
        }
      }
    }

    function lost() {
      stop();
      const fresh = recall();
      if (fresh.secret && fresh.secret !== kept.secret) { kept = fresh; showChat(id).catch(complain); }
      else if (isOpen) arrive();
    }

    function stop() {
      stopped = true;
      clearTimeout(timer);
      clearInterval(looking);
      request?.abort();
    }
    line = { stop };
    connect();
  }

  // What people press ---------------------------------------------------------------------------------------------------

  const sends = {
    async begin(form) {
      await proveIdentity();
      const more = rule ? { rule: rule.id } : {};
      const zone = { time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone ?? "" };
      const said = await call("/chats", { ...Object.fromEntries(new FormData(form)), ...page, ...zone, ...more });
      keep(said.secret ? { secret: said.secret, signed: false } : {});
      rule = null;
      form.reset();
      form.elements.key.value = crypto.randomUUID();
      await showChat(said.chat);
    },
    async say(form) {
      const words = form.elements.content.value;
      if (!words.trim()) return;
      await call(`/chats/${by("#chat").dataset.chat}/messages`, { content: words, key: form.elements.key.value });
      form.elements.key.value = crypto.randomUUID();
      form.elements.content.value = "";
      form.elements.content.focus();
      if (by("#chat-foot").dataset.state.startsWith("closed")) await refresh();
    },
    async address(form) { await call("/address", { email: form.elements.email.value }); form.reset(); await refresh(); },
    async code(form) {
      await call("/codes", { email: form.elements.email.value });
      by("[data-form=proof]", pane).hidden = false;
      by("[name=code]", pane).focus();
    },
    async proof(form) {
      const chat = by("#chat")?.dataset.chat;
      become(await call("/codes/proof", { code: form.elements.code.value }));
      await (chat ? showChat(chat) : showChats());
    },
    async rate(form) { await call(`/chats/${by("#chat").dataset.chat}/rating`, Object.fromEntries(new FormData(form))); await refresh(); },
    async go() {
      const token = new URLSearchParams(location.hash.slice(1)).get("go") ?? "";
      history.replaceState(null, "", location.pathname);
      const said = await call("/links/proof", { token });
      become(said);
      await (said.chat ? showChat(said.chat) : showChats());
    },
  };

  const acts = {
    close: leave,
    back: showChats,
    start: () => show("start"),
    open: (one) => showChat(one.dataset.open),
    end: async () => { await call(`/chats/${by("#chat").dataset.chat}/closure`, { end: 1 }); await refresh(); },
    reopen: async () => { await call(`/chats/${by("#chat").dataset.chat}/closure/delete`, { again: 1 }); await refresh(); },
    link: async () => { by("#elsewhere").outerHTML = await call("/links", { make: 1 }); },
    answer: () => { hideTeaser(); isOpen = true; tell("open"); show("start"); },
    dismiss: () => { keep({ seen: [...(kept.seen ?? []), rule.id] }); rule = null; hideTeaser(); tell("size", { size: "" }); },
  };

  document.addEventListener("click", async (event) => {
    const one = event.target.closest("[data-act]");
    if (!one) return;
    event.preventDefault();
    try { complain(); await acts[one.dataset.act](one); } catch (error) { complain(error); }
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    event.preventDefault();
    const key = by("button[type=submit]", form);
    if (key.disabled) return;
    key.disabled = true;
    try { complain(); await sends[form.dataset.form](form); } catch (error) { complain(error); }
    key.disabled = false;
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isFramed) leave();
    const isSending = event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches?.("textarea[data-sends]");
    if (isSending) { event.preventDefault(); event.target.form.requestSubmit(); }
  });
  document.addEventListener("visibilitychange", read);

  // The shop's colour; a readable ink upon it.
  document.documentElement.style.setProperty("--brand", told.colour);
  if (!isFramed) {
    body.classList.add("is-page");
    if (location.hash.startsWith("#go=")) { show("go"); pane.replaceChildren(by("#go")); by("#go").hidden = false; by("#go button").focus(); }
    else if (kept.secret) arrive();
    else show("start");
  } else {
    show("start");
    parent.postMessage({ rapport: "ready" }, "*"); // says nothing, so anybody may hear it
  }
})();
