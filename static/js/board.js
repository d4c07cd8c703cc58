// The board: a card goes where it is dropped or sent by keys at once, and back again when the server refuses.

(() => {
  "use strict";

  const { all, by } = window.rapport;
  const cards = (column) => all(":scope > [data-drag]", column);
  const here = () => by("[data-board]").dataset.here;
  let line = Promise.resolve();

  function put(card, column, number) {
    const others = cards(column).filter((one) => one !== card);
    const next = others[number] ?? by(":scope > .lane-more", column);
    column.insertBefore(card, next);
  }

  // One move after another, so that each is asked for from where the one before has led.
  function move(card, column, number) {
    const from = { column: card.parentElement, next: card.nextElementSibling };
    const values = { seen: from.column.dataset.drop, stage: column.dataset.drop, next: here() };
    const focused = card.contains(document.activeElement) ? document.activeElement : undefined;
    put(card, column, number);
    focused?.focus();
    values.below = card.previousElementSibling?.dataset.drag ?? "";
    card.classList.add("is-moving");
    line = line.then(() => send(card, values)).then((answer) => {
      card.classList.remove("is-moving");
      if (answer.successful) return;
      from.column.insertBefore(card, from.next?.parentElement === from.column ? from.next : null);
      if (answer.xhr.status === 409) window.htmx.ajax("GET", here(), { target: "#board", swap: "outerHTML", select: "#board" });
    });
  }

  function send(card, values) {
    return new Promise((answered) => {
      card.addEventListener("htmx:afterRequest", (event) => {
        event.stopPropagation();
        answered(event.detail);
      }, { once: true });
      const sent = window.htmx.ajax("POST", `/deals/${card.dataset.drag}/place`, { source: card, swap: "none", values });
      sent.catch(() => undefined); // a lost network is told of by the page, and answered above
    });
  }

  function ask(card, ending) {
    const address = `/deals/${card.dataset.drag}/${ending}?next=${encodeURIComponent(here())}`;
    window.htmx.ajax("GET", address, { target: "#dialog-body", swap: "innerHTML" });
  }

  document.addEventListener("dragged", (event) => {
    const { to } = event.detail;
    if (!event.target.closest("[data-board]")) return;
    event.preventDefault();
    if (["win", "loss"].includes(to.drop.dataset.drop)) ask(event.target, to.drop.dataset.drop);
    else move(event.target, to.drop, to.number);
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-board] .deal-move");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    ask(link.closest("[data-drag]"), "move");
  });

  function neighbour(column, step) {
    const columns = all("[data-board] [data-drop]");
    return columns[columns.indexOf(column) + step];
  }

  const sideways = { ArrowLeft: -1, ArrowRight: 1 };
  const upwards = { ArrowUp: -1, ArrowDown: 1 };

  function carry(card, key) {
    const column = card.parentElement;
    const place = cards(column).indexOf(card);
    if (key in sideways) {
      const beside = neighbour(column, sideways[key]);
      if (beside) move(card, beside, 0);
    } else if (cards(column)[place + upwards[key]]) {
      move(card, column, place + upwards[key]);
    }
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function look(card, key) {
    const column = key in sideways ? neighbour(card.parentElement, sideways[key]) : card.parentElement;
    if (!column) return;
    const place = cards(card.parentElement).indexOf(card);
    const next = key in sideways ? cards(column)[Math.min(place, cards(column).length - 1)] : cards(column)[place + upwards[key]];
    if (next) by(".deal-name", next).focus();
  }

  document.addEventListener("keydown", (event) => {
    const card = event.target.closest?.("[data-board] .deal-card");
    if (!card || !(event.key in sideways || event.key in upwards) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (event.shiftKey && card.dataset.grab !== undefined) carry(card, event.key);
    else if (!event.shiftKey) look(card, event.key);
  });
})();
