"use strict";
// Saving one's status stays on the page: what was typed is not lost without network, and Back leads to the list.
(() => {
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest(".track");
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    if (button.disabled) return;
    button.disabled = true;
    try {
      await show(await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }));
    } catch {
      say("Not saved: the app does not answer. Is it still running?");
    } finally {
      button.disabled = false;
    }
  });

  async function show(answer) {
    if (new URL(answer.url).pathname.startsWith("/sign-in")) return location.assign(answer.url);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // The column with the form, or the page that shows what was typed again; of other answers only the words.
    const part = page.querySelector(".job-side") ? ".job-side" : "body";
    if (part === "body" && !page.querySelector("textarea")) {
      return say(`Not saved. ${page.querySelector(".problem h1 + p")?.textContent ?? "Try again in a moment."}`);
    }
    document.querySelector("#toast").hidden = true;
    const next = page.querySelector(part);
    document.querySelector(part).replaceWith(document.adoptNode(next));
    (next.querySelector("[aria-invalid]") ?? next.querySelector(".track [type=submit]") ?? next.querySelector("#main"))?.focus();
  }

  function say(text) {
    const toast = document.querySelector("#toast");
    toast.textContent = text;
    toast.hidden = false;
  }
})();
