"use strict";
// Live progress of scans: the server tells what changed; the table is asked for again when boards were done.
(() => {
  const panel = document.querySelector("#scanning");
  const number = new Intl.NumberFormat("en-US");
  let done = null;
  let asked = 0;

  function line(scan) {
    const row = document.createElement("div");
    row.className = "scan";
    const words = document.createElement("p");
    const name = document.createElement("span");
    name.className = "strong";
    name.textContent = "Scanning";
    const rest = document.createElement("span");
    rest.className = "scan-words";
    const parts = [
      `${number.format(scan.done)} of ${number.format(scan.boards)} ${scan.boards === 1 ? "board" : "boards"}`,
      `${number.format(scan.fetched)} fetched`,
      `${number.format(scan.new)} new`,
    ];
    if (scan.errors) parts.push(`${number.format(scan.errors)} ${scan.errors === 1 ? "error" : "errors"}`);
    rest.textContent = parts.join(" · ");
    words.append(name, " ", rest);
    const bar = document.createElement("progress");
    bar.max = scan.boards;
    bar.value = scan.done;
    bar.setAttribute("aria-label", "Boards that are done");
    row.append(words, bar);
    return row;
  }

  function show(scans) {
    panel.replaceChildren(...scans.map(line));
    panel.hidden = scans.length === 0;
    const now = scans.map((scan) => `${scan.id} ${scan.done}`).join();
    const over = done && scans.length === 0;
    if (done !== null && now !== done && (over || Date.now() - asked > 3000)) {
      asked = Date.now();
      document.body.dispatchEvent(new CustomEvent("scan-moved"));
    }
    done = now;
  }

  let events = null;
  function watch() {
    if (document.hidden || events) return;
    events = new EventSource(panel.dataset.progress);
    events.addEventListener("message", (event) => show(JSON.parse(event.data).scans));
  }
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return watch();
    events?.close();
    events = null;
  });
  addEventListener("pagehide", () => events?.close());
  if (panel) watch();
})();
