/** One task: what it is, where it stands, and its story. */
import { call } from "../api/call.js";
import { readStory } from "../api/story.js";
import { useAnswer } from "../live/answer.js";
import { Act } from "../parts/act.js";
import { Copy } from "../parts/copy.js";
import { ask } from "../parts/dialog.js";
import { Empty, Fault } from "../parts/empty.js";
import { Glyph } from "../parts/glyph.js";
import { Status } from "../parts/status.js";
import { isBlank, Json, Text } from "../parts/text.js";
import { Ago, Until } from "../parts/time.js";
import { Lane, LaneLegend, Timeline } from "../parts/timeline.js";
import { told } from "../parts/toast.js";
import { addressOf } from "../router.js";
import { taskOf } from "../text/events.js";
import { dateTime, duration } from "../text/figures.js";
import { stretchesOf, totalsOf } from "../text/story.js";
import { html } from "../view.js";

const ENDED = ["done", "dead", "cancelled"];

/** @param {{id: string}} props */
export function TaskPage({ id }) {
  const concerns = (/** @type {any} */ event) => taskOf(event) === id || event.need === id;
  const { value, error, again } = useAnswer(async (signal) => {
    const [view, story] = await Promise.all([call("get_task", { task_id: id }, signal), readStory(id, signal)]);
    return { view, story };
  }, ["task", id], concerns);
  if (error && !value) return error.code === "not_found" ? html`<${Empty} glyph="search" title="There is no such task" text="Nothing in this namespace has that id." />` : html`<${Fault} error=${error} again=${again} />`;
  if (!value) return null;
  const { task } = value.view;
  const { events, isWhole } = value.story;
  return html`
    <${Head} task=${task} again=${again} />
    <${Facts} task=${task} events=${events} />
    <div class="split">
      <section class="card" aria-label="Timeline">
        <div class="card-head"><h2>Timeline</h2><span class="card-note">${dateTime(task.created_us).slice(0, 10)}</span><span class="push"></span><${LaneLegend} /></div>
        <div class="card-body"><${Lane} events=${events} isOpen=${!ENDED.includes(task.status)} /></div>
        <${Timeline} events=${events} />
        ${isWhole ? null : html`<p class="table-more">The story is longer. <a href=${addressOf("log", "", { text: id })}>The log has all of it.</a></p>`}
      </section>
      <div class="stack"><${Contents} view=${value.view} /></div>
    </div>`;
}

/** @param {{task: any, again: () => void}} props */
function Head({ task, again }) {
  return html`<header class="page-head">
    <div class="page-title">
      <h1><${Text} text=${task.title} /></h1>
      <div class="page-meta"><${Status} of="task" value=${task.status} pill /><span class="code">${task.id}</span><${Copy} text=${task.id} what="id" /></div>
    </div>
    <div class="page-actions">
      ${task.status === "dead" ? html`<${Act} verb="retry_task" look="main" onClick=${() => retry(task).then(again)}><${Glyph} name="back" />Retry<//>` : null}
      ${ENDED.includes(task.status) || task.status === "cancelling" ? null : html`<${Act} verb="cancel_task" look="danger" onClick=${() => cancel(task).then(again)}><${Glyph} name="cancelled" />Cancel<//>`}
    </div>
  </header>`;
}

async function cancel(/** @type {any} */ task) {
  const isHeld = task.status === "claimed";
  const fields = await ask({
    title: "Cancel this task?",
    action: "Cancel the task",
    isDanger: true,
    body: html`<p>${isHeld ? html`<${Text} text=${task.holder_agent || "Its holder"} /> learns it with the next heartbeat; a result that comes before still counts.` : "Nobody works on it. It will not be handed out."} A cancelled task cannot be brought back, and tasks that need it end with it.</p>
      <label class="field"><span>Reason</span><input class="input" name="reason" maxlength="2000" autofocus placeholder="for the log" /></label>`,
  });
  if (fields) await told(call("cancel_task", { task_id: task.id, reason: fields.reason }), isHeld ? "The holder will be told to stop." : "The task is cancelled.");
}

function retry(/** @type {any} */ task) {
  return told(call("retry_task", { task_id: task.id }), "The task starts afresh with all of its attempts.");
}

/** @param {{task: any, events: any[]}} props */
function Facts({ task, events }) {
  const { waitedUs, workedUs } = totalsOf(stretchesOf(events, 0));
  const isHeld = ["claimed", "cancelling"].includes(task.status);
  /** @type {[string, unknown][]} */
  const facts = [
    ["Queue", link("tasks", { queue: task.queue }, task.queue)],
    ["Priority", task.priority],
    ["Attempt", `${task.attempt ?? 0}, failed ${task.failures ?? 0} of ${task.attempts_max}`],
    ["Held by", isHeld ? html`<a href=${addressOf("agents", task.holder_agent)}><${Text} text=${task.holder_agent || "nobody by name"} /></a>` : null],
    ["Fence", isHeld ? task.fence : null],
    ["Lease ends in", isHeld ? html`<${Until} us=${task.lease_until_us} />` : null],
    ["Due in", task.status === "scheduled" ? html`<${Until} us=${task.due_us} />` : null],
    ["Deadline in", task.deadline_us && !ENDED.includes(task.status) ? html`<${Until} us=${task.deadline_us} passed="passed" />` : null],
    ["Created", html`<${Ago} us=${task.created_us} suffix=" ago" />`],
    ["Created by", task.created_by ? link("tasks", { created_by: task.created_by }, task.created_by) : null],
    ["Waited", waitedUs ? duration(waitedUs) : null],
    ["Worked on", workedUs ? duration(workedUs) : null],
    ["Ended", task.ended_us ? html`<${Ago} us=${task.ended_us} suffix=" ago" />` : null],
    ["Category", task.category ? link("tasks", { category: task.category }, task.category) : null],
    ["Run", task.run_id ? link("tasks", { run_id: task.run_id }, task.run_id) : null],
    ["Correlation", task.correlation_id ? link("tasks", { correlation_id: task.correlation_id }, task.correlation_id) : null],
    ["Capabilities", task.capabilities?.length ? html`<${Text} text=${task.capabilities.join(", ")} />` : null],
    ["Fairness key", task.fairness_key ? html`<${Text} text=${task.fairness_key} />` : null],
    ["Concurrency key", task.concurrency_key ? html`<${Text} text=${task.concurrency_key} />` : null],
    ["Needs", task.needs?.length ? task.needs.slice(0, 20).map((/** @type {string} */ need) => html`<a key=${need} href=${addressOf("tasks", need)}>${need}${task.needs_open?.includes(need) ? " (open) " : " "}</a>`) : null],
    ["Cancelled because", task.cancel_reason ? html`<${Text} text=${task.cancel_reason} />` : null],
  ];
  return html`<dl class="card card-body facts">${facts.filter(([, value]) => value !== null && value !== undefined).map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function link(/** @type {string} */ page, /** @type {Record<string, string>} */ query, /** @type {string} */ text) {
  return html`<a href=${addressOf(page, "", query)}><${Text} text=${text} /></a>`;
}

/** @param {{view: any}} props */
function Contents({ view }) {
  /** @type {[string, unknown][]} */
  const parts = [
    ["Result", view.task.result],
    ["Progress", view.task.progress],
    ["Instructions", view.instructions],
    ["Payload", view.payload],
  ];
  const found = parts.filter(([, value]) => !isBlank(value));
  const causes = view.task.causes ?? [];
  return html`
    ${causes.length ? html`<section class="card" aria-label="Causes"><div class="card-head"><h2>Why attempts ended</h2></div><ul class="rows">${causes.map((/** @type {any} */ cause) => html`<li key=${cause.pos}><strong class="warn">${cause.error_class}</strong> <span class="faint">${cause.attempt ? `attempt ${cause.attempt} ` : ""}${cause.agent ? "by " : ""}</span><${Text} text=${cause.agent ?? ""} /><p class="soft prose"><${Text} text=${cause.message} /></p></li>`)}</ul></section>` : null}
    ${found.map(([name, value]) => html`<section class="card" key=${name} aria-label=${name}><div class="card-head"><h2>${name}</h2></div><div class="card-body"><${Json} value=${value} /></div></section>`)}
    ${found.length || causes.length ? null : html`<section class="card"><${Empty} glyph="tasks" title="No contents" text="This task came without instructions or payload, and has no result yet." /></section>`}`;
}
