/** Every task, open and ended, by status, queue and title. */
import { call } from "../api/call.js";
import { useAnswer } from "../live/answer.js";
import { useList } from "../live/list.js";
import { Empty, Fault } from "../parts/empty.js";
import { Glyph } from "../parts/glyph.js";
import { Search } from "../parts/search.js";
import { lookOf } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Text } from "../parts/text.js";
import { Ago, Until } from "../parts/time.js";
import { addressOf, go, place, refine } from "../router.js";
import { kindOf } from "../text/events.js";
import { age, whole } from "../text/figures.js";
import { inert } from "../text/inert.js";
import { nowUs } from "../live/clock.js";
import { callCommand } from "../text/command.js";
import { html } from "../view.js";

/** @type {[string, string[]][]} */
const CHIPS = [
  ["All", []],
  ["Ready", ["ready"]],
  ["Claimed", ["claimed", "cancelling"]],
  ["Waiting", ["blocked", "scheduled"]],
  ["Done", ["done"]],
  ["Dead", ["dead"]],
  ["Cancelled", ["cancelled"]],
];

/** @type {[string, string][]} */
const FILTERS = [["holder", "held by"], ["created_by", "created by"], ["run_id", "run"], ["correlation_id", "correlation"], ["category", "category"]];

const isAboutTasks = (/** @type {{type: string}} */ event) => ["task", "schedule"].includes(kindOf(event).noun);

export function TasksPage() {
  const { query } = place.value;
  const statuses = query.status ? query.status.split(",") : [];
  const fields = Object.fromEntries(["queue", "text", "order", ...FILTERS.map(([name]) => name)].filter((name) => query[name]).map((name) => [name, query[name]]));
  const list = useList("get_tasks", { ...fields, ...(statuses.length ? { status: statuses } : {}) }, isAboutTasks);
  const fleet = useAnswer((signal) => call("get_fleet", {}, signal), ["fleet"], isAboutTasks).value;
  return html`
    <${Tools} query=${query} statuses=${statuses} fleet=${fleet} list=${list} />
    <section class="card grow table" aria-label="Tasks"><${Rows} list=${list} isFiltered=${Boolean(query.status || Object.keys(fields).length)} /></section>`;
}

/** @param {{query: Record<string, string>, statuses: string[], fleet: any, list: import("../live/list.js").List<any>}} props */
function Tools({ query, statuses, fleet, list }) {
  const open = (/** @type {string} */ text) => { if (/^task-\S+$/.test(text)) go("tasks", text); };
  const queues = [...new Set([...(fleet?.queues ?? []).map((/** @type {any} */ queue) => queue.queue), ...(query.queue ? [query.queue] : [])])].sort();
  return html`<div class="tools">
    <${Search} value=${query.text ?? ""} label="Title, or the id of a task" onChange=${(/** @type {string} */ text) => refine({ text })} onEnter=${open} />
    <select class="input" aria-label="Queue" value=${query.queue ?? ""} onChange=${(/** @type {any} */ event) => refine({ queue: event.target.value })}>
      <option value="">Every queue</option>${queues.map((queue) => html`<option key=${queue} value=${queue}>${inert(queue.slice(0, 60))}</option>`)}
    </select>
    <select class="input" aria-label="Order" value=${query.order ?? ""} onChange=${(/** @type {any} */ event) => refine({ order: event.target.value })}>
      <option value="">Newest first</option><option value="oldest">Oldest first</option>
    </select>
    ${FILTERS.filter(([name]) => query[name]).map(([name, label]) => html`<button class="chip" key=${name} title="Remove this filter" onClick=${() => refine({ [name]: "" })}>${label} <${Text} text=${query[name]} /><${Glyph} name="close" /></button>`)}
    ${list.isStale ? html`<button class="chip push" onClick=${list.again}><${Glyph} name="back" />The list has changed: ask again</button>` : null}
    <div class="chips even" role="group" aria-label="Status">
      ${CHIPS.map(([name, wanted]) => html`<button class="chip" key=${name} aria-pressed=${wanted.join() === statuses.join() ? "true" : "false"} onClick=${() => refine({ status: wanted.join() })}>${name}<span class="chip-count">${countOf(fleet, wanted)}</span></button>`)}
    </div>
  </div>`;
}

/** How many tasks stand in these statuses; with none named, in any. */
function countOf(/** @type {any} */ fleet, /** @type {string[]} */ wanted) {
  const counts = Object.entries(/** @type {Record<string, number>} */ (fleet?.tasks ?? {}));
  return fleet ? whole(counts.filter(([status]) => !wanted.length || wanted.includes(status)).reduce((sum, [, count]) => sum + count, 0)) : "";
}

/** @param {{list: import("../live/list.js").List<any>, isFiltered: boolean}} props */
function Rows({ list, isFiltered }) {
  if (list.error && !list.rows) return html`<${Fault} error=${list.error} again=${list.again} />`;
  if (!list.rows) return null;
  if (!list.rows.length && isFiltered) return html`<${Empty} glyph="search" title="No task is like that" text="Take a filter away, or search for a part of a title." />`;
  if (!list.rows.length) return html`<${Empty} glyph="tasks" title="No task yet" text="A task waits in a queue until an agent claims it. Its whole story will stand here." command=${callCommand("create_task", { title: "Read the report" })} />`;
  const foot = list.isFull ? html`<p class="table-more">These are the first ${whole(list.rows.length)}. Narrow the list to see others.</p>` : null;
  return html`<${Table} label="Tasks" rows=${list.rows} keyOf=${(/** @type {any} */ task) => task.id} hrefOf=${(/** @type {any} */ task) => addressOf("tasks", task.id)} columns=${COLUMNS} listKey=${list.key} more=${list.more} foot=${foot} />`;
}

/** @type {import("../parts/table.js").Column<any>[]} */
const COLUMNS = [
  { name: "Status", narrowName: "", width: "var(--status-column)", cell: (task) => statusOf(task) },
  { name: "Title", width: "minmax(0, 5fr)", cell: (task) => html`<${Text} text=${task.title} />` },
  { name: "Now", width: "minmax(0, 4fr)", isWideOnly: true, cell: now },
  { name: "Queue", width: "minmax(0, 2fr)", isWideOnly: true, cell: (task) => html`<span class="soft cut"><${Text} text=${task.queue} /></span>` },
  { name: "Prio", width: "36px", isEnd: true, isWideOnly: true, cell: (task) => task.priority },
  { name: "Try", width: "44px", isEnd: true, isWideOnly: true, cell: (task) => (task.attempt ? `${task.attempt}/${task.attempts_max}` : html`<span class="faint">–</span>`) },
  { name: "Age", width: "84px", isEnd: true, cell: (task) => html`<${Ago} us=${task.created_us} />` },
];

function statusOf(/** @type {any} */ task) {
  const look = lookOf("task", task.status);
  return html`<span class=${`status ${look.tone}`} title=${look.label}><${Glyph} name=${look.glyph} label=${look.label} /><span class="wide-only">${look.label}</span></span>`;
}

/** Who has it, what it waits for, or why it was given up. */
function now(/** @type {any} */ task) {
  if (task.holder_agent && task.lease_left_ms !== undefined && ["claimed", "cancelling"].includes(task.status)) {
    return html`<${Text} text=${task.holder_agent} /><span class="faint">${age(nowUs.value - task.claimed_us)}</span>`;
  }
  if (task.status === "scheduled") return html`<span class="soft cut">due in <${Until} us=${task.due_us} />${task.error ? html`, after <${Text} text=${task.error} />` : null}</span>`;
  if (task.status === "blocked") return html`<span class="soft cut">needs ${whole(task.needs_open?.length ?? 0)} other ${task.needs_open?.length === 1 ? "task" : "tasks"}</span>`;
  if (task.status === "dead") return html`<span class="bad cut">${task.error_class} <${Text} text=${task.error ?? ""} /></span>`;
  if (task.status === "done") return html`<span class="soft">took ${age((task.ended_us ?? 0) - task.created_us)} in all</span>`;
  return null;
}
