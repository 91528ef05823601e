"use strict";
// The page of the monitoring: which time is looked at, which panels are on the screen, when they are asked anew.
(() => {
  const page = document.getElementById("monitoring");
  const form = document.getElementById("view");
  if (!page || !form) return;
  const { make, format, sparkline } = charts;
  const EVERY = { "15s": 15, "30s": 30, "1m": 60, "5m": 300 };
  const CHOSEN = ["job", "instance"];
  const LIVE_EVERY = 5, LIVE_KEPT = 120;
  const trouble = document.getElementById("trouble");
  let view = new URLSearchParams(location.search);
  let round = 0, timer = 0, ended = false, refreshed = Date.now(), step = 0;
  let marks = new Map();

  const since = () => view.get("from") ?? form.elements.from.value;
  const until = () => view.get("to") ?? form.elements.from.selectedOptions[0]?.dataset.until ?? "now";

  function say(text, link) {
    trouble.hidden = !text;
    trouble.replaceChildren(...(text ? [make("span", {}, text, ...(link ? [" ", link] : []))] : []));
  }

  function endSession() {
    ended = true;
    clearTimeout(timer);
    const back = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
    say("Your session ended, so nothing is refreshed any more.", make("a", { href: back }, "Sign in to go on"));
  }

  // The JSON of an answer. Throws an Error whose message is for people; `ended` where the session is over.
  async function ask(address, signal) {
    let answer;
    try {
      answer = await fetch(address, { signal, headers: { accept: "application/json" } });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Error("The app does not answer. Is it still running?");
    }
    if (answer.status === 401) { endSession(); throw new Error("Your session ended."); }
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(told.detail ?? `The app answered with status ${answer.status}.`);
    return told;
  }

  function query(points) {
    const asked = new URLSearchParams({ from: since(), to: until() });
    for (const name of CHOSEN) for (const value of view.getAll(name)) asked.append(name, value);
    if (points) asked.set("points", String(points));
    return asked;
  }

  function marksOf(dashboard) {
    if (!marks.has(dashboard)) {
      const asked = ask(`/api/monitoring/dashboards/${encodeURIComponent(dashboard)}/marks?${query(240)}`);
      marks.set(dashboard, asked.then((answer) => answer.marks, () => []));
    }
    return marks.get(dashboard);
  }

  // Panels -------------------------------------------------------------------------------------------------------
  const watched = [...page.querySelectorAll(".watch")].map((element) => ({
    element,
    body: element.querySelector(".watch-body"),
    source: element.dataset.source,
    type: element.dataset.type,
    drawing: JSON.parse(element.dataset.drawing),
    title: element.querySelector("h3").textContent,
    seen: false, round: -1, drawn: false, stop: null,
  })).filter((panel) => panels.known(panel.type));
  const byElement = new Map(watched.map((panel) => [panel.element, panel]));

  const measured = (kind, panel, start, end) => {
    const name = `${kind} ${panel.element.id}`;
    performance.clearMeasures(name);
    performance.measure(name, { start, end });
  };

  async function load(panel) {
    if (!panel.seen || panel.round === round || ended) return;
    panel.round = round;
    panel.stop?.abort();
    panel.stop = new AbortController();
    const asked = performance.now(), points = panel.type === "stat" ? 60 : Math.max(60, Math.min(500, Math.round(panel.body.clientWidth / 2)));
    try {
      const course = panel.type === "timeseries";
      const [answer, moments] = await Promise.all([
        ask(`${panel.source}?${query(points)}`, panel.stop.signal),
        course ? marksOf(panel.element.dataset.dashboard) : [],
      ]);
      const arrived = performance.now();
      if (course) ({ step } = answer);
      draw(panel, answer, moments);
      measured("data", panel, asked, arrived);
      requestAnimationFrame(() => measured("draw", panel, arrived, performance.now()));
      if (!ended) say("");
    } catch (error) {
      if (error.name === "AbortError") return;
      fail(panel, error.message);
    }
  }

  function draw(panel, answer, moments) {
    const { element, body, drawing } = panel;
    panel.problems?.remove();
    const failed = [...new Set(answer.results.map((result) => result.error).filter(Boolean))];
    for (const result of answer.results) link(panel, result, answer);
    element.classList.remove("is-stale");
    if (failed.length && answer.results.every((result) => result.error)) {
      body.replaceChildren(panels.note(failed.join(" "), true));
      panel.drawn = false;
      return;
    }
    page.querySelector("#no-prometheus")?.remove();
    const box = panel.box ?? make("div", { class: "watch-body" });
    panel.box = box;
    if (!body.contains(box)) body.replaceChildren(box);
    panels.draw(panel.type, box, answer, drawing, { label: panel.title, marks: moments, sync: "time", onZoom: zoom });
    panel.drawn = true;
    tell(panel, answer, failed);
  }

  // What the drawing does not show: queries that failed, series that were left out.
  function tell(panel, answer, failed) {
    const left = answer.results.filter((result) => (result.total ?? 0) > (result.series?.length ?? 0));
    const notes = answer.results.map((result) => result.note).filter(Boolean);
    for (const result of left) notes.push(`${format(result.total, "short")} series; the ${result.series.length} strongest are shown.`);
    const text = [...failed, ...notes].join(" ");
    if (!text) return;
    panel.problems = make("p", { class: `watch-problems${failed.length ? "" : " is-note"}` }, text);
    panel.body.append(panel.problems);
  }

  function fail(panel, text) {
    if (panel.drawn) { panel.element.classList.add("is-stale"); if (!ended) say(text); return; }
    const again = make("button", { type: "button", class: "button" }, "Try again");
    again.addEventListener("click", () => { panel.round = -1; load(panel); });
    panel.body.replaceChildren(panels.note(text, true), ...(ended ? [] : [again]));
  }

  function link(panel, result, answer) {
    const about = panel.element.querySelector(".about-list");
    const code = about.querySelector(`code[data-ref="${result.ref}"]`), to = about.querySelector(`a[data-ref="${result.ref}"]`);
    if (code) code.textContent = result.expr;
    if (!to || !page.dataset.prometheus) return;
    const end = new Date(answer.end * 1000).toISOString().slice(0, 19).replace("T", " ");
    const asked = new URLSearchParams({ "g0.expr": result.expr, "g0.tab": panel.type === "table" ? "1" : "0", "g0.range_input": `${answer.end - answer.start}s`, "g0.end_input": end });
    to.href = `${page.dataset.prometheus}/graph?${asked}`;
    to.hidden = false;
  }

  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const panel = byElement.get(entry.target);
      panel.seen = entry.isIntersecting;
      load(panel);
    }
  }, { rootMargin: "160px" });

  // Time and choice ----------------------------------------------------------------------------------------------
  function reload() {
    round += 1;
    refreshed = Date.now();
    marks = new Map();
    for (const panel of watched) load(panel);
    plan();
  }

  // Days are not asked anew as often as minutes: nothing would look different.
  function plan() {
    clearTimeout(timer);
    const seconds = EVERY[form.elements.refresh.value];
    if (!seconds || ended || until() !== "now") return;
    timer = setTimeout(refresh, Math.max(seconds, Math.min(300, step / 20)) * 1000);
  }

  function refresh() {
    if (document.hidden) { plan(); return; }
    reload();
    judge();
  }

  async function judge() {
    if (ended) return;
    try {
      const answer = await fetch("/monitoring/state");
      if (answer.redirected) { endSession(); return; }
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("state");
      const now = document.getElementById("state");
      if (fresh && now && !now.querySelector("details[open]")) now.replaceWith(fresh);
    } catch {
      say("The app does not answer. Is it still running?");
    }
  }

  function zoom(from, to) {
    if (to - from < 60) { const middle = (from + to) / 2; [from, to] = [middle - 30, middle + 30]; }
    change({ from: String(Math.round(from * 1000)), to: String(Math.round(to * 1000)) });
  }

  function change(changes) {
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === "") view.delete(name);
      else view.set(name, value);
    }
    if ("refresh" in changes && !changes.refresh) view.set("refresh", "");
    history.pushState(null, "", `${location.pathname}${view.size ? `?${view}` : ""}`);
    show();
    reload();
  }

  // The form and the tabs say what the address says.
  function show() {
    const time = form.elements.from, chosen = since();
    for (const option of [...time.options]) if (option.dataset.until !== undefined) option.remove();
    if (until() !== "now" || ![...time.options].some((option) => option.value === chosen)) {
      const option = make("option", { value: chosen }, "chosen time");
      option.dataset.until = until();
      time.append(option);
      option.selected = true;
    } else {
      time.value = chosen;
    }
    for (const name of CHOSEN) if (form.elements[name]) form.elements[name].value = view.get(name) ?? "";
    if (view.has("refresh")) form.elements.refresh.value = view.get("refresh");
    for (const tab of page.querySelectorAll('a[href^="/monitoring"]')) {
      const [path] = tab.getAttribute("href").split(/[?#]/);
      tab.setAttribute("href", `${path}${view.size ? `?${view}` : ""}${tab.hash}`);
    }
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); refresh(); });
  form.addEventListener("change", (event) => {
    const { name, value, selectedOptions } = event.target;
    if (name === "from") change({ from: value, to: selectedOptions[0].dataset.until ?? null });
    else if (name === "refresh") { change({ refresh: value }); }
    else if (CHOSEN.includes(name)) change({ [name]: value });
  });
  addEventListener("popstate", () => {
    view = new URLSearchParams(location.search);
    if (!view.has("from")) form.elements.from.value = page.dataset.usual;
    show();
    reload();
  });
  document.addEventListener("visibilitychange", () => {
    const seconds = EVERY[form.elements.refresh.value];
    if (!document.hidden && seconds && Date.now() - refreshed > seconds * 1000) refresh();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "r") refresh();
  });

  async function offerChoices() {
    const box = document.getElementById("choices");
    const found = await ask(`/api/monitoring/choices?${new URLSearchParams({ from: since(), to: until() })}`).catch(() => ({}));
    for (const name of CHOSEN) {
      const values = [...new Set([...(found[name] ?? []), ...view.getAll(name)])];
      if (values.length < 2 && !view.has(name)) continue;
      const options = [make("option", { value: "" }, "All"), ...values.map((value) => make("option", { value }, value))];
      const heading = name === "job" ? "Job" : "Instance";
      const choice = make("select", { name, "aria-label": heading }, ...options);
      choice.value = view.get(name) ?? "";
      box.append(make("label", { class: "tool" }, make("span", {}, heading), choice));
      box.hidden = false;
    }
  }

  // Live values --------------------------------------------------------------------------------------------------
  const live = document.getElementById("live");
  const courses = new Map();
  let before = null;

  function keep(answer) {
    for (const one of answer.values) {
      const past = before?.values.find((other) => other.metric === one.metric)?.value ?? null;
      const pace = one.counts ? (past === null || one.value === null ? null : Math.max(0, one.value - past) / (answer.time - before.time)) : one.value;
      const course = [...(courses.get(one.metric) ?? []), pace ?? null].slice(-LIVE_KEPT);
      courses.set(one.metric, course);
    }
    before = answer;
  }

  function drawLive(answer) {
    live.replaceChildren(...answer.values.map((one) => {
      const course = courses.get(one.metric), line = make("dd", { class: "live-line" });
      if (course.filter((value) => value !== null).length > 1) sparkline(line, course, {});
      return make("div", { class: "panel stat" }, make("dt", {}, one.name), make("dd", {}, format(course.at(-1), one.unit)), line, make("dd", { class: "mono" }, one.metric));
    }));
  }

  async function tick() {
    if (!document.hidden && !ended) {
      try {
        const answer = await ask(live.dataset.source);
        keep(answer);
        drawLive(answer);
      } catch {
        // Said by the panels; the next one tries again.
      }
    }
    setTimeout(tick, LIVE_EVERY * 1000);
  }

  show();
  for (const panel of watched) observer.observe(panel.element);
  plan();
  offerChoices();
  if (live) charts.whenSeen(live, tick);
})();
