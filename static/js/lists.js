// Ticking rows: select all, count in the bulk bar, shift-click for a stretch. Without it the bar still shows and every tick still counts.

(() => {
  "use strict";

  const { all, by } = window.rapport;
  let last;

  function refresh(form) {
    const picks = all("[data-pick]", form);
    const ticked = picks.filter((pick) => pick.checked);
    const everything = by("[data-pick-everything]", form);
    if (everything?.checked && ticked.length < picks.length) everything.checked = false;
    all("[data-picked]", form).forEach((count) => {
      count.textContent = Number(everything?.checked ? everything.value : ticked.length).toLocaleString("en");
    });
    all("[data-pick-all]", form).forEach((head) => {
      head.checked = ticked.length > 0 && ticked.length === picks.length;
      head.indeterminate = ticked.length > 0 && ticked.length < picks.length;
    });
  }

  function tickAll(form, on) {
    all("[data-pick]", form).forEach((pick) => { pick.checked = on; });
  }

  document.addEventListener("click", (event) => {
    const pick = event.target.closest("[data-pick]");
    const form = event.target.closest("form");
    if (pick) {
      const picks = all("[data-pick]", form ?? document);
      if (event.shiftKey && last && picks.includes(last)) {
        const [from, to] = [picks.indexOf(last), picks.indexOf(pick)].sort((a, b) => a - b);
        picks.slice(from, to + 1).forEach((one) => { one.checked = pick.checked; });
      }
      last = pick;
    } else if (event.target.closest("[data-pick-all]")) {
      tickAll(form, event.target.checked);
    } else if (event.target.closest("[data-pick-none]")) {
      tickAll(form, false);
    } else if (event.target.matches("[data-pick-everything]")) {
      if (event.target.checked) tickAll(form, true);
    } else {
      return;
    }
    if (form) refresh(form);
  });
})();
