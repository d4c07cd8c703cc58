// Moving by drag, with pointer or finger: a [data-handle] takes the [data-drag] around it to another place among the [data-drag]
// of a [data-drop] of the same form and data-scope. The form's [data-drag-do] button then says "move:<what>:<where>:<place>", unless
// somebody hears the item's event "dragged" and prevents that. A [data-grab] is its own handle for the mouse.

(() => {
  "use strict";

  const { all, by } = window.rapport;
  const EDGE = 56;
  const STEP = 14;
  const SLACK = 6;
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
    const { item, form, from, to, isLive } = drag;
    unmark();
    item.classList.remove("is-dragged");
    drag = undefined;
    if (!isDone || !isLive || !to || (to.drop === from.drop && to.number === from.number)) return;
    const told = new CustomEvent("dragged", { bubbles: true, cancelable: true, detail: { from, to } });
    if (!item.dispatchEvent(told)) return;
    const button = by("[data-drag-do]", form);
    button.value = `move:${item.dataset.drag}:${to.drop.dataset.drop}:${to.number}`;
    button.click();
  }

  document.addEventListener("pointerdown", (event) => {
    const grabbed = event.pointerType === "mouse" && !event.target.closest("input, button, summary") && event.target.closest("[data-grab]");
    const handle = event.target.closest("[data-handle]") ?? grabbed;
    if (!handle || event.button) return;
    if (handle !== grabbed) event.preventDefault();
    const item = handle.closest("[data-drag]");
    const drop = item.parentElement.closest("[data-drop]");
    drag = { item, handle, form: item.closest("form"), pointer: event.pointerId, at: [event.clientX, event.clientY] };
    drag.from = { drop, number: all(":scope > [data-drag]", drop).indexOf(item) };
    if (handle !== grabbed) begin();
  });

  function begin() {
    drag.isLive = true;
    drag.handle.setPointerCapture(drag.pointer);
    drag.item.classList.add("is-dragged");
  }

  // What lies beside or beyond what is seen comes nearer when the pointer is at an edge.
  function scrollAround(x, y, drop) {
    const wide = drag.item.closest("[data-drag-scroll]");
    const box = wide?.getBoundingClientRect();
    if (wide && x < box.left + EDGE) wide.scrollBy(-STEP, 0);
    else if (wide && x > Math.min(box.right, innerWidth) - EDGE) wide.scrollBy(STEP, 0);
    const high = wide && drop ? drop.getBoundingClientRect() : { top: 0, bottom: innerHeight };
    const scroller = wide && drop ? drop : window;
    if (y < high.top + EDGE) scroller.scrollBy(0, -STEP);
    else if (y > high.bottom - EDGE) scroller.scrollBy(0, STEP);
  }

  document.addEventListener("pointermove", (event) => {
    if (drag?.pointer !== event.pointerId) return;
    if (!drag.isLive && Math.hypot(event.clientX - drag.at[0], event.clientY - drag.at[1]) < SLACK) return;
    if (!drag.isLive) begin();
    const there = dropAt(event.clientX, event.clientY);
    if (there) aim(there, event.clientY);
    scrollAround(event.clientX, event.clientY, there?.drop);
  });

  document.addEventListener("pointerup", (event) => { if (drag?.pointer === event.pointerId) end(true); });
  document.addEventListener("dragstart", (event) => { if (event.target.closest?.("[data-grab]")) event.preventDefault(); });
  document.addEventListener("pointercancel", () => { if (drag) end(false); });
  document.addEventListener("keydown", (event) => { if (drag && event.key === "Escape") end(false); });
})();
