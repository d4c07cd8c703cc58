// A call rings on an open page: "call-rings" brings the word about it (live.js puts it into #calls), "call-over" takes it away.
// With <… data-opens-calls> the customer's page opens by itself, unless something typed here would be lost.

(() => {
  "use strict";

  const { by, all } = window.rapport;

  const isChanged = (one) => (["checkbox", "radio"].includes(one.type) ? one.checked !== one.defaultChecked : one.value !== one.defaultValue);
  const isTyping = () => all("form.is-changed").length > 0 || all("main textarea, main input").some(isChanged);

  document.body.addEventListener("call-rings", ({ detail }) => {
    if (by("[data-opens-calls]") && !isTyping()) location.assign(detail.path);
  });
  document.body.addEventListener("call-over", ({ detail }) => document.getElementById(detail.key)?.remove());
})();
