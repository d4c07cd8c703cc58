// Switches notices of this very browser on and off: <section id="devices" data-push-key="...">. Asks only when it is clicked.

(() => {
  "use strict";

  const { by, all, toast } = window.rapport;
  const place = () => by("#devices");
  const isSupported = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const isSame = (buffer, wanted) => buffer && new Uint8Array(buffer).every((byte, at) => byte === wanted[at]);

  async function subscription() {
    const registration = await navigator.serviceWorker.getRegistration("/");
    return registration?.pushManager.getSubscription();
  }

  async function markOf(endpoint) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function state() {
    if (!window.isSecureContext) return "insecure";
    if (!isSupported) return "unsupported";
    if (Notification.permission === "denied") return "blocked";
    const made = await subscription();
    const mark = made && await markOf(made.endpoint);
    const here = mark && by(`[data-device="${mark}"]`, place());
    if (here) by("[data-push-here]", here).hidden = false;
    return here ? "on" : "off";
  }

  async function draw() {
    const found = await state();
    all("[data-push-is]", place()).forEach((one) => { one.hidden = one.dataset.pushIs !== found; });
  }

  async function subscribe() {
    const key = bytes(place().dataset.pushKey);
    await navigator.serviceWorker.register("/service-worker.js");
    const { pushManager } = await navigator.serviceWorker.ready;
    const before = await pushManager.getSubscription();
    if (before && isSame(before.options.applicationServerKey, key)) return before;
    await before?.unsubscribe();
    return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  }

  async function switchOn(button) {
    button.setAttribute("aria-busy", "true");
    try {
      if (await Notification.requestPermission() === "granted") {
        const { endpoint, keys } = (await subscribe()).toJSON();
        await window.htmx.ajax("POST", "/settings/devices", { source: "#devices", target: "#devices", swap: "outerHTML", values: { endpoint, ...keys } });
      }
    } catch (error) {
      toast({ title: "This browser did not let us", text: error.message, kind: "error" });
    }
    button.removeAttribute("aria-busy");
    await draw();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-push-on]");
    if (button) switchOn(button);
  });
  document.addEventListener("submit", async (event) => {
    const isHere = event.target.matches("[data-push-off]") && !by("[data-push-here]", event.target.closest("li")).hidden;
    if (isHere) await (await subscription())?.unsubscribe();
  });
  document.addEventListener("htmx:afterSwap", () => { if (place()) draw(); });
  if (place()) draw();
})();
