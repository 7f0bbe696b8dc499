"use strict";
// Everything here is extra: without it the page is whole. It asks nothing of any network.
(() => {
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const make = (tag, props = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), props);
  element.append(...children);
  return element;
};
const drawn = (tag, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

// ---- copy a setting
for (const code of all("[data-copy]")) {
  const button = make("button", { type: "button", className: "copy", textContent: "copy" });
  button.setAttribute("aria-label", `copy ${code.textContent}`);
  button.addEventListener("click", async () => {
    const done = () => { button.textContent = "copied"; setTimeout(() => { button.textContent = "copy"; }, 1500); };
    try {
      await navigator.clipboard.writeText(code.textContent);
      done();
    } catch { // a page that was opened from a file has no clipboard in some browsers: select it instead
      const range = document.createRange();
      range.selectNodeContents(code);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      if (document.execCommand("copy")) done();
    }
  });
  code.after(" ", button);
}

// ---- the table of runs: search, filter, sort, fold
const table = document.getElementById("index");
if (table) {
  const groups = all("tbody", table), tools = document.getElementById("tools");
  const search = tools.querySelector("input"), said = tools.querySelector("output");
  const chosen = new Set();
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = (row) => (!chosen.size || chosen.has(row.dataset.verdict))
      && words.every((word) => row.dataset.text.includes(word));
    const narrowed = chosen.size || words.length;
    let count = 0;
    for (const group of groups) {
      const runs = all("tr[data-verdict]", group), shown = runs.filter(matches);
      const head = group.querySelector("tr.group");
      const open = !head || narrowed || head.querySelector("button")?.getAttribute("aria-expanded") === "true";
      for (const row of runs) row.hidden = !(open && shown.includes(row));
      group.hidden = !shown.length && !(head && words.length && words.every((w) => head.dataset.text.includes(w)));
      count += shown.length;
    }
    said.textContent = narrowed ? `${count} shown` : "";
  };
  for (const head of all("tr.group", table)) {
    const button = make("button", { type: "button", className: "fold" });
    const set = (open) => {
      button.setAttribute("aria-expanded", open);
      button.textContent = `${open ? "hide" : "show"} its ${head.dataset.runs} runs`;
      show();
    };
    button.addEventListener("click", () => set(button.getAttribute("aria-expanded") !== "true"));
    head.querySelector("th").append(button);
    set(false);
  }
  for (const button of all("button[data-filter]", tools)) {
    button.addEventListener("click", () => {
      const verdict = button.dataset.filter, on = !chosen.delete(verdict);
      if (on) chosen.add(verdict);
      button.ariaPressed = on;
      show();
    });
  }
  search.addEventListener("input", show);
  all("th[data-sort]", table).forEach((heading) => {
    const button = make("button", { type: "button", className: "sort" }, ...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const way = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1, key = heading.dataset.sort;
      for (const other of all("th[aria-sort]", table)) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
      const value = (group) => (group.rows[0].dataset[key] ?? "");
      const numeric = key !== "name" && key !== "reason";
      const order = (a, b) => {
        const [x, y] = [value(a), value(b)];
        if (!x || !y) return (x ? 0 : 1) - (y ? 0 : 1); // what has no value comes last, either way
        return way * (numeric ? x - y : x.localeCompare(y, undefined, { numeric: true }));
      };
      table.append(...groups.sort(order));
    });
  });
  tools.hidden = false;
  show();
}

// ---- a link to a run opens it
const reveal = () => {
  let target = null;
  try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { return; }
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  if (target) target.scrollIntoView();
};
addEventListener("hashchange", reveal);
reveal();
// ---- figures: values under the pointer, zoom, log or linear
const straight = (axis, v) => axis.kind === "log" ? Math.log10(v)
  : axis.kind === "linear" ? v
  : Math.sign(v) * (Math.abs(v) < axis.threshold ? Math.abs(v) / axis.threshold / 3 : Math.log10(Math.abs(v) / axis.threshold) + 1 / 3);
const bent = (axis, u) => axis.kind === "log" ? 10 ** u
  : axis.kind === "linear" ? u
  : Math.sign(u) * axis.threshold * (Math.abs(u) < 1 / 3 ? Math.abs(u) * 3 : 10 ** (Math.abs(u) - 1 / 3));
const share = (axis, v) => (straight(axis, v) - straight(axis, axis.low)) / (straight(axis, axis.high) - straight(axis, axis.low));
const value = (axis, s) => bent(axis, straight(axis, axis.low) + s * (straight(axis, axis.high) - straight(axis, axis.low)));
const axisOf = (text) => {
  const [kind, low, high, threshold] = text.split(" ");
  return { kind, low: +low, high: +high, threshold: +threshold };
};
const brief = (v) => v === 0 ? "0" : Math.abs(v) < 0.01 || Math.abs(v) >= 1e5
  ? v.toExponential(1).replace("+", "").replace(".0e", "e") : String(+v.toPrecision(Math.abs(v) >= 1000 ? 5 : 3));
const ticks = (axis) => {
  if (axis.kind === "log") {
    const found = [], far = Math.log10(axis.high / axis.low), every = Math.max(1, Math.ceil(far / 6));
    for (let k = Math.floor(Math.log10(axis.low)); k <= Math.log10(axis.high); k++)
      for (const m of far < 2.5 ? [1, 2, 5] : [1])
        if (m * 10 ** k >= axis.low && m * 10 ** k <= axis.high && k % every === 0) found.push(m * 10 ** k);
    if (found.length > 1) return found;
  }
  if (axis.kind === "symlog") return [axis.low, value(axis, 0.5), axis.high];
  const raw = (axis.high - axis.low) / 5, size = 10 ** Math.floor(Math.log10(raw));
  const step = size * [1, 2, 5, 10].find((f) => f * size >= raw), found = [];
  for (let at = Math.ceil(axis.low / step); at * step <= axis.high; at++) found.push(+(at * step).toPrecision(12));
  return found;
};

const readPanel = (svg, frame) => {
  const name = frame.dataset.p, numbers = frame.querySelector("path").getAttribute("d").match(/-?[\d.]+/g).map(Number);
  const xs = numbers.filter((_, i) => i % 2 === 0), ys = numbers.filter((_, i) => i % 2);
  const mine = (kind) => all(`[data-k="${kind}"][data-p="${name}"]`, svg);
  const panel = {
    name, x: axisOf(frame.dataset.a), y: axisOf(frame.dataset.b), labelled: !!frame.dataset.c,
    left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys),
    original: [...mine("up"), ...mine("grid"), ...mine("across")], extra: null, mine,
  };
  panel.now = panel.y;
  panel.curves = [...mine("line"), ...mine("dots")].map((group) => {
    const path = group.dataset.k === "line" && group.querySelector(":scope > path");
    const uses = path ? [] : all("use", group);
    const points = path ? [...path.getAttribute("d").matchAll(/([ML])?(-?[\d.]+) (-?[\d.]+)/g)].map((m) => [m[1] || "L", +m[2], +m[3]])
      : uses.map((use) => ["M", +use.getAttribute("x"), +use.getAttribute("y")]);
    return { path, uses, points, of: group.dataset.a, shown: points };
  });
  // What stands at a place of the steps alone: bands, upright lines, marks.
  panel.upright = [...mine("band"), ...mine("rule"), ...mine("mark"), ...mine("text")].map((group) => ({
    group, kind: group.dataset.k,
    parts: all("path, use, text", group).filter((e) => !e.closest("defs")).map((e) => ({ e, d: e.getAttribute("d"), x: e.getAttribute("x") })),
  }));
  return panel;
};

for (const figure of all("figure")) {
  const svg = figure.querySelector("svg[role=img]"), frames = svg ? all('[data-k="frame"]', svg) : [];
  if (!frames.length) continue;
  let panels = null, window_ = null, anchor = null;
  const read = () => { panels ??= frames.map((frame) => readPanel(svg, frame)); };
  const tip = make("div", { className: "tip", hidden: true, role: "status" });
  const cross = drawn("line", { class: "cross", visibility: "hidden" }), box = drawn("rect", { class: "zoombox", visibility: "hidden" });
  const reset = make("button", { type: "button", textContent: "whole range", hidden: true });
  const log = make("button", { type: "button" });
  figure.querySelector(".figure-tools").append(reset, log);
  figure.append(tip);
  svg.append(cross, box);
  svg.tabIndex = 0;
  const main = () => panels[0];
  const stepAt = (px) => { const p = main(); const [a, b] = window_ ?? [p.left, p.right]; return value(p.x, (a + (px - p.left) / (p.right - p.left) * (b - a) - p.left) / (p.right - p.left)); };
  const place = (px) => { const p = main(); const [a, b] = window_ ?? [p.left, p.right]; return p.left + (px - a) / (b - a) * (p.right - p.left); };

  const redraw = () => {
    for (const panel of panels) {
      const height = panel.bottom - panel.top, valueOf = (py) => value(panel.y, (panel.bottom - py) / height);
      const changed = window_ || panel.kind;
      panel.now = panel.y;
      if (changed) {
        const [a, b] = window_ ?? [panel.left, panel.right];
        const seen = panel.curves.flatMap((c) => c.points.filter(([, x, y]) => x >= a - 1 && x <= b + 1 && y > panel.top - 4).map(([, , y]) => valueOf(y)));
        const low = Math.min(...seen), high = Math.max(...seen);
        const kind = panel.kind ?? panel.y.kind, flat = !(high > low);
        if (seen.length && (kind !== "log" || low > 0)) {
          const pad = kind === "log" ? (high / low) ** 0.04 : 0.04 * (high - low);
          panel.now = flat ? { kind: "linear", low: low - (Math.abs(low) * 0.1 || 1), high: high + (Math.abs(high) * 0.1 || 1), threshold: 1 }
            : { kind, threshold: panel.y.threshold, low: kind === "log" ? low / pad : low - pad, high: kind === "log" ? high * pad : high + pad };
        }
      }
      const fy = (py) => panel.now === panel.y ? py : panel.bottom - height * share(panel.now, valueOf(py));
      for (const curve of panel.curves) {
        curve.shown = curve.points.map(([c, x, y]) => [c, place(x), fy(y)]);
        if (curve.path) curve.path.setAttribute("d", curve.shown.map(([c, x, y]) => `${c}${x.toFixed(1)} ${y.toFixed(1)}`).join(""));
        curve.uses.forEach((use, i) => { use.setAttribute("x", curve.shown[i][1].toFixed(1)); use.setAttribute("y", curve.shown[i][2].toFixed(1)); });
      }
      for (const { group, kind, parts } of panel.upright) for (const { e, d, x } of parts) {
        if (kind === "text" && !(+x > panel.left + 1 && +x < panel.right - 1)) continue; // titles stay
        if (d) e.setAttribute("d", d.replace(/([ML])?(-?[\d.]+) (-?[\d.]+)/g, (_, c = "", px, py) => `${c || ""}${place(+px).toFixed(1)} ${py}`));
        else if (x !== null) { e.setAttribute("x", place(+x).toFixed(1)); group.style.visibility = window_ && (place(+x) < panel.left || place(+x) > panel.right) ? "hidden" : ""; }
      }
      panel.extra?.remove();
      panel.extra = null;
      for (const e of panel.original) e.style.display = changed ? "none" : "";
      if (!changed) continue;
      panel.extra = drawn("g", { class: "ticks" });
      for (const v of ticks(panel.now)) {
        const y = panel.bottom - height * share(panel.now, v);
        if (y < panel.top - 1 || y > panel.bottom + 1) continue;
        const text = drawn("text", { x: panel.left - 8, y: y + 4, "text-anchor": "end" });
        text.textContent = brief(v);
        panel.extra.append(drawn("line", { x1: panel.left, x2: panel.right, y1: y, y2: y }), text);
      }
      for (let i = 0; panel.labelled && i <= 4; i++) {
        const x = panel.left + (panel.right - panel.left) * i / 4, text = drawn("text", { x, y: panel.bottom + 17, "text-anchor": "middle" });
        text.textContent = brief(stepAt(x));
        panel.extra.append(text);
      }
      svg.querySelector("g").before(panel.extra);
    }
    reset.hidden = !window_;
    const kind = main().kind ?? main().y.kind;
    log.textContent = kind === "linear" ? "log scale" : "linear scale";
  };
  const point = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  const tell = (px) => {
    const p = main(), last = panels[panels.length - 1];
    if (px < p.left || px > p.right) return hide();
    const lines = [`at ${brief(stepAt(px))}`];
    for (const panel of panels) for (const curve of panel.curves) {
      if (!curve.of || !curve.shown.length) continue;
      let best = null;
      for (const at of curve.shown) if (!best || Math.abs(at[1] - px) < Math.abs(best[1] - px)) best = at;
      if (Math.abs(best[1] - px) > 60) continue;
      const known = lines.findIndex((l) => l.startsWith(`${curve.of}: `));
      const text = `${curve.of}: ${brief(value(panel.now, (panel.bottom - best[2]) / (panel.bottom - panel.top)))}`;
      if (known < 0) lines.push(text); else if (Math.abs(best[1] - px) < 6) lines[known] = text;
    }
    for (const [name, v] of Object.entries({ x1: px, x2: px, y1: p.top, y2: last.bottom, visibility: "visible" })) cross.setAttribute(name, v);
    tip.replaceChildren(...lines.map((line) => make("div", { textContent: line })));
    tip.hidden = false;
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width, half = (p.left + p.right) / 2;
    tip.style.top = `${svg.offsetTop + p.top * scale + 24}px`;
    tip.style.left = px < half ? `${px * scale + 14}px` : "";
    tip.style.right = px < half ? "" : `${(svg.viewBox.baseVal.width - px) * scale + 14}px`;
  };
  const hide = () => { tip.hidden = true; cross.setAttribute("visibility", "hidden"); };
  svg.addEventListener("pointermove", (event) => {
    read();
    const at = point(event).x;
    tell(at);
    if (anchor === null) return;
    const [a, b] = [Math.min(anchor, at), Math.max(anchor, at)];
    for (const [name, v] of Object.entries({ x: a, width: b - a, y: main().top, height: panels[panels.length - 1].bottom - main().top, visibility: "visible" })) box.setAttribute(name, v);
  });
  svg.addEventListener("pointerdown", (event) => {
    if (event.button || event.pointerType === "touch") return;
    read();
    anchor = point(event).x;
  });
  const finish = (event) => {
    if (anchor === null) return;
    const p = main(), clip = (x) => Math.min(Math.max(x, p.left), p.right), at = point(event).x;
    const [from, to] = [clip(Math.min(anchor, at)), clip(Math.max(anchor, at))];
    anchor = null;
    box.setAttribute("visibility", "hidden");
    if (to - from < 8) return;
    const [a, b] = window_ ?? [p.left, p.right], back = (px) => a + (px - p.left) / (p.right - p.left) * (b - a);
    window_ = [back(from), back(to)];
    redraw();
  };
  addEventListener("pointerup", finish);
  svg.addEventListener("pointerleave", () => { if (anchor === null) hide(); });
  svg.addEventListener("dblclick", () => reset.click());
  svg.addEventListener("blur", hide);
  let key = null;
  svg.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -8, ArrowRight: 8 }[event.key];
    if (!by) return;
    read();
    key = Math.min(Math.max((key ?? main().left) + by, main().left), main().right);
    tell(key);
    event.preventDefault();
  });
  reset.addEventListener("click", () => { read(); window_ = null; redraw(); });
  log.addEventListener("click", () => {
    read();
    main().kind = (main().kind ?? main().y.kind) === "linear" ? "log" : "linear";
    if (main().kind === main().y.kind) main().kind = null;
    redraw();
    if (main().kind === "log" && main().now.kind !== "log") { main().kind = null; redraw(); log.textContent = "no log scale: values at or below 0"; }
  });
  log.textContent = axisOf(frames[0].dataset.b).kind === "linear" ? "log scale" : "linear scale";
}
})();
