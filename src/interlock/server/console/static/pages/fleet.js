/** The fleet at a glance: what waits, who works on what, how fast, and what went wrong. */
import { call } from "../api/call.js";
import { useAnswer } from "../live/answer.js";
import { nowUs } from "../live/clock.js";
import { troubles } from "../live/feed.js";
import { Chart, Legend } from "../parts/chart.js";
import { Empty, Fault } from "../parts/empty.js";
import { Glyph } from "../parts/glyph.js";
import { lookOf } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Text } from "../parts/text.js";
import { Ago } from "../parts/time.js";
import { addressOf } from "../router.js";
import { kindOf, sentenceOf, taskOf } from "../text/events.js";
import { age, rate, roughAge, whole } from "../text/figures.js";
import { callCommand } from "../text/command.js";
import { html } from "../view.js";

const AGENTS_SHOWN = 12;
const QUEUES_SHOWN = 12;
const TROUBLES_SHOWN = 8;

export function FleetPage() {
  const { value, error, again } = useAnswer((signal) => call("get_fleet", {}, signal), ["fleet"], () => true);
  if (error && !value) return html`<${Fault} error=${error} again=${again} />`;
  if (!value) return html`<div class="tiles" aria-hidden="true">${Array.from({ length: 9 }, (_, index) => html`<div class="tile" key=${index}></div>`)}</div>`;
  if (!Object.keys(value.tasks ?? {}).length && !value.agent_count && !value.help_open) return html`<${FirstSteps} />`;
  return html`
    <${Tiles} fleet=${value} />
    <div class="split">
      <div class="stack">
        <section class="card" aria-label="Throughput"><div class="card-head"><h2>Tasks per second</h2><span class="push"></span><${Legend} /></div><${Chart} /></section>
        <${Agents} fleet=${value} />
      </div>
      <div class="stack"><${Queues} fleet=${value} /><${Troubles} /></div>
    </div>`;
}

/** @param {{fleet: any}} props */
function Tiles({ fleet }) {
  const tasks = fleet.tasks ?? {};
  const passedUs = Math.max(0, nowUs.value - fleet.now_us);
  const oldest = Math.max(0, ...(fleet.queues ?? []).map((/** @type {any} */ queue) => queue.oldest_ready_ms ?? 0));
  const pace = (fleet.throughput ?? []).find((/** @type {any} */ each) => each.minutes === 5);
  const minutes = pace?.covered_s ? pace.covered_s / 60 : 0;
  const letters = fleet.dead_letters ?? {};
  const dead = (letters.task ?? 0) + (letters.message ?? 0) + (letters.event ?? 0);
  const failed = pace?.failed ?? 0;
  const ended = failed + (pace?.completed ?? 0);
  return html`<dl class="tiles">
    <${Tile} name="Ready" figure=${whole(tasks.ready ?? 0)} note="to be claimed" href=${addressOf("tasks", "", { status: "ready" })} isZero=${!tasks.ready} />
    <${Tile} name="Oldest ready" figure=${oldest ? roughAge(oldest * 1_000 + passedUs) : "–"} note="its age" href=${addressOf("tasks", "", { status: "ready", order: "oldest" })} isZero=${!oldest} />
    <${Tile} name="Claimed" figure=${whole((tasks.claimed ?? 0) + (tasks.cancelling ?? 0))} note=${byAgents(fleet)} href=${addressOf("tasks", "", { status: "claimed" })} isZero=${!tasks.claimed && !tasks.cancelling} />
    <${Tile} name="Waiting" figure=${whole((tasks.blocked ?? 0) + (tasks.scheduled ?? 0))} note="not yet ready" title=${`${whole(tasks.blocked ?? 0)} blocked, ${whole(tasks.scheduled ?? 0)} scheduled`} href=${addressOf("tasks", "", { status: "blocked,scheduled" })} isZero=${!tasks.blocked && !tasks.scheduled} />
    <${Tile} name="Done / min" figure=${minutes ? rate((pace?.completed ?? 0) / minutes) : "–"} note=${`${whole(tasks.done ?? 0)} in all`} href=${addressOf("tasks", "", { status: "done" })} isZero=${!pace?.completed} />
    <${Tile} name="Failed" title="Attempts that failed, of those that ended in five minutes" figure=${ended ? `${rate((failed / ended) * 100)} %` : "–"} note=${`${whole(failed)} in 5 min`} tone=${failed ? "warn" : ""} isZero=${!failed} />
    <${Tile} name="Help wanted" figure=${whole(fleet.help_open ?? 0)} note="agents ask" tone=${fleet.help_open ? "warn" : ""} href=${addressOf("messages", "", { tab: "help" })} isZero=${!fleet.help_open} />
    <${Tile} name="Dead letters" figure=${whole(dead)} note="given up" tone=${dead ? "bad" : ""} href=${addressOf("messages", "", { tab: "dead" })} isZero=${!dead} />
    <${Tile} name="Open mail" figure=${whole(fleet.messages_open ?? 0)} note=${`${whole(fleet.messages_overdue ?? 0)} overdue`} tone=${fleet.messages_overdue ? "warn" : ""} href=${addressOf("messages", "", { tab: fleet.messages_overdue ? "overdue" : "undelivered" })} isZero=${!fleet.messages_open} />
  </dl>`;
}

function byAgents(/** @type {any} */ fleet) {
  const count = fleet.claim_count ? (fleet.agents ?? []).filter((/** @type {any} */ agent) => agent.claim_count).length : 0;
  return `by ${whole(count)} ${count === 1 ? "agent" : "agents"}`;
}

/** @param {{name: string, figure: string, note: string, title?: string, href?: string, tone?: string, isZero: boolean}} props */
function Tile({ name, figure, note, title, href, tone = "", isZero }) {
  return html`<${href ? "a" : "div"} class="tile" href=${href} title=${title}><dt>${name}</dt><dd class=${`tile-figure ${isZero ? "nothing" : tone}`}>${figure}</dd><dd class="tile-note">${note}</dd><//>`;
}

/** @param {{fleet: any}} props */
function Agents({ fleet }) {
  const agents = (fleet.agents ?? []).slice(0, AGENTS_SHOWN);
  const count = fleet.agent_count ?? agents.length;
  const passedUs = Math.max(0, nowUs.value - fleet.now_us);
  return html`<section class="card" aria-label="Agents">
    <div class="card-head"><h2>Agents</h2><span class="card-note">${whole(count)} known, ${whole(fleet.session_count ?? 0)} open sessions</span><a class="push" href="#/agents">All agents</a></div>
    ${agents.length ? html`<${Table} label="Agents" fits rows=${agents} keyOf=${(/** @type {any} */ agent) => agent.name} hrefOf=${(/** @type {any} */ agent) => addressOf("agents", agent.name)} columns=${[
      { name: "Agent", width: "minmax(0, 3fr)", cell: agentName },
      { name: "Now", width: "minmax(0, 5fr)", cell: (/** @type {any} */ agent) => (agent.claims?.[0] ? html`<${Text} text=${agent.claims[0].title} />${agent.claim_count > 1 ? html`<span class="faint">+${agent.claim_count - 1}</span>` : null}` : html`<span class="faint">idle</span>`) },
      { name: "For", width: "76px", isEnd: true, cell: (/** @type {any} */ agent) => (agent.claims?.[0] ? age(agent.claims[0].held_ms * 1_000 + passedUs) : "") },
      { name: "Lease", width: "76px", isEnd: true, isWideOnly: true, cell: (/** @type {any} */ agent) => lease(agent.claims?.[0], passedUs) },
      { name: "Mail", width: "44px", isEnd: true, isWideOnly: true, cell: (/** @type {any} */ agent) => agent.mail_count || html`<span class="faint">0</span>` },
    ]} />` : html`<${Empty} glyph="agents" title="No agent yet" text="An agent is known once it registers, opens a session or claims a task." command=${callCommand("claim_task", { agent: "builder-01", wait_s: 5 })} />`}
  </section>`;
}

function agentName(/** @type {any} */ agent) {
  const look = lookOf("agent", agent.status);
  const isBusy = agent.status === "active";
  return html`<span class=${`mark ${isBusy ? (agent.claim_count ? "busy" : "idle") : look.tone}`} title=${isBusy ? (agent.claim_count ? "working" : "idle") : look.label}><${Glyph} name=${isBusy ? (agent.claim_count ? "working" : "dot") : look.glyph} /></span><${Text} text=${agent.name} />`;
}

function lease(/** @type {any} */ claim, /** @type {number} */ passedUs) {
  if (!claim) return "";
  const leftUs = claim.lease_left_ms * 1_000 - passedUs;
  return html`<span class=${leftUs < 5_000_000 ? "warn" : "faint"}>${leftUs > 0 ? age(leftUs) : "ends now"}</span>`;
}

/** @param {{fleet: any}} props */
function Queues({ fleet }) {
  const queues = (fleet.queues ?? []).slice(0, QUEUES_SHOWN);
  const passedUs = Math.max(0, nowUs.value - fleet.now_us);
  return html`<section class="card" aria-label="Queues">
    <div class="card-head"><h2>Queues</h2><span class="card-note">${whole(fleet.queue_count ?? queues.length)} with open tasks</span></div>
    ${queues.length ? html`<${Table} label="Queues" fits rows=${queues} keyOf=${(/** @type {any} */ queue) => queue.queue} hrefOf=${(/** @type {any} */ queue) => addressOf("tasks", "", { queue: queue.queue })} columns=${[
      { name: "Queue", width: "minmax(0, 1fr)", cell: (/** @type {any} */ queue) => html`${queue.is_paused ? html`<span class="mark warn" title="paused"><${Glyph} name="pause" label="paused" /></span>` : null}<${Text} text=${queue.queue} />` },
      { name: "Ready", width: "52px", isEnd: true, cell: (/** @type {any} */ queue) => figure(queue.counts?.ready) },
      { name: "Claimed", width: "56px", isEnd: true, cell: (/** @type {any} */ queue) => figure((queue.counts?.claimed ?? 0) + (queue.counts?.cancelling ?? 0)) },
      { name: "Oldest", width: "84px", isEnd: true, cell: (/** @type {any} */ queue) => (queue.oldest_ready_ms ? age(queue.oldest_ready_ms * 1_000 + passedUs) : html`<span class="faint">–</span>`) },
    ]} />` : html`<${Empty} glyph="tasks" title="Every queue is empty" text="All work is done, or none came yet." command=${callCommand("create_task", { title: "Read the report" })} />`}
  </section>`;
}

function figure(/** @type {number | undefined} */ value) {
  return value ? whole(value) : html`<span class="faint">0</span>`;
}

function Troubles() {
  const events = troubles.value.slice(-TROUBLES_SHOWN).reverse();
  return html`<section class="card" aria-label="Trouble">
    <div class="card-head"><h2>Trouble</h2><a class="push" href=${addressOf("log", "", { noun: "trouble" })}>In the log</a></div>
    ${events.length ? html`<${Table} label="Trouble" fits rows=${events} keyOf=${(/** @type {any} */ event) => String(event.pos)} hrefOf=${(/** @type {any} */ event) => (taskOf(event) ? addressOf("tasks", taskOf(event)) : addressOf("log", "", { position: event.pos }))} columns=${[
      { name: "What", width: "minmax(0, 1fr)", cell: (/** @type {any} */ event) => html`<span class=${`mark ${kindOf(event).tone}`}><${Glyph} name=${kindOf(event).glyph} /></span><span class="cut"><bdi>${kindOf(event).label}</bdi> <span class="soft"><${Text} text=${sentenceOf(event) || taskOf(event)} /></span></span>` },
      { name: "Ago", width: "76px", isEnd: true, cell: (/** @type {any} */ event) => html`<${Ago} us=${event.at_us} />` },
    ]} />` : html`<${Empty} glyph="done" title="Nothing went wrong lately" text="Expired leases, failed attempts, dead letters, refused stale writes and escalations appear here as they happen." />`}
  </section>`;
}

function FirstSteps() {
  return html`<div class="card"><${Empty} glyph="fleet" title="No work yet" text="Create a task, and let an agent claim it. Both appear here at once." command=${callCommand("create_task", { title: "Read the report" })} /></div>`;
}
