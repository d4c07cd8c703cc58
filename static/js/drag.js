// Moving by drag, with pointer or finger: a [data-handle] takes the [data-drag] around it to another place among the [data-drag]
// of a [data-drop] of the same form and data-scope. The form's [data-drag-do] button then says "move:<what>:<where>:<place>".

(() => {
  "use strict";

  const { all, by } = window.rapport;
  const EDGE = 56;
  const STEP = 14;
  let drag;

  const items = (drop) => [...drop.children].filter((child) => child.matches("[data-drag]") && child !== drag.item);

  const fits = (drop) => drop && drop.closest("form") === drag.form && drop.dataset.scope === drag.item.dataset.scope && !drag.item.contains(drop);

  // Above its first item a group that can be moved itself stands for its place among others.
  function dropAt(x, y) {
    const under = document.elementFromPoint(x, y);
    const drop = under?.closest("[data-drop]");
    if (!fits(drop)) return undefined;
    const around = drop.matches("[data-drag]") && drop.parentElement.closest("[data-drop]");
    const [first] = items(drop);
    if (first && y < first.getBoundingClientRect().top && fits(around)) return { drop: around, over: drop };
    return { drop, over: items(drop).find((item) => item.contains(under)) };
  }

  // Where it would go shows at its neighbour; nothing moves meanwhile, so that the pointer stays over what it aims at.
  function aim({ drop, over }, y) {
    const among = items(drop);
    const isBefore = (item) => y < item.getBoundingClientRect().top + item.offsetHeight / 2;
    const next = !over ? among.find(isBefore) : isBefore(over) ? over : among[among.indexOf(over) + 1];
    unmark();
    drag.to = { drop, number: next ? among.indexOf(next) : among.length };
    if (next) next.classList.add("drop-before");
    else (among.at(-1) ?? drop).classList.add("drop-after");
  }

  function unmark() {
    all(".drop-before, .drop-after").forEach((marked) => marked.classList.remove("drop-before", "drop-after"));
  }

  function end(isDone) {
    const { item, form, from, to } = drag;
    unmark();
    item.classList.remove("is-dragged");
    drag = undefined;
    if (!isDone || !to || (to.drop === from.drop && to.number === from.number)) return;
    const button = by("[data-drag-do]", form);
    button.value = `move:${item.dataset.drag}:${to.drop.dataset.drop}:${to.number}`;
    button.click();
  }

  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest("[data-handle]");
    if (!handle || event.button) return;
    event.preventDefault();
    const item = handle.closest("[data-drag]");
    const drop = item.parentElement.closest("[data-drop]");
    drag = { item, form: item.closest("form"), pointer: event.pointerId };
    drag.from = { drop, number: all(":scope > [data-drag]", drop).indexOf(item) };
    handle.setPointerCapture(event.pointerId);
    item.classList.add("is-dragged");
  });

  document.addEventListener("pointermove", (event) => {
    if (drag?.pointer !== event.pointerId) return;
    const there = dropAt(event.clientX, event.clientY);
    if (there) aim(there, event.clientY);
    if (event.clientY < EDGE) scrollBy(0, -STEP);
    else if (event.clientY > innerHeight - EDGE) scrollBy(0, STEP);
  });

  document.addEventListener("pointerup", (event) => { if (drag?.pointer === event.pointerId) end(true); });
  document.addEventListener("pointercancel", () => { if (drag) end(false); });
  document.addEventListener("keydown", (event) => { if (drag && event.key === "Escape") end(false); });
})();
