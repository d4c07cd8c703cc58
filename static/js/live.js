// Live pieces by server-sent events: <div data-stream="/conversations/7/stream"> ... <div data-seq="12" id="message-12">.
// Each event: id = sequence number, data = {"html", "target", "swap": beforeend|afterbegin|outerHTML|none, "id", "trigger"}.
// A place with data-stream-spare as well is read only where the page has no other, and while somebody looks at it.
// The cursor is the greatest number seen, so a broken line is mended without a gap and without a double.
// Read with fetch instead of EventSource: it hears events of every name, and knows "not yours" (4xx) from "not now".

(() => {
  "use strict";

  const { by, all, element } = window.rapport;
  const FIRST_WAIT = 1000;
  const LONGEST_WAIT = 30000;
  const LONGEST_SILENCE = 90000;
  const NEAR_BOTTOM = 120;
  const open = new Map();

  function parse(block) {
    const found = { event: "message", id: "", data: "" };
    for (const line of block.split("\n")) {
      const [, name, value] = /^(\w*): ?(.*)$/.exec(line) ?? [];
      if (name === "data") found.data += (found.data && "\n") + value;
      else if (name) found[name] = value;
    }
    return found;
  }

  class Line {
    constructor(place) {
      this.place = place;
      this.wait = FIRST_WAIT;
      this.after = Math.max(0, ...all("[data-seq]", place).map((one) => Number(one.dataset.seq) || 0));
      this.connect();
    }

    async connect() {
      this.timer = 0;
      const address = new URL(this.place.dataset.stream, location.href);
      address.searchParams.set("after", this.after);
      this.line = new AbortController();
      try {
        const answer = await fetch(address, { headers: { Accept: "text/event-stream" }, cache: "no-store", signal: this.line.signal });
        if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) return this.gone("");
        if (!answer.ok) throw new Error(String(answer.status));
        this.wait = FIRST_WAIT;
        this.tell("");
        await this.read(answer.body.pipeThrough(new TextDecoderStream()).getReader());
      } catch { /* a broken line is mended below */ }
      this.again();
    }

    async read(reader) {
      let rest = "";
      for (;;) {
        this.watch();
        const { value, done } = await reader.read();
        if (done) return;
        const blocks = (rest + value).replace(/\r\n?/g, "\n").split("\n\n");
        rest = blocks.pop();
        blocks.forEach((block) => this.take(parse(block)));
      }
    }

    watch() {
      clearTimeout(this.silence);
      this.silence = setTimeout(() => this.line.abort(), LONGEST_SILENCE);
    }

    again() {
      clearTimeout(this.silence);
      if (this.stopped) return;
      this.tell(navigator.onLine ? "Reconnecting…" : "Offline. New messages appear when the connection is back.");
      this.timer = setTimeout(() => this.connect(), this.wait * (0.5 + Math.random()));
      this.wait = Math.min(LONGEST_WAIT, this.wait * 2);
    }

    hurry() {
      clearTimeout(this.timer);
      this.wait = FIRST_WAIT;
      if (!this.stopped) this.connect();
    }

    take({ event, id, data }) {
      if (event === "gone") return this.gone(data);
      const seq = Number(id) || 0;
      if (!data || (seq && seq <= this.after)) return;
      if (seq) this.after = seq;
      const change = JSON.parse(data);
      if (change.html && change.swap !== "none") this.insert(change);
      if (change.trigger) document.body.dispatchEvent(new CustomEvent(change.trigger, { detail: change, bubbles: true }));
    }

    insert({ html, target, swap = "beforeend", id }) {
      const aim = by(target || "[data-thread]", document);
      if (!aim) return;
      const piece = document.createElement("template");
      piece.innerHTML = html;
      const made = [...piece.content.children];
      if (swap === "outerHTML") aim.replaceWith(piece.content);
      else if (id && document.getElementById(id)) return;
      else this.keepBottom(aim, () => aim[swap === "afterbegin" ? "prepend" : "append"](piece.content));
      made.forEach((one) => window.htmx?.process(one));
    }

    keepBottom(aim, change) {
      const scroller = aim.closest("[data-scroll]") ?? aim;
      const near = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_BOTTOM;
      change();
      if (near) scroller.scrollTo({ top: scroller.scrollHeight });
    }

    tell(words) {
      let line = by("[data-stream-line]", this.place);
      if (!line) {
        if (!words) return;
        line = element("div", { class: "stream-line", "data-stream-line": "", role: "status" });
        this.place.append(line);
      }
      line.textContent = words;
      line.hidden = !words;
    }

    gone(data) {
      this.stop();
      let reason = data;
      try { reason = JSON.parse(data).reason; } catch { /* plain words are welcome too */ }
      this.tell(reason || "This is no longer open to you. Load the page again.");
    }

    stop() {
      this.stopped = true;
      clearTimeout(this.timer);
      clearTimeout(this.silence);
      this.line.abort();
    }
  }

  // One line a page: a spare one (data-stream-spare) is held only where there is no other, and while somebody looks.
  function wanted() {
    const places = all("[data-stream]");
    const own = places.filter((place) => !("streamSpare" in place.dataset));
    return own.length || document.hidden ? own : places.slice(0, 1);
  }

  function look() {
    for (const [place, line] of open) {
      if (!place.isConnected || !wanted().includes(place)) {
        line.stop();
        open.delete(place);
      }
    }
    wanted().forEach((place) => { if (!open.has(place)) open.set(place, new Line(place)); });
  }

  function toBottom(inside = document) {
    all("[data-scroll='bottom']", inside).forEach((scroller) => {
      if (!scroller.dataset.placed) scroller.scrollTop = scroller.scrollHeight;
      scroller.dataset.placed = "yes";
    });
  }

  document.addEventListener("htmx:afterSettle", () => { look(); toBottom(); });
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pagehide", () => open.forEach((line) => line.stop()));
  window.addEventListener("pageshow", (event) => { if (event.persisted) { open.clear(); look(); } });
  window.addEventListener("online", () => open.forEach((line) => { if (line.timer) line.hurry(); }));
  look();
  toBottom();
})();
