/** One agent: what it does, what it knows, and what it hands to its next session. */
import { call } from "../api/call.js";
import { useAnswer } from "../live/answer.js";
import { useHistory } from "../live/history.js";
import { Act } from "../parts/act.js";
import { ask } from "../parts/dialog.js";
import { Empty, Fault } from "../parts/empty.js";
import { Glyph } from "../parts/glyph.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Block, isBlank, Json, Text } from "../parts/text.js";
import { Ago, Until } from "../parts/time.js";
import { told } from "../parts/toast.js";
import { addressOf } from "../router.js";
import { agentsOf, kindOf, sentenceOf, taskOf } from "../text/events.js";
import { whole } from "../text/figures.js";
import { callCommand } from "../text/command.js";
import { html } from "../view.js";

/** @param {{id: string}} props */
export function AgentPage({ id: name }) {
  const concerns = (/** @type {any} */ event) => agentsOf(event).includes(name) || kindOf(event).noun === "task";
  const { value, error, again } = useAnswer((signal) => readAgent(name, signal), ["agent", name], concerns);
  if (error && !value) return error.code === "not_found" ? html`<${Empty} glyph="search" title="There is no such agent" text="Nobody of that name registered, opened a session or holds a task in this namespace." />` : html`<${Fault} error=${error} again=${again} />`;
  if (!value) return null;
  return html`
    <${Head} agent=${value.agent} again=${again} />
    <div class="split">
      <div class="stack"><${Claims} tasks=${value.tasks} /><${Handoff} program=${value.program} /><${History} name=${name} /></div>
      <div class="stack"><${Known} agent=${value.agent} sessions=${value.sessions} /><${Patterns} program=${value.program} /><${Failures} program=${value.program} /></div>
    </div>`;
}

async function readAgent(/** @type {string} */ name, /** @type {AbortSignal} */ signal) {
  const [agent, tasks, sessions, program] = await Promise.all([
    call("get_agent", { name }, signal),
    call("get_tasks", { holder: name, limit: 50 }, signal),
    call("get_sessions", { name, limit: 20 }, signal),
    call("get_program_state", { agent: name }, signal),
  ]);
  return { agent, tasks: tasks.items, sessions: sessions.items, program };
}

/** @param {{agent: any, again: () => void}} props */
function Head({ agent, again }) {
  const isActive = agent.status === "active";
  return html`<header class="page-head">
    <div class="page-title">
      <h1><${Text} text=${agent.name} /></h1>
      <div class="page-meta"><${Status} of="agent" value=${agent.status} pill />${agent.reason && !isActive ? html`<span class="soft"><${Text} text=${agent.reason} /></span>` : null}</div>
    </div>
    <div class="page-actions">
      ${isActive ? html`<${Act} verb="pause_agent" onClick=${() => pause(agent.name, again)}><${Glyph} name="pause" />Pause<//>` : html`<${Act} verb="resume_agent" look="main" onClick=${() => resume(agent.name, again)}><${Glyph} name="working" />Resume<//>`}
      ${agent.status === "quarantined" ? null : html`<${Act} verb="quarantine_agent" look="danger" onClick=${() => quarantine(agent.name, again)}><${Glyph} name="quarantine" />Quarantine<//>`}
    </div>
  </header>`;
}

async function pause(/** @type {string} */ name, /** @type {() => void} */ again) {
  const fields = await ask({ title: "Pause this agent?", action: "Pause", body: html`<p><${Text} text=${name} /> gets no new claims. What it holds it may finish.</p>${reason()}` });
  if (!fields) return;
  await told(call("pause_agent", { name, reason: fields.reason }), "The agent is paused.", () => resume(name, again));
  again();
}

async function quarantine(/** @type {string} */ name, /** @type {() => void} */ again) {
  const fields = await ask({ title: "Quarantine this agent?", action: "Quarantine", isDanger: true, body: html`<p><${Text} text=${name} /> may neither claim nor send nor read messages until a person resumes it. Writes under the claims that it holds still count.</p>${reason()}` });
  if (!fields) return;
  await told(call("quarantine_agent", { name, reason: fields.reason }), "The agent is quarantined.", () => resume(name, again));
  again();
}

async function resume(/** @type {string} */ name, /** @type {() => void} */ again) {
  await told(call("resume_agent", { name }), "The agent may act again.");
  again();
}

function reason() {
  return html`<label class="field"><span>Reason</span><input class="input" name="reason" maxlength="2000" autofocus placeholder="for the log, and for the agent" /></label>`;
}

/** @param {{tasks: any[]}} props */
function Claims({ tasks }) {
  return html`<section class="card" aria-label="Now"><div class="card-head"><h2>Now</h2><span class="card-note">${tasks.length ? `holds ${whole(tasks.length)}` : "idle"}</span></div>
    <div class="now table">${tasks.length ? html`<${Table} label="Held tasks" rows=${tasks} keyOf=${(/** @type {any} */ task) => task.id} hrefOf=${(/** @type {any} */ task) => addressOf("tasks", task.id)} columns=${[
      { name: "Task", width: "minmax(0, 5fr)", cell: (/** @type {any} */ task) => html`<${Text} text=${task.title} />` },
      { name: "Queue", width: "minmax(0, 2fr)", isWideOnly: true, cell: (/** @type {any} */ task) => html`<${Text} text=${task.queue} />` },
      { name: "For", width: "84px", isEnd: true, cell: (/** @type {any} */ task) => html`<${Ago} us=${task.claimed_us} />` },
      { name: "Lease", width: "84px", isEnd: true, cell: (/** @type {any} */ task) => html`<${Until} us=${task.claimed_us + (task.held_ms + task.lease_left_ms) * 1_000} passed="ends now" />` },
    ]} />` : html`<div class="card-body soft">It holds no task.</div>`}</div>
  </section>`;
}

/** @param {{program: any}} props */
function Handoff({ program }) {
  const summary = program.context_summary ?? {};
  const last = summary.last_task;
  const lists = [["Works on", summary.active_work_items], ["Open questions", summary.open_questions]].filter(([, items]) => !isBlank(items));
  return html`<section class="card" aria-label="Handoff"><div class="card-head"><h2>Handoff to the next session</h2>${program.version ? html`<span class="card-note">version ${whole(program.version)}, <${Ago} us=${program.updated_us} suffix=" ago" /></span>` : null}</div>
    ${!program.version ? html`<${Empty} glyph="flag" title="Nothing kept yet" text="An agent keeps here what its next session needs: notes, patterns, failures." command=${callCommand("update_program_state", { agent: cliName(program.agent), context_summary: { handoff_notes: "Begin with section 3." } })} />` : html`<div class="card-body stack">
      ${summary.handoff_notes ? html`<${Block} text=${summary.handoff_notes} />` : html`<p class="soft">No notes.</p>`}
      ${last ? html`<p><span class="faint">Last task</span> ${last.task_id ? html`<a href=${addressOf("tasks", last.task_id)}><${Text} text=${last.title || last.task_id} /></a>` : html`<${Text} text=${last.title} />`} <span class="soft"><${Text} text=${last.outcome} /></span></p>` : null}
      ${lists.map(([name, items]) => html`<div key=${name}><h2>${name}</h2><ul>${items.slice(0, 20).map((/** @type {string} */ item, /** @type {number} */ index) => html`<li key=${index}>· <${Text} text=${item} /></li>`)}</ul></div>`)}
      ${isBlank(program.config) ? null : html`<div><h2>Configuration</h2><${Json} value=${program.config} /></div>`}
    </div>`}
  </section>`;
}

/** Only names that need no quoting go into a command that somebody may paste. */
function cliName(/** @type {string} */ name) {
  return /^[\w.@:-]{1,60}$/.test(name) ? name : "builder-01";
}

/** @param {{agent: any, sessions: any[]}} props */
function Known({ agent, sessions }) {
  return html`<section class="card" aria-label="Known"><div class="card-head"><h2>Known of it</h2></div><dl class="card-body facts">
    ${agent.description ? html`<div class="span-all"><dt>Description</dt><dd class="prose"><${Text} text=${agent.description} /></dd></div>` : null}
    <div><dt>Capabilities</dt><dd>${agent.capabilities?.length ? html`<${Text} text=${agent.capabilities.join(", ")} />` : html`<span class="faint">none told</span>`}</dd></div>
    <div><dt>Groups</dt><dd>${agent.groups?.length ? agent.groups.map((/** @type {string} */ group) => html`<a key=${group} href=${addressOf("agents", "", { group })}><${Text} text=${group} /> </a>`) : html`<span class="faint">none</span>`}</dd></div>
    <div class="span-all"><dt>Open sessions</dt><dd>${sessions.length ? html`<ul>${sessions.map((session) => html`<li key=${session.session}><span class="code cut"><${Text} text=${session.session} /></span><span class="faint">for <${Ago} us=${session.opened_us} /></span></li>`)}</ul>` : html`<span class="faint">none</span>`}</dd></div>
  </dl></section>`;
}

/** @param {{program: any}} props */
function Patterns({ program }) {
  const patterns = [...(program.learned_patterns ?? [])].sort((one, other) => other.confidence - one.confidence).slice(0, 20);
  if (!patterns.length) return null;
  return html`<section class="card" aria-label="Patterns"><div class="card-head"><h2>Learned patterns</h2><span class="card-note">${whole(program.learned_patterns.length)}</span></div>
    <ul>${patterns.map((pattern, index) => html`<li class="pattern" key=${index}>
      <span><${Text} text=${pattern.pattern} />${pattern.domain ? html` <span class="faint"><${Text} text=${pattern.domain} /></span>` : null}</span>
      <svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="fill-busy" width=${pattern.confidence * 100} /></svg>
      <span class="soft">${pattern.confidence.toFixed(2)}</span></li>`)}</ul></section>`;
}

/** @param {{program: any}} props */
function Failures({ program }) {
  const failures = [...(program.past_failures ?? [])].slice(-20).reverse();
  if (!failures.length) return null;
  return html`<section class="card" aria-label="Past failures"><div class="card-head"><h2>Past failures</h2></div>
    <ul class="rows">${failures.map((failure, index) => html`<li key=${index}><p><${Text} text=${failure.what} /></p>${failure.why ? html`<p class="soft">because <${Text} text=${failure.why} /></p>` : null}${failure.remedy ? html`<p class="good">next time <${Text} text=${failure.remedy} /></p>` : null}</li>`)}</ul></section>`;
}

/** @param {{name: string}} props */
function History({ name }) {
  const history = useHistory((event) => agentsOf(event).includes(name), 0, `agent ${name}`);
  const rows = history.rows.value.slice(0, 200);
  return html`<section class="card" aria-label="History"><div class="card-head"><h2>History</h2><a class="push" href=${addressOf("log", "", { text: name })}>In the log</a></div>
    ${rows.length ? html`<div class="history table"><${Table} label="History" rows=${rows} keyOf=${(/** @type {any} */ event) => String(event.pos)} hrefOf=${(/** @type {any} */ event) => (taskOf(event) ? addressOf("tasks", taskOf(event)) : addressOf("log", "", { position: event.pos }))} columns=${[
      { name: "What", width: "minmax(0, 1fr)", cell: (/** @type {any} */ event) => html`<span class=${`mark ${kindOf(event).tone}`}><${Glyph} name=${kindOf(event).glyph} /></span><span class="cut">${kindOf(event).label} <span class="soft"><${Text} text=${taskOf(event) || sentenceOf(event)} /></span></span>` },
      { name: "Ago", width: "84px", isEnd: true, cell: (/** @type {any} */ event) => html`<${Ago} us=${event.at_us} />` },
    ]} /></div>` : html`<div class="card-body soft">${history.isReading.value ? "Looking back …" : "Nothing in the last part of the log."}</div>`}
    ${history.lowest.value > 1 ? html`<div class="table-more"><button class="button small" disabled=${history.isReading.value} onClick=${() => history.back()}>Looked back to position ${whole(history.lowest.value)}: look further</button></div>` : null}
  </section>`;
}
