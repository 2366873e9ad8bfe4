// The workbench: what is chosen is in `chosen` (and in the address after #), what the server said is in `known`.
// Everything shown is set as text, never as HTML: a subscriber's name may be anything.
"use strict";

const $ = (id) => document.getElementById(id);
const WIDTHS = [["320", "320"], ["375", "375"], ["414", "414"], ["600", "600"], ["full", "Full"]];
const GROUPS = ["screen", "program", "pictures"];
const DEFAULTS = { who: "", other: "", width: "600", screen: "light", program: "full", pictures: "on", tab: "" };
const KEYS = [
  ["/", "search the list", () => $("search").focus()],
  ["j", "next reader", () => step(1)],
  ["k", "previous reader", () => step(-1)],
  ["w", "next width", () => turn("width", WIDTHS.map(([name]) => name))],
  ["d", "next screen: light, dark, inverted", () => turn("screen", names("screen"))],
  ["p", "next mail program", () => turn("program", names("program"))],
  ["i", "pictures on or off", () => turn("pictures", names("pictures"))],
  ["t", "next tab", () => turn("tab", tabs().map((tab) => tab.name))],
  ["?", "these keys", () => $("help").showModal()],
];

const chosen = { ...DEFAULTS, ...Object.fromEntries(new URLSearchParams(location.hash.slice(1))) };
const known = { state: null, parts: null, people: [], variants: null, remarks: null, version: 0, widest: 0, room: 0 };

function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

const address = (path, query = {}) => `${path}?${new URLSearchParams(query)}`;
const kilobytes = (bytes) => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KB`);
const count = (number) => number.toLocaleString("en");

async function ask(path, query) {
  const response = await fetch(address(path, query));
  if (!response.ok && response.status !== 422) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

// Lines of JSON, each handed over as soon as it is there.
async function* linesOf(path, query, signal) {
  const response = await fetch(address(path, query), { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) yield JSON.parse(line);
  }
}

// -- choosing

function choose(changes) {
  Object.assign(chosen, changes);
  const kept = Object.entries(chosen).filter(([name, value]) => value && value !== DEFAULTS[name]);
  history.replaceState(null, "", `#${new URLSearchParams(kept)}`);
  const isLetter = Object.keys(changes).some((name) => GROUPS.includes(name) || name === "who");
  if ("who" in changes) loadParts();
  if (isLetter) showLetter();
  else if ("width" in changes) fit();
  if ("tab" in changes || "other" in changes) showTab();
  showChoices();
}

const names = (group) => known.state.simulations.filter((one) => one.group === group).map((one) => one.name);

function turn(what, all) {
  choose({ [what]: all[(all.indexOf(chosen[what]) + 1) % all.length] });
  say(`${what}: ${chosen[what]}`);
}

function everybody() {
  return [...known.people, ...(known.state?.invented ?? [])];
}

function step(by) {
  const keys = everybody().map((one) => one.key);
  const at = keys.indexOf(chosen.who || known.parts?.who.key);
  if (keys.length) choose({ who: keys[(at + by + keys.length) % keys.length] });
}

function radios(box, name, options) {
  box.replaceChildren(...options.map(([value, label]) => el("label", {},
    el("input", { type: "radio", name, value, checked: chosen[name] === value, onchange: () => choose({ [name]: value }) }),
    el("span", {}, label))));
}

function showTools() {
  radios($("widths"), "width", WIDTHS);
  for (const group of GROUPS) {
    radios($(group), group, known.state.simulations.filter((one) => one.group === group).map((one) => [one.name, one.label]));
  }
}

function showChoices() {
  for (const input of document.querySelectorAll("#tools input")) input.checked = chosen[input.name] === input.value;
  const who = chosen.who || known.parts?.who.key;
  for (const button of document.querySelectorAll(".choices button")) {
    button.setAttribute("aria-current", String(button.dataset.who === who));
  }
  const active = known.state.simulations.filter((one) => chosen[one.group] === one.name);
  const tooWide = known.widest > known.room + 1;
  const worth = active.filter((one) => !["light", "full", "on"].includes(one.name));
  $("honesty").replaceChildren(...(worth.length ? worth : active.slice(0, 1)).map((one) => el("li", {},
    el("span", { class: `badge ${one.exact ? "exact" : "approximation"}` }, one.exact ? "exact" : "approximation"),
    el("b", {}, `${one.label}. `), one.words)));
  if (tooWide) {
    $("honesty").append(el("li", {}, el("span", { class: "badge warning" }, "too wide"),
      `The letter needs ${known.widest} px and has ${known.room}: it is scrolled sideways or shrunk.`));
  }
}

// -- readers

function choice(somebody, ...more) {
  const label = somebody.name || somebody.email;
  return el("li", {}, el("button", { type: "button", "data-who": somebody.key, onclick: () => choose({ who: somebody.key }) },
    ...more,
    el("span", { class: "name", dir: "auto" }, label),
    somebody.email && somebody.name ? el("span", { class: "more", dir: "auto" }, somebody.email) : null));
}

let searching = null;
async function search() {
  searching?.abort();
  searching = new AbortController();
  const people = [];
  const show = () => {
    known.people = people.slice(0, 50);
    $("people").replaceChildren(...known.people.map((one) => choice(one)));
  };
  try {
    for await (const one of linesOf("people", { q: $("search").value }, searching.signal)) {
      if (one.error) break;
      people.push(one);
      if (people.length === 1 || people.length % 10 === 0) show();
    }
  } catch (error) {
    if (error.name === "AbortError") return false;
    throw error;
  }
  show();
  const word = people.length > 50 ? "the first 50; search for more" : people.length === 1 ? "1 person" : `${people.length} people`;
  $("found").textContent = people.length ? word : "nobody in the list";
  showChoices();
  return true;
}

let counting = null;
async function countVariants() {
  counting?.abort();
  counting = new AbortController();
  $("counted").textContent = "counting …";
  try {
    for await (const census of linesOf("variants", {}, counting.signal)) {
      if (census.error) $("counted").textContent = census.error.message;
      else showVariants(census);
    }
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

function showVariants(census) {
  known.variants = census;
  const plural = census.variants.length === 1 ? "variant" : "variants";
  const all = `${count(census.listed)} people, ${census.variants.length} ${plural}`;
  const others = census.others ? `; ${count(census.others)} people in still more` : "";
  $("counted").textContent = all + others + (census.done ? "" : ", counting …");
  $("variants").replaceChildren(...census.variants.map((one) => {
    const words = one.branches.length ? one.branches : [census.variants.length > 1 ? "none of these" : "everybody reads the same"];
    return el("li", {}, el("button", { type: "button", "data-who": one.first.key, onclick: () => choose({ who: one.first.key }) },
      el("span", { class: "count" }, count(one.count)),
      ...words.map((text) => el("span", { class: "branch" }, text)),
      el("span", { class: "more", dir: "auto" }, `first: ${one.first.email}`)));
  }));
  if (census.done && chosen.tab === "readers" && !chosen.other) showTab();
  showChoices();
}

// -- the letter

function showLetter() {
  const query = { who: chosen.who, v: known.version };
  for (const group of GROUPS) query[group] = chosen[group];
  $("letter").src = address("letter", query);
  fit();
}

function fit() {
  const sheet = $("sheet");
  sheet.dataset.width = chosen.width;
  sheet.dataset.screen = chosen.screen;
  const width = chosen.width === "full" ? "full width" : `${chosen.width} pixels wide`;
  $("letter").title = `Letter, ${width}, ${chosen.screen}`;
  measure();
  setTimeout(() => { measure(); showChoices(); }, 220);
}

function measure() {
  const frame = $("letter");
  const root = frame.contentDocument?.documentElement;
  if (!root) return;
  const at = $("letter-region").scrollTop;
  frame.style.height = "0";
  frame.style.height = `${Math.max(root.scrollHeight, 120)}px`;
  Object.assign(known, { widest: root.scrollWidth, room: root.clientWidth });
  $("letter-region").scrollTop = at;
}

function entered() {
  const inside = $("letter").contentDocument;
  if (!inside) return;
  measure();
  showChoices();
  inside.addEventListener("keydown", pressed);
  inside.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href], area[href]");
    if (!link) return;
    event.preventDefault();
    const target = link.getAttribute("href");
    const isOwn = target.endsWith("/harmless");
    say(isOwn ? "An unsubscribe or preferences link: harmless here, nothing happens." : `Leads to ${target} (not opened from here)`, true);
  });
}

let noteTimer = 0;
function say(words, inLetter = false) {
  const note = $("link-note");
  note.textContent = words;
  note.hidden = false;
  clearTimeout(noteTimer);
  noteTimer = setTimeout(() => { note.hidden = true; }, inLetter ? 6000 : 1600);
}

async function loadParts() {
  const asked = chosen.who;
  const parts = await ask("parts", { who: asked });
  if (asked !== chosen.who) return;
  if (parts.error) {
    showTrouble(parts.error);
    known.parts = null;
  } else {
    known.parts = parts;
    showTrouble(known.state.trouble);
    $("subject").textContent = parts.subject;
    $("sender").textContent = parts.sender;
    const place = parts.who.line ? `line ${parts.who.line} of ${known.state.list_file}` : parts.who.name;
    $("to").textContent = `to ${parts.who.email || "an invented reader"}${place ? `, ${place}` : ""}`;
    $("preheader").textContent = parts.preheader || "No preheader: mail programs show the first words of the letter.";
  }
  showTabs();
  showTab();
  showChoices();
}

function showTrouble(trouble) {
  const box = $("trouble");
  box.hidden = !trouble;
  $("sheet").classList.toggle("stale", Boolean(trouble));
  if (!trouble) return;
  box.replaceChildren(
    el("p", {}, el("strong", {}, "The letter cannot be made. "), trouble.message, " ", trouble.file ? place(trouble.file, trouble.line) : null),
    el("p", { class: "small" }, trouble === known.state.trouble && known.state.columns.length ? `${trouble.hint}. Below stands the last good letter.` : trouble.hint));
}

// -- the inspector

function tabs() {
  const parts = known.parts;
  return [
    { name: "checks", label: "Checks", tally: known.remarks?.filter((one) => one.severity !== "info").length, show: () => checks() },
    { name: "inbox", label: "Inbox", show: inbox },
    { name: "text", label: "Text", show: (p) => [el("pre", { class: "text", dir: "auto", tabindex: "0" }, p.text)] },
    { name: "headers", label: "Headers", show: (p) => [el("pre", {}, p.header)] },
    { name: "raw", label: "Raw", show: raw },
    { name: "links", label: "Links", tally: parts?.links.length, show: links },
    { name: "size", label: "Size", show: size },
    { name: "last", label: "Since last issue", show: sinceLast },
    { name: "readers", label: "Two readers", show: twoReaders },
  ];
}

function showTabs() {
  const all = tabs();
  if (!all.some((tab) => tab.name === chosen.tab)) chosen.tab = all[0].name;
  const hadFocus = $("tabs").contains(document.activeElement);
  $("tabs").replaceChildren(...all.map((tab) => el("button", {
    type: "button", role: "tab", id: `tab-${tab.name}`, "aria-controls": "tab-content",
    "aria-selected": String(tab.name === chosen.tab), tabindex: tab.name === chosen.tab ? "0" : "-1",
    onclick: () => choose({ tab: tab.name }),
  }, tab.label, tab.tally == null ? null : el("span", { class: "tally" }, String(tab.tally)))));
  if (hadFocus) $(`tab-${chosen.tab}`).focus();
}

let shownTab = 0;
async function showTab() {
  showTabs();
  const mine = ++shownTab;
  const content = $("tab-content");
  content.setAttribute("aria-labelledby", `tab-${chosen.tab}`);
  const tab = tabs().find((one) => one.name === chosen.tab);
  const shown = known.parts || tab.name === "checks" ? await tab.show(known.parts) : [el("p", {}, "There is no letter for this reader.")];
  if (mine !== shownTab) return;
  const isSame = content.dataset.tab === tab.name;
  const at = content.scrollTop;
  content.dataset.tab = tab.name;
  content.replaceChildren(...shown);
  content.scrollTop = isSame ? at : 0;
}

function place(file, line) {
  const words = line ? `${file}:${line}` : file;
  return el("button", { type: "button", class: "place", onclick: () => showSource(file, line) }, words);
}

async function loadChecks() {
  const version = known.version;
  const found = await ask("checks");
  if (version !== known.version) return;
  known.remarks = found.error ? [{ rule: "-", severity: "error", ...found.error, why: found.error.hint }] : found;
  showTabs();
  if (chosen.tab === "checks") showTab();
}

function checks() {
  if (!known.remarks) return [el("p", { class: "small" }, "Checking …")];
  if (!known.remarks.length) return [el("p", {}, el("span", { class: "badge ok" }, "ok"), "Nothing to mend.")];
  return [el("ul", { class: "rows" }, ...known.remarks.map((one) => el("li", {},
    el("p", {}, el("span", { class: `badge ${one.severity}`, title: one.severity }, one.rule), one.message),
    one.file ? place(one.file, one.line) : null,
    el("p", { class: "small" }, one.why))))];
}

function inbox(parts) {
  const row = (one) => one.rows === 1
    ? [el("b", {}, one.sender.padEnd(21)), el("b", {}, one.subject), el("i", {}, one.preview ? ` - ${one.preview}` : "")]
    : one.rows === 2
      ? [el("b", {}, one.sender), "\n", el("b", {}, one.subject), el("i", {}, one.preview ? ` - ${one.preview}` : "")]
      : [el("b", {}, one.sender), "\n", one.subject, "\n", el("i", {}, one.preview)];
  const labels = { 40: "A phone, 40 characters", 60: "A tablet or a narrow pane, 60", 90: "A desktop row, 90" };
  return parts.inbox.flatMap((one) => [el("h3", {}, labels[one.width]), el("div", { class: "inbox", "data-width": one.width, dir: "auto", tabindex: "0" }, ...row(one))]);
}

function raw(parts) {
  const file = el("a", { class: "file", href: address("message.eml", { who: chosen.who }), download: "letter.eml" }, "Save as letter.eml");
  const cut = parts.raw.length < parts.rawLength ? ` Shown are the first ${count(parts.raw.length)} of ${count(parts.rawLength)} characters.` : "";
  return [el("p", {}, file, ` (${kilobytes(parts.messageBytes)}), to open in a mail program.${cut}`), el("pre", {}, parts.raw)];
}

function links(parts) {
  const rows = parts.links.map((one, at) => el("li", {},
    el("p", { dir: "auto" }, el("span", { class: "number" }, String(at + 1)), one.words || "(no words)", one.own ? el("span", { class: "badge info" }, "harmless here") : null),
    el("span", { class: "mono" }, one.target)));
  const pictures = parts.images.map((one) => el("li", {},
    el("p", { dir: "auto" }, one.alt || "(no alt text)"),
    el("span", { class: "mono" }, [`${one.width || "?"} × ${one.height || "?"}`, one.bytes ? kilobytes(one.bytes) : "remote", one.source].join("  "))));
  return [el("h3", {}, "Links"), el("ul", { class: "rows" }, ...rows), el("h3", {}, "Pictures"),
    pictures.length ? el("ul", { class: "rows" }, ...pictures) : el("p", {}, "There are none.")];
}

function size(parts) {
  if (!parts.hasHtml) return [el("p", {}, "This layout has no HTML part.")];
  const { total, sections, ...kinds } = parts.weight;
  const bars = (all) => el("ul", { class: "bars" }, ...all.map(([name, size]) => el("li", {},
    el("span", { dir: "auto" }, name), el("span", { class: "size" }, kilobytes(size)),
    el("progress", { class: "track", max: total, value: size, "aria-label": name }))));
  const words = { text: "text", inline_styles: "styles in the tags", kept_styles: "style elements", links: "addresses of links and pictures", markup: "tags" };
  const byKind = Object.entries(kinds).map(([kind, size]) => [words[kind], size]).sort((one, other) => other[1] - one[1]);
  const share = Math.round((100 * total) / parts.limit);
  return [
    el("p", {}, el("b", {}, kilobytes(total)), ` of HTML, ${share} % of the ${kilobytes(parts.limit)} after which Gmail clips. The whole message: ${kilobytes(parts.messageBytes)}.`),
    el("meter", { min: 0, max: parts.limit, high: 87040, optimum: 0, value: total, "aria-label": "HTML against Gmail's limit" }),
    el("h3", {}, "By section"), bars(sections.map((one) => [one.title || "before the first heading", one.size])),
    el("h3", {}, "By kind"), bars(byKind)];
}

function differences(found) {
  if (found.error) return [el("p", {}, found.error.message)];
  const blocks = [];
  let same = 0;
  const rest = () => { if (same) blocks.push(el("p", { class: "same" }, `${same} ${same === 1 ? "block" : "blocks"} the same`)); same = 0; };
  for (const block of found.blocks) {
    if (block.kind === "same") { same += 1; continue; }
    rest();
    const runs = block.runs.map((run) => ({ added: () => el("ins", {}, run.text), removed: () => el("del", {}, run.text) }[run.kind]?.() ?? run.text));
    blocks.push(el("div", { class: `block ${block.kind}`, dir: "auto" }, ...runs));
  }
  rest();
  const html = found.html.length ? [el("h3", {}, `HTML: ${count(found.html.length)} lines of difference`), el("details", {}, el("summary", {}, "Show"), el("pre", {}, found.html.join("\n")))] : [];
  return [el("p", { class: "small" }, `From ${found.before} to ${found.after}`), ...blocks, ...html];
}

async function sinceLast() {
  const found = await ask("difference", { who: chosen.who, with: "last" });
  return found.before === null ? [el("p", {}, "No other issue has been sent yet.")] : differences(found);
}

async function twoReaders(parts) {
  const options = everybody().filter((one) => one.key !== parts.who.key);
  const fallback = (known.variants?.variants ?? []).map((one) => one.first.key).find((key) => key !== parts.who.key);
  const other = chosen.other && chosen.other !== parts.who.key ? chosen.other : fallback ?? options[0]?.key ?? "~empty";
  const input = el("input", { id: "other", list: "others", value: other, spellcheck: "false", autocomplete: "off", onchange: (event) => choose({ other: event.target.value.trim() }) });
  const list = el("datalist", { id: "others" }, ...options.map((one) => el("option", { value: one.key }, one.name)));
  const found = await ask("difference", { who: chosen.who, with: "reader", other });
  return [el("div", { class: "other" }, el("label", { for: "other" }, "Against"), input, list), ...differences(found)];
}

async function showSource(file, line) {
  const response = await fetch(address("source", { file }));
  if (!response.ok) return say(`${file} is not part of the letter's files`);
  const { lines } = await response.json();
  $("source-name").textContent = line ? `${file}:${line}` : file;
  $("source-lines").replaceChildren(...lines.slice(0, 20000).map((text, at) => el("li", { "data-line": at + 1, class: at + 1 === line ? "here" : null }, text)));
  $("source").hidden = false;
  $("source-lines").querySelector(".here")?.scrollIntoView({ block: "center" });
  $("source-lines").focus({ preventScroll: true });
}

// -- life

async function load(version) {
  known.version = version;
  if (known.state) showLetter();
  const state = await ask("state");
  if (version !== known.version) return;
  const isFirst = !known.state;
  known.state = state;
  document.title = `${state.issue.split("/").pop()} - dispatch preview`;
  $("newsletter").textContent = state.newsletter;
  $("issue").textContent = state.issue;
  $("invented").replaceChildren(...state.invented.map((one) => choice(one)));
  if (isFirst) {
    showTools();
    showLetter();
  }
  showTrouble(state.trouble);
  await loadParts();
  loadChecks();
  search();
  countVariants();
}

function listen() {
  const events = new EventSource("events");
  const live = (state, words) => { $("live").dataset.state = state; $("live-words").textContent = words; };
  events.addEventListener("message", async (event) => {
    const version = Number(event.data);
    const isNew = known.version && version !== known.version;
    if (version !== known.version) await load(version);
    live("on", isNew ? `Updated ${new Date().toLocaleTimeString("en-GB")}` : "Live");
  });
  events.addEventListener("error", () => live("off", "dispatch is not running"));
}

function pressed(event) {
  const isTyping = event.target.closest?.("input:not([type=radio]), select, textarea, dialog");
  if (event.key === "Escape" && !$("source").hidden) { $("source").hidden = true; return; }
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = KEYS.find(([name]) => name === event.key);
  if (!key || !known.state) return;
  event.preventDefault();
  key[2]();
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  $("theme").textContent = `Theme: ${name}`;
}

$("letter").addEventListener("load", entered);
$("sheet").addEventListener("transitionend", measure);
addEventListener("resize", measure);
document.addEventListener("keydown", pressed);
$("tools").addEventListener("submit", (event) => event.preventDefault());
$("theme").addEventListener("click", () => theme({ auto: "light", light: "dark", dark: "auto" }[document.documentElement.dataset.theme]));
$("keys").addEventListener("click", () => $("help").showModal());
$("source-close").addEventListener("click", () => { $("source").hidden = true; $(`tab-${chosen.tab}`)?.focus(); });
$("key-list").append(...KEYS.flatMap(([name, words]) => [el("dt", {}, el("kbd", {}, name)), el("dd", {}, words)]));
$("tabs").addEventListener("keydown", (event) => {
  const all = tabs().map((tab) => tab.name);
  const at = all.indexOf(chosen.tab);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  choose({ tab: all[(to + all.length) % all.length] });
  $(`tab-${chosen.tab}`).focus();
});
let typing = 0;
$("search").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(search, 120); });
$("search").addEventListener("keydown", async (event) => {
  if (event.key !== "Enter") return;
  clearTimeout(typing);
  if (await search() && known.people.length) choose({ who: known.people[0].key }); // the first of what is typed now
});
theme("auto");
listen();
