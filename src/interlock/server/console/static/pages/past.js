/** The state as it was when the event at a position had been applied: counts of everything, and the rows of a kind or an id. */
import { ROWS_MAX, readStateAt } from "../api/state.js";
import { useAnswer } from "../live/answer.js";
import { nowUs } from "../live/clock.js";
import { Copy } from "../parts/copy.js";
import { Fault } from "../parts/empty.js";
import { Glyph } from "../parts/glyph.js";
import { Search } from "../parts/search.js";
import { Json, Text } from "../parts/text.js";
import { place, refine } from "../router.js";
import { age, whole } from "../text/figures.js";
import { html, useRef, useState } from "../view.js";

/** @typedef {import("../api/state.js").Past} Past */

/** The kinds that people ask for first, and what they are called; others follow under their own names. @type {Record<string, string>} */
const NAMES = {
  task: "tasks", message: "messages", delivery: "deliveries", agent: "agents", session: "sessions", help: "requests for help",
  queue: "queues", schedule: "schedules", subscription: "subscriptions", dead_event: "dead events", program: "program states",
  webhook: "webhooks", access_key: "keys", content: "contents of tasks", step: "steps", checkpoint: "checkpoints",
};

/** @param {{at: number}} props */
export function PastState({ at }) {
  const { kind = "", id = "" } = place.value.query;
  const counted = useRef(/** @type {Past | null} */ (null));
  const { value, error, again } = useAnswer((signal) => readStateAt(at, kind, id, signal), ["state", at, kind, id]);
  if (value) counted.current = value;
  const known = counted.current?.position === at ? counted.current : null;
  return html`
    <h2>The state then</h2>
    ${error ? html`<${Refused} error=${error} at=${at} again=${again} />` : null}
    ${known ? html`<${Counts} counts=${known.counts} kind=${kind} />` : null}
    ${known ? html`<${Search} value=${id} label="The id of anything then" onChange=${(/** @type {string} */ text) => refine({ id: text })} />` : null}
    ${value || error ? null : html`<${Progress} key=${`${at} ${kind} ${id}`} at=${at} />`}
    ${value && (kind || id) ? html`<${Rows} past=${value} kind=${kind} id=${id} />` : null}`;
}

/** What the server does meanwhile, and for how long. @param {{at: number}} props */
function Progress({ at }) {
  const begun = useRef(nowUs.value);
  const passedUs = nowUs.value - begun.current;
  return html`<div class="progress" role="status"><progress aria-label="Folding the log"></progress><span class="soft">Folding ${whole(at)} ${at === 1 ? "event" : "events"}${passedUs >= 2_000_000 ? `, ${age(passedUs)} so far` : ""}</span></div>`;
}

/** @param {{error: import("../api/call.js").CallError, at: number, again: () => void}} props */
function Refused({ error, at, again }) {
  const command = `interlock replay interlock.db --to ${at}`;
  return html`<${Fault} error=${error} again=${again} />
    ${error.code === "limit" ? html`<div class="command"><code>${command}</code><${Copy} text=${command} what="command" /></div>` : null}`;
}

/** How many things of each kind stood in each status; a press lists them. @param {{counts: Past["counts"], kind: string}} props */
function Counts({ counts, kind }) {
  const known = Object.keys(NAMES).filter((name) => counts[name]);
  const kinds = [...known, ...Object.keys(counts).filter((name) => !NAMES[name])];
  if (!kinds.length) return html`<p class="soft">Nothing was there yet.</p>`;
  return html`<ul class="past-kinds" aria-label="Counts then">${kinds.map((name) => html`<li key=${name}><button class="past-kind" aria-pressed=${name === kind ? "true" : "false"} title=${name === kind ? "Show none" : "Show them as they were"} onClick=${() => refine({ kind: name === kind ? "" : name })}>
    <span>${NAMES[name] ?? name.replaceAll("_", " ")}</span><span class="soft">${statuses(counts[name])}</span></button></li>`)}</ul>`;
}

/** "2 ready, 1 done"; kinds without a status have one figure. @param {Record<string, number>} counts */
function statuses(counts) {
  const found = Object.entries(counts).sort(([one], [other]) => one.localeCompare(other));
  return found.map(([status, count]) => (status ? `${whole(count)} ${status.replaceAll("_", " ")}` : whole(count))).join(", ");
}

/** @param {{past: Past, kind: string, id: string}} props */
function Rows({ past, kind, id }) {
  const { rows } = past;
  const all = kind && !id ? Object.values(past.counts[kind] ?? {}).reduce((sum, count) => sum + count, 0) : rows.length;
  return html`<section aria-label="As it was" class="stack">
    <div class="page-meta"><strong>${rows.length ? `${whole(rows.length)}${all > rows.length ? ` of ${whole(all)}` : ""}, the latest changed first` : "Nothing of that kind and id was there."}</strong>
      <button class="button small plain" onClick=${() => refine({ kind: "", id: "" })}><${Glyph} name="close" />Show none</button></div>
    ${all > rows.length ? html`<p class="soft">One answer holds ${ROWS_MAX}. Name an id to see another.</p>` : null}
    <ul class="past-rows">${rows.map((row, index) => html`<${Row} key=${`${row.kind} ${row.id}`} row=${row} isAlone=${rows.length === 1 && !index} />`)}</ul>
  </section>`;
}

/** @param {{row: import("../api/state.js").PastRow, isAlone: boolean}} props */
function Row({ row, isAlone }) {
  const [isOpen, setOpen] = useState(isAlone);
  return html`<li><details open=${isOpen} onToggle=${(/** @type {any} */ event) => setOpen(event.currentTarget.open)}>
    <summary><span class="cut"><${Text} text=${titleOf(row)} /></span><span class="soft">${(row.status || row.kind).replaceAll("_", " ")}</span></summary>
    ${isOpen ? html`<${Json} value=${row.body} />` : null}
  </details></li>`;
}

/** Its id, and what people call it. @param {import("../api/state.js").PastRow} row */
function titleOf({ id, body }) {
  const title = body?.title ?? body?.text;
  return typeof title === "string" && title ? `${id} ${title}` : id;
}
