"use strict";
// Comfort on top of pages that work without it: scheme switch, keys, menus, what htmx cannot say by itself.
(() => {
  const root = document.documentElement;
  const find = (selector, within = document) => within.querySelector(selector);

  function remember(theme) {
    try {
      if (theme) localStorage.setItem("scout-theme", theme);
      else localStorage.removeItem("scout-theme");
    } catch {
      // Storage may be blocked; the choice holds for this page.
    }
  }

  function setTheme(theme) {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const button of document.querySelectorAll("[data-theme-set]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeSet === theme));
    }
  }

  function say(text) {
    const toast = find("#toast");
    toast.textContent = text;
    toast.hidden = false;
    clearTimeout(say.timer);
    say.timer = setTimeout(() => { toast.hidden = true; }, 6000);
  }

  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  }

  function moveTo(step) {
    const links = [...document.querySelectorAll(".job-title a")];
    if (!links.length) return;
    const at = links.indexOf(document.activeElement?.closest(".job")?.querySelector(".job-title a"));
    const next = links[Math.min(Math.max(at + step, 0), links.length - 1)];
    next.focus();
    next.closest(".job").scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-theme-set]");
    if (chosen) {
      setTheme(chosen.dataset.themeSet);
      remember(chosen.dataset.themeSet);
    }
    closeMenus(event.target.closest("details.menu"));
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = find("details.menu[open]");
      closeMenus();
      if (menu) find("summary", menu).focus();
    }
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && find("#q")) {
      event.preventDefault();
      find("#q").select();
    }
    if (event.key === "j") moveTo(1);
    if (event.key === "k") moveTo(-1);
  });

  document.addEventListener("submit", (event) => {
    const sheet = event.target.closest("[popover]");
    if (sheet?.matches(":popover-open")) sheet.hidePopover();
  });

  let changed = "";
  document.addEventListener("htmx:before:request", (event) => {
    const row = event.detail.ctx.sourceElement.closest(".job");
    changed = row ? row.id : "";
    if (!row) root.classList.add("is-loading");
  });
  document.addEventListener("htmx:finally:request", () => root.classList.remove("is-loading"));
  document.addEventListener("htmx:after:swap", () => {
    // The row was replaced together with the control that had the focus.
    if (changed && document.activeElement === document.body) find(`#${changed} .status`)?.focus();
    changed = "";
  });
  document.addEventListener("htmx:response:error", (event) => {
    const { response, text } = event.detail.ctx;
    const plain = response?.raw?.headers.get("content-type")?.startsWith("text/plain");
    say(plain && text ? text : "That did not work. Reload the page and try again.");
  });
  document.addEventListener("htmx:error", (event) => {
    if (!event.detail.ctx?.response) say("The app does not answer. Is it still running?");
  });

  setTheme(root.dataset.theme ?? "");
})();
