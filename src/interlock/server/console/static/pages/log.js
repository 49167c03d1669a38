/** Every event, and the state as it was at any of them. */
import { head } from "../live/feed.js";
import { useHistory } from "../live/history.js";
import { Empty, Fault } from "../parts/empty.js";
import { Glyph } from "../parts/glyph.js";
import { Search } from "../parts/search.js";
import { Table } from "../parts/table.js";
import { Json, Text } from "../parts/text.js";
import { Moment } from "../parts/time.js";
import { addressOf, place, refine } from "../router.js";
import { agentsOf, fieldsOf, kindOf, sentenceOf, taskOf } from "../text/events.js";
import { clockTime, dateTime, whole } from "../text/figures.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { PastState } from "./past.js";

const SETTLE_MS = 300; // a slider that is being drawn asks once it rests

/** @type {[string, string][]} */
const NOUNS = [["", "All"], ["task", "Tasks"], ["message", "Messages"], ["agent", "Agents"], ["topic", "Topics"], ["trouble", "Trouble"]];

/** @typedef {import("../live/feed.js").LogEvent} LogEvent */

export function LogPage() {
  const { noun = "", text = "", position = "", type = "" } = place.value.query;
  const at = /^\d{1,15}$/.test(position) ? Number(position) : 0;
  const filter = JSON.stringify([noun, text, type]);
  const anchor = useRef({ filter, from: at, has: (/** @type {number} */ _) => false });
  const isHere = at !== 0 && anchor.current.filter === filter && anchor.current.has(at);
  if (!isHere) anchor.current = { filter, from: at, has: () => false };
  const history = useHistory(wanted(noun, text, type), anchor.current.from, JSON.stringify([filter, anchor.current.from]));
  const rows = history.rows.value;
  history.isStill = at !== 0;
  anchor.current.has = (position) => rows.some((event) => event.pos === position);
  const chosen = at ? rows.find((event) => event.pos === at) ?? null : null;
  return html`
    <${Slider} at=${at} />
    <div class="tools">
      <${Search} value=${text} label="A task, an agent, any text of an event" onChange=${(/** @type {string} */ found) => refine({ text: found })} />
      <div class="chips" role="group" aria-label="About">${NOUNS.map(([value, name]) => html`<button class="chip" key=${name} aria-pressed=${value === noun ? "true" : "false"} onClick=${() => refine({ noun: value })}>${name}</button>`)}
        ${type ? html`<button class="chip" aria-pressed="true" onClick=${() => refine({ type: "" })}>${type}<${Glyph} name="close" /></button>` : null}</div>
    </div>
    <div class=${`log-split grow ${at ? "" : "alone"}`}>
      <section class="card table" aria-label="Events"><${Rows} history=${history} rows=${rows} /></section>
      ${at ? html`<${Inspector} at=${at} event=${chosen} />` : null}
    </div>`;
}

/** @param {string} noun @param {string} text @param {string} type @returns {(event: LogEvent) => boolean} */
function wanted(noun, text, type) {
  const needle = text.toLowerCase();
  const escaped = JSON.stringify(needle).slice(1, -1);
  return (event) => {
    const kind = kindOf(event);
    if (type && event.type !== type) return false;
    if (noun === "trouble" ? !kind.isTrouble : noun && ![noun, ...(RELATED[noun] ?? [])].includes(kind.noun)) return false;
    if (!needle) return true;
    const whole = JSON.stringify(event).toLowerCase();
    return whole.includes(needle) || whole.includes(escaped);
  };
}

/** @type {Record<string, string[]>} */
const RELATED = { message: ["help"], task: ["queue", "schedule"], agent: ["session", "program", "key"] };

/** @param {{history: import("../live/history.js").History, rows: LogEvent[]}} props */
function Rows({ history, rows }) {
  const { error, isReading, lowest } = history;
  if (error.value && !rows.length) return html`<${Fault} error=${error.value} again=${() => history.back()} />`;
  if (!rows.length && isReading.value) return null;
  if (!rows.length && lowest.value <= 1) return html`<${Empty} glyph="log" title="No event is like that" text="Every decision of the hub stands here as an event. The command line shows the same." command="interlock log interlock.db --follow" />`;
  const foot = lowest.value > 1 ? html`<div class="table-more">${history.isFull ? html`<span>${whole(rows.length)} events are as many as one page holds.</span>` : html`<button class="button small" disabled=${isReading.value} onClick=${() => history.back()}>Looked back to position ${whole(lowest.value)}: look further</button>`}</div>` : null;
  return html`<${Table} label="Events" rows=${rows} keyOf=${(/** @type {LogEvent} */ event) => String(event.pos)} chosen=${String(place.value.query.position ?? "")} hrefOf=${(/** @type {LogEvent} */ event) => addressOf("log", "", { ...place.value.query, position: event.pos })} columns=${COLUMNS} foot=${foot} />`;
}

/** @type {import("../parts/table.js").Column<LogEvent>[]} */
const COLUMNS = [
  { name: "Position", width: "72px", isEnd: true, cell: (event) => event.pos },
  { name: "Time", width: "92px", isWideOnly: true, cell: (event) => html`<time class="faint" title=${dateTime(event.at_us)}>${clockTime(event.at_us)}</time>` },
  { name: "Event", width: "minmax(140px, 2fr)", cell: (event) => html`<span class=${`mark ${kindOf(event).tone}`}><${Glyph} name=${kindOf(event).glyph} /></span><span class="cut">${event.type}</span>` },
  { name: "What it says", width: "minmax(0, 5fr)", cell: (event) => html`<span class="cut"><${Text} text=${sentenceOf(event)} /></span>` },
  { name: "Task", width: "112px", isWideOnly: true, cell: (event) => html`<span class="soft cut">${taskOf(event)}</span>` },
];

/** @param {{at: number}} props */
function Slider({ at }) {
  const end = head.value;
  const [drawn, setDrawn] = useState(0);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const draw = (/** @type {any} */ event) => {
    const position = Number(event.target.value);
    setDrawn(position);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => { setDrawn(0); refine({ position: position >= end ? "" : position }); }, SETTLE_MS);
  };
  const shown = drawn || at || end;
  return html`<section class="card" aria-label="Position"><div class="slider">
    <input type="range" min="1" max=${Math.max(1, end)} value=${shown} aria-label="Position of the log" aria-valuetext=${`position ${shown} of ${end}`} onInput=${draw} />
    <span>${at || drawn ? html`<strong>${whole(shown)}</strong> of ${whole(end)}` : html`<span class="good">the end, ${whole(end)}</span>`}</span>
    </div></section>`;
}

/** What one event holds, and the state when it had been applied. @param {{at: number, event: LogEvent | null}} props */
function Inspector({ at, event }) {
  return html`<aside class="card inspector" aria-label=${`Position ${at}`}>
    <div class="card-head"><h2>Position ${whole(at)}</h2><span class="push"></span>
      <button class="button small icon plain" aria-label="One back" title="One back" disabled=${at <= 1} onClick=${() => refine({ position: at - 1 })}>‹</button>
      <button class="button small icon plain" aria-label="One on" title="One on" disabled=${at >= head.value} onClick=${() => refine({ position: at + 1 })}>›</button>
      <button class="button small icon plain" aria-label="Back to the end of the log" title="Back to the end" onClick=${() => refine({ position: "", kind: "", id: "" })}><${Glyph} name="close" /></button>
    </div>
    <div class="card-body stack">
      ${event ? html`<${Details} event=${event} />` : html`<p class="soft">The event at this position is not among those shown.</p>`}
      <${PastState} at=${at} />
    </div>
  </aside>`;
}

/** @param {{event: LogEvent}} props */
function Details({ event }) {
  const task = taskOf(event);
  const agents = [...new Set(agentsOf(event))].slice(0, 6);
  return html`<div class="stack">
    <div><strong class=${kindOf(event).tone}><${Glyph} name=${kindOf(event).glyph} /> ${event.type}</strong> <span class="soft"><${Moment} us=${event.at_us} /></span></div>
    <div class="page-meta">${task ? html`<a href=${addressOf("tasks", task)}>${task}</a><button class="button small" onClick=${() => refine({ kind: "task", id: task })}>Show as at this position</button>` : null}${agents.map((agent) => html`<a key=${agent} href=${addressOf("agents", agent)}><${Text} text=${agent} /></a>`)}<button class="button small plain" onClick=${() => refine({ type: event.type })}>Only ${event.type}</button></div>
    <${Json} value=${fieldsOf(event)} />
  </div>`;
}
