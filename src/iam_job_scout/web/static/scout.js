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

  const rowTitle = (row) => find(".job-title a", row);
  const rowAt = (element) => element?.closest(".job") ?? document.getElementById(lastRow);
  let lastRow = "";

  function moveTo(step) {
    const rows = [...document.querySelectorAll(".job")];
    if (!rows.length) return;
    const at = rows.indexOf(rowAt(document.activeElement));
    const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
    rowTitle(next).focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function act(key) {
    const row = rowAt(document.activeElement);
    if (row) find(`[data-key="${key}"]`, row)?.click();
  }

  function showKeys() {
    const dialog = find("#keys");
    if (dialog?.open) dialog.close();
    else dialog?.showModal();
  }

  const keys = {
    j: () => moveTo(1),
    k: () => moveTo(-1),
    s: () => act("s"),
    a: () => act("a"),
    h: () => act("h"),
    "/": () => find("#q")?.select(),
    "?": showKeys,
  };

  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-theme-set]");
    if (chosen) {
      setTheme(chosen.dataset.themeSet);
      remember(chosen.dataset.themeSet);
    }
    if (event.target.closest("[data-show-keys]")) showKeys();
    closeMenus(event.target.closest("details.menu"));
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = find("details.menu[open]");
      closeMenus();
      if (menu) find("summary", menu).focus();
    }
    const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!Object.hasOwn(keys, event.key) || (find("dialog[open]") && event.key !== "?")) return;
    event.preventDefault();
    keys[event.key]();
  });
  // Who comes back from a job goes on at its row, of the list as it was filtered.
  const here = () => location.pathname + location.search;
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest(".job");
    if (!row) return;
    lastRow = row.id;
    try {
      sessionStorage.setItem(`scout-row ${here()}`, lastRow);
      sessionStorage.setItem("scout-list", `${here()}#${lastRow}`);
    } catch {
      // Storage may be blocked; the way back leads to the top then.
    }
  });
  function returnToRow() {
    const back = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
    const toList = find("[data-to-list]");
    try {
      lastRow = (back && sessionStorage.getItem(`scout-row ${here()}`)) || location.hash.slice(1);
      if (toList) toList.href = sessionStorage.getItem("scout-list") ?? "/";
    } catch {
      return;
    }
    const row = document.getElementById(lastRow);
    if (row?.matches(".job")) rowTitle(row).focus({ preventScroll: true });
  }

  document.addEventListener("submit", (event) => {
    const sheet = event.target.closest("[popover]");
    if (sheet?.matches(":popover-open")) sheet.hidePopover();
  });

  // The second click of a double click would take back what the first one did.
  document.addEventListener("click", (event) => {
    if (event.detail > 1 && event.target.closest(".job [data-key]")) event.preventDefault();
  }, true);

  // What was typed before htmx listened is looked for too.
  document.addEventListener("htmx:after:init", ({ target }) => {
    if (target.id === "q" && target.value !== target.defaultValue) target.dispatchEvent(new Event("input"));
  });

  // One form serves all rows; the answer replaces the row whose button was used, or what stands in its place by then.
  const rowOf = (button) => document.getElementById(button.closest(".job").id);
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    ctx.acted = ctx.request.submitter?.closest(".job [data-key]");
    if (ctx.acted) ctx.target = ctx.acted.closest(".job");
    else root.classList.add("is-loading");
  });
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    if (ctx.acted) ctx.target = rowOf(ctx.acted) ?? ctx.target;
  });
  document.addEventListener("htmx:finally:request", () => root.classList.remove("is-loading"));
  document.addEventListener("htmx:after:swap", ({ detail: { ctx: { acted } } }) => {
    // The row was replaced together with the control that had the focus.
    const row = acted && rowOf(acted);
    if (row && document.activeElement === document.body) find(`[data-key="${acted.dataset.key}"]`, row)?.focus();
  });
  function sayStale(ctx) {
    const stale = find("#stale");
    if (stale && !ctx?.acted) stale.hidden = false;
  }
  document.addEventListener("htmx:response:error", (event) => {
    const { ctx } = event.detail;
    const { response, text } = ctx;
    const plain = response?.raw?.headers.get("content-type")?.startsWith("text/plain");
    // A page that says what is wrong at its field is shown.
    if (response?.status === 422 && !plain) return;
    say(plain && text ? text : "That did not work. Reload the page and try again.");
    sayStale(ctx);
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx?.response) return;
    say("The app does not answer. Is it still running?");
    sayStale(event.detail.ctx);
  });
  window.addEventListener("online", () => {
    if (find("#stale:not([hidden])")) find("#filters").dispatchEvent(new Event("change"));
  });

  setTheme(root.dataset.theme ?? "");
  returnToRow();
})();
