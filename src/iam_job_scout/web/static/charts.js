"use strict";
// Chart parts for any page: numbers with units, colours of the page's scheme, sparklines, bars. Courses over time are in
// charts_series.js. Data are plain objects; an element with data-chart or data-chart-source draws itself.
window.charts = (() => {
  const PALETTE = 8;
  const TOKENS = ["good", "warning", "bad", "info", "accent", "violet", "muted", "text", "line"];
  const MINUTE = 60, HOUR = 3600, DAY = 86400;
  const SECONDS = [[DAY, " d"], [HOUR, " h"], [MINUTE, " min"], [1, " s"], [1e-3, " ms"], [1e-6, " µs"]];
  const BINARY = [[2 ** 40, " TiB"], [2 ** 30, " GiB"], [2 ** 20, " MiB"], [2 ** 10, " KiB"], [1, " B"]];
  const SHORT = [[1e12, " T"], [1e9, " G"], [1e6, " M"], [1e3, " k"], [1, ""]];
  const PER_SECOND = { reqps: "req/s", ops: "ops/s", eps: "events/s", cps: "/s", rowsps: "rows/s" };
  const known = { s: SECONDS, ms: SECONDS, bytes: BINARY, short: SHORT };

  // How a unit is written at a size: what to divide by, and what to write after the number.
  function scaleFor(size, unit) {
    if (unit === "percentunit") return [0.01, " %"];
    if (unit === "percent") return [1, " %"];
    if (unit === "ms") return scaleFor(size / 1000, "s").map((part, at) => (at ? part : part * 1000));
    if (unit === "Bps") return pick(SHORT, size).map((part, at) => (at ? `${part || " "}B/s` : part));
    if (unit in PER_SECOND) return [1, ` ${PER_SECOND[unit]}`];
    return known[unit] ? pick(known[unit], size) : [1, ""];
  }

  function pick(steps, size) {
    if (size === 0) return steps.find(([step]) => step === 1);
    return steps.find(([step]) => Math.abs(size) >= step) ?? steps.at(-1);
  }

  const formatters = new Map();
  function written(number, decimals) {
    const key = decimals ?? "free";
    if (!formatters.has(key)) {
      const digits = decimals === null || decimals === undefined
        ? { maximumSignificantDigits: 3 }
        : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
      formatters.set(key, new Intl.NumberFormat("en", digits));
    }
    return formatters.get(key).format(number);
  }

  // A number with its unit, as on a stat or in a tooltip; whole numbers below a million are written out.
  function format(value, unit = "short", decimals = null) {
    if (value === null || value === undefined || Number.isNaN(value)) return "–";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const whole = Number.isInteger(value) && Math.abs(value) < 1e6;
    if (whole && (unit === "short" || unit === "none")) return written(value, 0);
    if (unit === "currencyUSD") return `$${written(value, 0)}`;
    const [step, suffix] = scaleFor(value, unit);
    const plain = decimals === 0 && !["short", "none", "percentunit"].includes(unit);
    return written(value / step, plain && Math.abs(value / step) < 10 && value % step ? 1 : decimals) + suffix;
  }

  // The labels of an axis: all of the same size, with as many digits as tell them apart.
  function formatAll(values, unit, increment) {
    const size = Math.max(...values.map((value) => Math.abs(value ?? 0)));
    const [step, suffix] = scaleFor(size, unit);
    let decimals = 0;
    const apart = Math.abs(increment / step);
    while (decimals < 6 && Math.abs(Math.round(apart * 10 ** decimals) / 10 ** decimals - apart) > apart / 1000) decimals += 1;
    return values.map((value) => (value === null ? null : written(value / step, decimals) + suffix));
  }

  // Canvases know no custom properties: the browser is asked what a colour is at the moment.
  const painted = new Map();
  const scheme = { listeners: new Set() };
  function token(name) {
    if (TOKENS.includes(name)) return `var(--${name})`;
    return `var(--series-${/^[1-8]$/.test(String(name)) ? name : 1})`;
  }
  function paint(name) {
    if (!painted.has(name)) {
      const probe = document.createElement("i");
      probe.hidden = true;
      probe.style.color = token(name);
      document.body.append(probe);
      painted.set(name, getComputedStyle(probe).color);
      probe.remove();
    }
    return painted.get(name);
  }
  function fade(name, share) {
    return `color-mix(in oklab, ${paint(name)} ${Math.round(share * 100)}%, transparent)`;
  }
  function repaint() {
    painted.clear();
    for (const listener of scheme.listeners) listener();
  }
  new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);

  // A colour for each name: its own where it has one, else one of the set by its place among the names, none twice
  // before all are taken.
  function colorsOf(series) {
    const taken = new Set(), found = new Map();
    const names = [...new Set(series.filter((one) => !one.color).map((one) => one.name))].sort();
    names.forEach((name, place) => {
      let number = place % PALETTE;
      for (let tries = 0; tries < PALETTE && taken.has(number); tries += 1) number = (number + 1) % PALETTE;
      if (taken.size >= PALETTE) taken.clear();
      taken.add(number);
      found.set(name, String(number + 1));
    });
    return series.map((one) => one.color || found.get(one.name));
  }

  function make(tag, given = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(given)) {
      if (name === "class") element.className = value;
      else if (value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  function svg(tag, given = {}, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(given)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  // The course of one number, without axes. Gaps stay gaps.
  function sparkline(element, values, options = {}) {
    const numbers = values.filter((value) => value !== null);
    const low = Math.min(options.from_zero === false ? Infinity : 0, ...numbers), high = Math.max(...numbers);
    const spread = high - low || 1;
    const at = (value, place) =>
      `${((100 * place) / Math.max(1, values.length - 1)).toFixed(2)} ${(28 - (26 * (value - low)) / spread).toFixed(2)}`;
    let line = "", areas = "", begun = -1;
    values.forEach((value, place) => {
      if (value === null) { begun = -1; return; }
      line += `${begun < 0 ? "M" : "L"}${at(value, place)}`;
      if (begun < 0) begun = place;
      const ends = place + 1 === values.length || values[place + 1] === null;
      if (ends) areas += areaOf(values, begun, place, at);
    });
    const picture = svg("svg", { viewBox: "0 0 100 30", preserveAspectRatio: "none", class: "sparkline", "aria-hidden": "true" },
      svg("path", { d: areas, class: "area" }), svg("path", { d: line, class: "line" }));
    picture.style.color = token(options.color ?? "accent");
    element.replaceChildren(picture);
    if (options.label) {
      element.setAttribute("role", "img");
      element.setAttribute("aria-label", `${options.label}: now ${format(numbers.at(-1), options.unit, options.decimals)}`);
    }
  }

  function areaOf(values, from, to, at) {
    let path = `M${at(values[from], from)}`;
    for (let place = from + 1; place <= to; place += 1) path += `L${at(values[place], place)}`;
    return `${path}V30H${at(values[from], from).split(" ")[0]}Z`;
  }

  // A horizontal bar for each thing: real text, so that it can be read aloud, searched and followed. One with `low` and
  // `high` reaches from the one to the other, with a mark at its value. A `note` stands behind the number.
  function bars(element, given, options = {}) {
    const most = options.max ?? Math.max(...given.map((bar) => bar.high ?? bar.value ?? 0), 0);
    const place = (value) => (most > 0 ? Math.max(0, Math.min(100, (100 * (value ?? 0)) / most)) : 0);
    const notes = given.some((bar) => bar.note);
    const rows = given.map((bar) => {
      const name = bar.href ? make("a", { href: bar.href }, bar.name) : bar.name;
      return make("li", {}, make("span", { class: "bars-name", dir: "auto", title: bar.name }, name), track(bar, bar.color ?? options.color ?? "accent", place),
        make("span", { class: "bars-value" }, format(bar.value, options.unit, options.decimals)),
        ...(notes ? [make("span", { class: "bars-note" }, bar.note ?? "")] : []));
    });
    const list = make("ol", { class: notes ? "bars has-notes" : "bars" }, ...rows);
    if (options.label) list.setAttribute("aria-label", options.label);
    element.replaceChildren(list);
  }

  function track(bar, color, place) {
    const fill = make("span", { class: "bars-fill" }), from = place(bar.low ?? 0);
    fill.style.marginInlineStart = `${from}%`;
    fill.style.width = `${place(bar.high ?? bar.value) - from}%`;
    const box = make("span", { class: "bars-track" }, fill);
    box.style.color = token(color);
    if (bar.high === undefined) return box;
    const mark = make("span", { class: "bars-mark" });
    mark.style.insetInlineStart = `${place(bar.value)}%`;
    box.classList.add("is-range");
    box.append(mark);
    return box;
  }

  function draw(element, chart) {
    if (chart.type === "series") charts.series(element, chart, chart);
    else if (chart.type === "bars") bars(element, chart.bars, chart);
    else if (chart.type === "sparkline") sparkline(element, chart.values, chart);
    else throw new TypeError(`unknown chart ${chart.type}`);
  }

  async function load(element) {
    try {
      const answer = await fetch(element.dataset.chartSource, { headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status === 401 ? "Sign in to see this." : "This could not be loaded.");
      draw(element, await answer.json());
    } catch (error) {
      element.replaceChildren(make("p", { class: "chart-note" }, error instanceof TypeError ? "The app does not answer." : error.message));
    }
  }

  // Calls once when the element is, or nearly is, on the screen.
  function whenSeen(element, call) {
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      call();
    }, { rootMargin: "200px" });
    observer.observe(element);
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const element of document.querySelectorAll("[data-chart]")) {
      const chart = JSON.parse(element.dataset.chart);
      whenSeen(element, () => draw(element, chart));
    }
    for (const element of document.querySelectorAll("[data-chart-source]")) whenSeen(element, () => load(element));
  });

  return { format, formatAll, paint, fade, token, colorsOf, make, svg, sparkline, bars, draw, whenSeen, scheme };
})();
