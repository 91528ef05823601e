"use strict";
// Courses over time, drawn with uPlot: lines, bars or stacks with a legend that toggles and all values at the pointer.
charts.series = (() => {
  const { format, formatAll, paint, fade, colorsOf, make, scheme } = charts;
  //: Lines that get a colour; the rest are drawn thin and grey behind them, or summed where they are stacked.
  const MAX_LINES = 6;
  const MAX_ROWS = 10;
  const DAY = 86400;
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
  const seconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
  const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
  const moment = (time) => new Date(time * 1000);

  function timeLabels(_, splits, __, ___, increment) {
    let shown = "";
    return splits.map((time) => {
      const date = day.format(moment(time));
      const text = increment >= DAY ? date : (increment < 60 ? seconds : clock).format(moment(time));
      if (increment >= DAY || date === shown) return text;
      shown = date;
      return `${text}\n${date}`;
    });
  }

  const mean = (values) => {
    let sum = 0, count = 0;
    for (const value of values) if (value !== null) { sum += value; count += 1; }
    return count ? sum / count : -Infinity;
  };
  const newest = (values) => values.findLast((value) => value !== null) ?? null;
  const sum = (values) => values.reduce((before, value) => before + (value ?? 0), 0);

  // Which series are drawn, and how. The strongest get colours, the rest become grey lines or one sum.
  function arrange(given, stacked) {
    const ranked = [...given].sort((one, other) => mean(other.values) - mean(one.values));
    const chosen = given.length > MAX_LINES + 1 ? new Set(ranked.slice(0, MAX_LINES)) : new Set(given);
    const shown = given.filter((one) => chosen.has(one)), rest = given.filter((one) => !chosen.has(one));
    const colors = colorsOf(shown);
    const lines = shown.map((one, place) => ({ ...one, color: colors[place], rest: false }));
    if (!rest.length) return lines;
    if (!stacked) return [...rest.map((one) => ({ ...one, color: "muted", rest: true })), ...lines];
    const values = rest[0].values.map((_, at) => sumAt(rest, at));
    return [...lines, { name: `${rest.length} others`, values, color: "muted", rest: false }];
  }

  function sumAt(series, at) {
    let sum = null;
    for (const one of series) if (one.values[at] !== null) sum = (sum ?? 0) + one.values[at];
    return sum;
  }

  // Each series on top of those before it; where nothing was measured there is a gap.
  function pile(lines, hidden) {
    const visible = lines.filter((line) => !hidden.has(line.name));
    const below = lines[0]?.values.map(() => 0) ?? [];
    return lines.map((line) => line.values.map((value, at) => {
      if (hidden.has(line.name) || sumAt(visible, at) === null) return null;
      below[at] += value ?? 0;
      return below[at];
    }));
  }

  // Points between two gaps would be lines without length: they are drawn as dots.
  function lonely(values) {
    const found = [];
    values.forEach((value, at) => {
      if (value !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null) found.push(at);
    });
    return found;
  }

  function limits(options) {
    return (_, low, high) => {
      if (low === null || !Number.isFinite(low)) return [0, options.max ?? 1];
      const bottom = options.from_zero === false ? low : Math.min(0, low);
      if (bottom === high) return high === 0 ? [0, 1] : [Math.min(0, high), Math.max(0, high) * 1.2];
      const [down, up] = uPlot.rangeNum(bottom, high, 0.08, true);
      const top = options.unit === "percentunit" && high <= 1 ? Math.min(up, 1.04) : up;
      return [options.from_zero === false ? down : Math.max(down, bottom), top];
    };
  }

  function axes(state) {
    const { options } = state;
    const look = { stroke: () => paint("muted"), font: "11px system-ui, sans-serif", ticks: { show: false } };
    const grid = { stroke: () => paint("line"), width: 1 };
    if (options.rows) return [{ ...look, grid: { show: false }, values: timeLabels, size: 34, space: 64 }, rowAxis(state, options, look)];
    const long = (_, values) => 14 + 6.2 * Math.max(...(values ?? [""]).map((value) => (value ?? "").length), 3);
    return [
      { ...look, grid: { show: false }, values: timeLabels, size: 34, space: 64 },
      { ...look, grid, size: long, space: 28, gap: 4, values: (_, splits, __, ___, increment) => formatAll(splits, options.unit, increment) },
    ];
  }

  //: Pixels of a band: a few do not fill a high chart.
  const BAND = 32;
  const bandCount = (state) => Math.max(state.lines.length, Math.floor(state.box.clientHeight / BAND) - 1);

  // The names of bands, the first at the top; cut where they would take more than a third of the chart.
  function rowAxis(state, options, look) {
    const cut = (name, letters) => (name.length > letters ? `${name.slice(0, letters - 1)}…` : name);
    const letters = (plot) => Math.max(6, Math.min(36, Math.floor(plot.width / 15)));
    return {
      ...look, grid: { show: false }, gap: 6,
      size: (plot) => 14 + 6.2 * Math.max(...options.names.map((name) => Math.min(name.length, letters(plot)))),
      splits: () => options.names.map((_, at) => bandCount(state) - at - 0.5),
      values: (plot) => options.names.map((name) => cut(name, letters(plot))),
    };
  }

  function lineOf(line, options) {
    if (options.rows) return { label: line.name, paths: () => null, points: { show: false } };
    const dots = lonely(line.values);
    const shape = options.bars ? { paths: uPlot.paths.bars({ size: [0.86, 40, 1] }) } : {};
    return {
      ...shape,
      label: line.name,
      spanGaps: false,
      stroke: () => (line.rest ? fade("muted", 0.45) : paint(line.color)),
      width: options.bars ? 0 : line.rest ? 1 : 1.5,
      fill: line.rest ? undefined : () => fade(line.color, options.bars ? 0.75 : options.stacked ? 0.45 : 0.08),
      points: { show: dots.length > 0 && !options.bars, filter: () => dots, size: 4, width: 0, fill: () => paint(line.color) },
    };
  }

  // Dashed lines: where a value stops being fine, and when something happened.
  function underlay(state) {
    return (plot) => {
      const { ctx, bbox } = plot;
      ctx.save();
      ctx.setLineDash([4, 4]);
      ctx.lineWidth = devicePixelRatio;
      const dash = (color, ...[fromX, fromY, toX, toY]) => {
        ctx.strokeStyle = color;
        ctx.beginPath();
        ctx.moveTo(fromX, fromY);
        ctx.lineTo(toX, toY);
        ctx.stroke();
      };
      for (const threshold of state.options.thresholds ?? []) {
        const y = plot.valToPos(threshold.value, "y", true);
        if (y >= bbox.top && y <= bbox.top + bbox.height) dash(paint(threshold.color), bbox.left, y, bbox.left + bbox.width, y);
      }
      for (const mark of state.options.marks ?? []) {
        const x = plot.valToPos(mark.time, "x", true);
        if (x >= bbox.left && x <= bbox.left + bbox.width) dash(fade(mark.color, 0.7), x, bbox.top, x, bbox.top + bbox.height);
      }
      ctx.restore();
    };
  }

  function valuesAt(state, at) {
    const rows = state.lines
      .filter((line) => !state.hidden.has(line.name) && (line.values[at] ?? null) !== null)
      .map((line) => ({ name: line.name, color: line.color, value: line.values[at] }));
    return rows.sort((one, other) => other.value - one.value);
  }

  function showTip(state, at) {
    const { tip, plot, options } = state;
    const left = at === null || at === undefined || !state.inside ? null : plot.valToPos(state.times[at], "x");
    tip.hidden = left === null;
    if (left === null) return;
    const rows = valuesAt(state, at);
    const text = options.describe ?? ((row) => format(row.value, options.unit, options.decimals));
    const marks = (options.marks ?? []).filter((mark) => Math.abs(plot.valToPos(mark.time, "x") - left) < 6);
    const swatch = (color) => { const dot = make("i", { class: "swatch" }); dot.style.color = charts.token(color); return dot; };
    tip.replaceChildren(
      make("p", { class: "tip-time" }, full.format(moment(state.times[at]))),
      ...marks.slice(0, 4).map((mark) => make("p", {}, swatch(mark.color), mark.text)),
      ...rows.slice(0, MAX_ROWS).map((row) => make("p", {}, swatch(row.color), make("span", { class: "tip-name" }, row.name), make("b", {}, text(row)))),
      ...(rows.length > MAX_ROWS ? [make("p", { class: "muted" }, `and ${rows.length - MAX_ROWS} more`)] : []),
      ...(rows.length ? [] : [make("p", { class: "muted" }, "nothing measured")]),
    );
    const x = left + plot.over.offsetLeft, room = state.box.clientWidth;
    tip.style.left = `${x > room / 2 ? Math.max(0, x - tip.offsetWidth - 12) : Math.min(x + 12, room - tip.offsetWidth)}px`;
  }

  function build(state) {
    const { options, lines, times } = state;
    const zoom = Boolean(options.onZoom);
    state.plot = new uPlot({
      width: Math.max(80, state.box.clientWidth),
      height: state.box.clientHeight || options.height || 200,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: {
        x: true, y: false, points: { show: !options.rows && lines.length <= 2 * MAX_LINES, size: 6 },
        drag: { x: zoom, y: false, setScale: false },
        ...(options.sync ? { sync: { key: options.sync, scales: ["x", null] } } : {}),
      },
      scales: { x: { time: true, range: () => state.options.range ?? [times[0], times.at(-1)] }, y: { range: options.rows ? () => [0, bandCount(state)] : limits(options) } },
      axes: axes(state),
      series: [{}, ...lines.map((line) => lineOf(line, options))],
      bands: options.stacked ? lines.slice(1).map((_, at) => ({ series: [at + 2, at + 1] })) : [],
      hooks: {
        drawAxes: [underlay(state)],
        draw: options.overlay ? [(plot) => options.overlay(plot, state)] : [],
        setCursor: [(plot) => showTip(state, plot.cursor.idx)],
        setSelect: [(plot) => {
          if (plot.select.width > 6) options.onZoom(plot.posToVal(plot.select.left, "x"), plot.posToVal(plot.select.left + plot.select.width, "x"));
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        }],
      },
    }, dataOf(state), state.box);
  }

  function dataOf(state) {
    if (state.options.rows) return [state.times, ...state.lines.map((line) => line.values)];
    if (state.options.stacked) return [state.times, ...pile(state.lines, state.hidden)];
    return [state.times, ...state.lines.map((line) => line.values)];
  }

  function legend(state) {
    const shown = state.lines.filter((line) => !line.rest), rest = state.lines.length - shown.length;
    const entry = (line) => {
      const dot = make("i", { class: "swatch" });
      dot.style.color = charts.token(line.color);
      const number = (state.options.sums ? sum : newest)(line.values);
      const value = make("span", { class: "legend-value" }, format(number, state.options.unit, state.options.decimals));
      const button = make("button", { type: "button", "aria-pressed": String(!state.hidden.has(line.name)), title: line.name }, dot, make("span", { class: "legend-name" }, line.name), value);
      button.addEventListener("click", () => toggle(state, line.name, button));
      return make("li", {}, button);
    };
    state.legend.replaceChildren(...shown.map(entry), ...(rest > 0 ? [make("li", { class: "muted" }, `and ${rest} weaker, in grey`)] : []));
    state.legend.hidden = state.options.legend === false || (shown.length < 2 && !shown[0]?.name);
  }

  function toggle(state, name, button) {
    if (!state.hidden.delete(name)) state.hidden.add(name);
    button.setAttribute("aria-pressed", String(!state.hidden.has(name)));
    state.lines.forEach((line, at) => { if (line.name === name) state.plot.setSeries(at + 1, { show: !state.hidden.has(name) }); });
    if (state.options.stacked) state.plot.setData(dataOf(state));
  }

  function onKey(state, event) {
    const last = state.times.length - 1, now = state.plot.cursor.idx ?? last;
    const step = event.shiftKey ? 10 : 1;
    const to = { ArrowLeft: now - step, ArrowRight: now + step, Home: 0, End: last }[event.key];
    if (event.key === "Escape") { state.inside = false; showTip(state, null); return; }
    if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    state.inside = true;
    const left = state.plot.valToPos(state.times[Math.max(0, Math.min(last, to))], "x");
    state.plot.setCursor({ left, top: state.plot.over.clientHeight / 2 });
  }

  const key = (lines) => JSON.stringify(lines.map((line) => [line.name, line.color, line.rest]));

  function listen(state) {
    state.box.addEventListener("keydown", (event) => onKey(state, event));
    state.box.addEventListener("pointerenter", () => { state.inside = true; });
    for (const end of ["pointerleave", "blur"]) state.box.addEventListener(end, () => { state.inside = false; showTip(state, null); });
    new ResizeObserver(() => {
      const { clientWidth, clientHeight } = state.box;
      if (state.plot && clientWidth && (clientWidth !== state.plot.width || clientHeight !== state.plot.height)) {
        state.plot.setSize({ width: clientWidth, height: clientHeight || state.plot.height });
      }
    }).observe(state.box);
    scheme.listeners.add(() => { if (state.box.isConnected) state.plot?.redraw(); });
  }

  // Draws into the element, or draws again what is there with other data; what was hidden stays hidden.
  function update(state, data, options) {
    const drawn = { ...state.options, ...options };
    drawn.stacked = drawn.stacked || (drawn.bars && data.series.length > 1);
    const before = state.plot && key(state.lines);
    Object.assign(state, { options: drawn, times: data.times, lines: drawn.rows ? data.series : arrange(data.series, drawn.stacked) });
    state.box.setAttribute("aria-label", `${drawn.label ?? "Chart"}. Arrow keys read the values.`);
    if (state.plot && before === key(state.lines) && !drawn.rows) state.plot.setData(dataOf(state));
    else { state.plot?.destroy(); build(state); }
    state.lines.forEach((line, at) => { if (state.hidden.has(line.name)) state.plot.setSeries(at + 1, { show: false }); });
    if (!state.legend.contains(document.activeElement)) legend(state);
  }

  return (element, data, options = {}) => {
    const box = make("div", { class: "chart-box", tabindex: "0", role: "group" });
    const tip = make("div", { class: "chart-tip", role: "status" });
    tip.hidden = true;
    const state = { box, tip, legend: make("ul", { class: "legend" }), hidden: new Set(), inside: false, options: {}, lines: [], times: [] };
    if (options.height) box.style.height = `${options.height}px`;
    box.append(tip);
    element.replaceChildren(box, state.legend);
    update(state, data, options);
    listen(state);
    state.bandCount = () => bandCount(state);
    return { update: (newer, changed = {}) => update(state, newer, changed), destroy: () => state.plot?.destroy(), state };
  };
})();
