"use strict";
// The panel types of the dashboards: each draws the answer to its panel's queries into the panel's body.
window.panels = (() => {
  const { format, make, svg, token, sparkline, bars, series } = charts;
  const drawn = new WeakMap();
  const newest = (values) => (values ? (values.findLast((value) => value !== null) ?? null) : null);
  const last = (one) => ("value" in one ? one.value : newest(one.values));
  const all = (answer) => answer.results.flatMap((result) => (result.series ?? []).map((one) => ({ ...one, ref: result.ref })));
  const note = (text, bad = false) => make("p", { class: `watch-note${bad ? " is-bad" : ""}` }, text);

  // Nothing to show, and where that is no trouble, why.
  function nothing(drawing) {
    return [make("div", { class: "watch-note" }, make("p", {}, drawing.empty), ...(drawing.why ? [make("p", { class: "why" }, `Normal where ${drawing.why}`)] : []))];
  }

  // The colour of the last threshold that a value has reached.
  function stepOf(value, steps) {
    const reached = steps.filter((step) => step.value === null || (value !== null && value >= step.value));
    return reached.at(-1)?.color || "text";
  }

  function times(answer) {
    const count = Math.floor((answer.end - answer.start) / answer.step) + 1;
    return Array.from({ length: count }, (_, at) => answer.start + at * answer.step);
  }

  function stat(body, answer, drawing) {
    const shown = all(answer).slice(0, 6);
    const value = (one) => {
      const number = last(one), state = drawing.states[String(number)];
      const text = make("span", { class: "big-value" }, state ? state.text : format(number, drawing.unit, drawing.decimals));
      text.style.color = token(state ? state.color : stepOf(number, drawing.steps));
      return text;
    };
    const filled = shown.filter((one) => last(one) !== null);
    if (!filled.length) {
      body.replaceChildren(make("div", { class: "big" }, make("span", { class: "big-value is-none" }, drawing.empty)));
      return;
    }
    if (filled.length > 1) {
      const named = filled.map((one) => make("span", {}, make("span", { class: "big-name" }, one.name), value(one)));
      body.replaceChildren(make("div", { class: "big big-several" }, ...named));
      return;
    }
    const line = make("div");
    if (filled[0].values) sparkline(line, filled[0].values, { color: stepOf(last(filled[0]), drawing.steps) });
    body.replaceChildren(make("div", { class: "big" }, value(filled[0]), line));
  }

  // Half a circle from the least to the most value, with the places of the thresholds at its edge.
  function gauge(body, answer, drawing) {
    const number = all(answer).map(last).find((value) => value !== null) ?? null;
    if (number === null) { body.replaceChildren(...nothing(drawing)); return; }
    const low = drawing.min ?? 0, high = drawing.max ?? 1;
    const share = (value) => Math.max(0, Math.min(1, (value - low) / (high - low)));
    const point = (part, radius) => `${(60 - radius * Math.cos(Math.PI * part)).toFixed(2)} ${(58 - radius * Math.sin(Math.PI * part)).toFixed(2)}`;
    const arc = (from, to, radius, kind) => svg("path", { class: kind, d: `M${point(from, radius)}A${radius} ${radius} 0 0 1 ${point(to, radius)}` });
    const picture = svg("svg", { viewBox: "0 0 120 62", class: "gauge", "aria-hidden": "true" }, arc(0, 1, 46, "rest"));
    const color = stepOf(number, drawing.steps);
    if (share(number) > 0) picture.append(arc(0, share(number), 46, "fill"));
    picture.style.color = token(color);
    drawing.steps.forEach((step, at) => {
      const edge = arc(share(step.value ?? low), share(drawing.steps[at + 1]?.value ?? high), 53, "edge");
      edge.style.color = token(step.color || "muted");
      picture.append(edge);
    });
    const text = make("p", { class: "gauge-value" }, format(number, drawing.unit, drawing.decimals));
    text.style.color = token(color);
    body.replaceChildren(picture, text);
  }

  function bargauge(body, answer, drawing) {
    const given = all(answer).map((one) => ({ name: one.name, value: last(one), color: stepOf(last(one), drawing.steps) }));
    given.sort((one, other) => (other.value ?? -Infinity) - (one.value ?? -Infinity));
    if (!given.length) { body.replaceChildren(...nothing(drawing)); return; }
    const box = make("div", { class: "rows-box", tabindex: "0", role: "group", "aria-label": "Bars" });
    bars(box, given, { unit: drawing.unit, decimals: drawing.decimals, max: drawing.max });
    body.replaceChildren(box);
  }

  // A row for each label set; the queries of a panel meet in the rows whose labels are the same.
  function rowsOf(answer) {
    const rows = new Map(), several = answer.results.length > 1;
    for (const one of all(answer)) {
      const { __name__: _, ...labels } = one.labels;
      const key = JSON.stringify(Object.entries(labels).sort());
      if (!rows.has(key)) rows.set(key, { ...labels });
      rows.get(key)[several ? `Value #${one.ref}` : "Value"] = one.value;
    }
    return [...rows.values()];
  }

  function compare(one, other) {
    if (typeof one === "number" || typeof other === "number") return (one ?? -Infinity) - (other ?? -Infinity);
    return String(one ?? "").localeCompare(String(other ?? ""));
  }

  function table(body, answer, drawing) {
    const rows = rowsOf(answer), { columns } = drawing;
    if (!rows.length) { body.replaceChildren(...nothing(drawing)); return; }
    const before = drawn.get(body) ?? { by: columns.find((column) => column.field.startsWith("Value"))?.field ?? columns[0].field, down: true };
    drawn.set(body, before);
    rows.sort((one, other) => compare(one[before.by], other[before.by]) * (before.down ? -1 : 1));
    const number = (column) => column.field.startsWith("Value");
    const head = columns.map((column) => {
      const button = make("button", { type: "button" }, column.name);
      button.addEventListener("click", () => {
        drawn.set(body, { by: column.field, down: before.by === column.field ? !before.down : number(column) });
        table(body, answer, drawing);
        body.querySelectorAll("thead button")[columns.indexOf(column)].focus();
      });
      const sort = before.by === column.field ? (before.down ? "descending" : "ascending") : null;
      return make("th", { scope: "col", class: number(column) ? "num" : "", "aria-sort": sort }, button);
    });
    const cell = (row, column) => {
      if (!number(column)) return make("td", { dir: "auto" }, row[column.field] ?? "");
      const value = row[column.field] ?? null;
      const text = make("td", { class: "num" }, format(value, column.unit ?? drawing.unit, drawing.decimals));
      if (column.steps.length && value !== null) text.style.color = token(stepOf(value, column.steps));
      return text;
    };
    const lines = rows.map((row) => make("tr", {}, ...columns.map((column) => cell(row, column))));
    const grid = make("table", { class: "rows" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...lines));
    body.replaceChildren(make("div", { class: "rows-box", tabindex: "0", role: "group", "aria-label": "Table" }, grid));
  }

  function courses(body, answer, drawing, look) {
    const given = all(answer).map((one) => ({ name: one.name, values: one.values ?? [], color: drawing.colors[one.ref] || "" }));
    const filled = given.filter((one) => one.values.some((value) => value !== null));
    if (!filled.length) { body.replaceChildren(...nothing(drawing)); drawn.delete(body); return; }
    show(body, { times: times(answer), series: filled }, {
      ...look, unit: drawing.unit, decimals: drawing.decimals, stacked: drawing.stacked, bars: drawing.bars,
      from_zero: drawing.min === 0, max: drawing.max, range: [answer.start, answer.end],
      thresholds: drawing.limits ? drawing.steps.filter((step) => step.value !== null && step.color) : [],
    });
  }

  // Draws anew into the chart that is there, so that what is hidden and where the pointer is stays.
  function show(body, data, options) {
    const known = drawn.get(body);
    if (known && body.contains(known.box)) { known.chart.update(data, options); return; }
    const box = make("div", { class: "chart" });
    body.replaceChildren(box);
    drawn.set(body, { box, chart: series(box, data, options) });
  }

  function stateAt(value, drawing) {
    const state = value === null ? null : drawing.states[String(value)];
    return state ?? { text: format(value, drawing.unit, drawing.decimals), color: stepOf(value, drawing.steps) };
  }

  // A band for each series: equal states beside each other are one piece, what was not measured is left open.
  function bands(drawing) {
    return (plot, state) => {
      const { ctx, bbox } = plot, { lines, times: at } = state;
      const height = bbox.height / state.bandCount(), step = at.length > 1 ? at[1] - at[0] : 60;
      const x = (time) => Math.max(bbox.left, Math.min(bbox.left + bbox.width, plot.valToPos(time, "x", true)));
      ctx.save();
      ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
      ctx.textBaseline = "middle";
      lines.forEach((line, row) => {
        const top = bbox.top + row * height;
        for (let from = 0; from < at.length;) {
          let to = from;
          while (to + 1 < at.length && line.values[to + 1] === line.values[from]) to += 1;
          if (line.values[from] !== null) {
            ctx.fillStyle = charts.fade(stateAt(line.values[from], drawing).color, 0.75);
            ctx.fillRect(x(at[from]), top + height * 0.1, Math.max(2, x(at[to] + step) - x(at[from])), height * 0.8);
          }
          from = to + 1;
        }
      });
      ctx.restore();
    };
  }

  const MOST_BANDS = 20;
  function timeline(body, answer, drawing, look) {
    const given = all(answer).filter((one) => (one.values ?? []).some((value) => value !== null)).slice(0, MOST_BANDS);
    if (!given.length) { body.replaceChildren(...nothing(drawing)); drawn.delete(body); return; }
    const rows = given.map((one) => ({ name: one.name, values: one.values, color: stateAt(newest(one.values), drawing).color }));
    show(body, { times: times(answer), series: rows }, {
      ...look, rows: true, legend: false, names: rows.map((row) => row.name), range: [answer.start, answer.end], unit: "none", overlay: bands(drawing),
      describe: (row) => stateAt(row.value, drawing).text,
    });
  }

  const types = { stat, gauge, bargauge, table, timeseries: courses, "state-timeline": timeline };

  return { draw: (type, body, answer, drawing, look) => types[type](body, answer, drawing, look), note, known: (type) => type in types };
})();
