// Who else is here: while a conversation is open, one tells it now and then, and shows what live pages are told of others.
// <div data-presence="/conversations/7/presence"> holds [data-looking] and [data-typing].

(() => {
  "use strict";

  const { by, token } = window.rapport;
  const TELL_LOOKING = 25000;
  const TELL_TYPING = 2500;
  const TYPING_LASTS = 6000;
  const LOOKING_LASTS = 45000;
  const place = () => by("[data-presence]");
  const others = new Map();
  let toldTyping = 0;

  function tell(doing) {
    const here = place();
    if (!here) return;
    fetch(here.dataset.presence, { method: "POST", headers: { "X-CSRFToken": token() }, body: new URLSearchParams({ doing }), keepalive: true }).catch(() => {});
  }

  const lookOn = () => { if (by("[data-looking]") && document.visibilityState === "visible") tell("looking"); };

  document.addEventListener("input", ({ target }) => {
    if (!target.matches?.("[data-composer] textarea") || !target.value.trim() || Date.now() - toldTyping < TELL_TYPING) return;
    toldTyping = Date.now();
    tell(target.dataset.mode === "note" ? "noting" : "typing");
  });

  document.body.addEventListener("presence", ({ detail }) => {
    if (detail.doing === "gone") others.delete(detail.person);
    else {
      const known = others.get(detail.person) ?? {};
      const at = Date.now();
      others.set(detail.person, { ...known, name: detail.name, staff: detail.staff, doing: detail.doing === "looking" ? known.doing : detail.doing, looks: at + LOOKING_LASTS, types: detail.doing === "looking" ? known.types ?? 0 : at + TYPING_LASTS });
    }
    draw();
  });

  document.body.addEventListener("message-came", () => {
    for (const one of others.values()) one.types = 0;
    draw();
  });

  const listed = (names, one, many) => (names.length ? `${names.join(", ")} ${names.length > 1 ? many : one}` : "");

  function say(element, words) {
    if (element && element.textContent !== words) element.textContent = words;
  }

  function draw() {
    const here = place();
    if (!here) return;
    const at = Date.now();
    const known = [...others.values()];
    const types = known.filter((one) => one.types > at);
    const looks = known.filter((one) => one.staff && one.looks > at && !(one.types > at));
    const collides = types.filter((one) => one.staff && one.doing === "typing");
    const typing = by("[data-typing]", here);
    typing?.classList.toggle("is-collision", Boolean(by("[data-looking]", here)) && collides.length > 0);
    say(typing, [
      listed(types.filter((one) => one.doing === "typing").map((one) => one.name), "is typing…", "are typing…"),
      listed(types.filter((one) => one.doing === "noting").map((one) => one.name), "writes a private note…", "write private notes…"),
    ].filter(Boolean).join(" "));
    if (others.size) say(by("[data-looking]", here), listed(looks.map((one) => one.name), "looks at this too", "look at this too"));
  }

  setInterval(draw, 1000);
  setInterval(lookOn, TELL_LOOKING);
  document.addEventListener("visibilitychange", lookOn);
  window.addEventListener("pagehide", () => tell("gone"));
  lookOn();
})();
