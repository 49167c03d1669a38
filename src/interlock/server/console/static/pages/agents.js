/** Who is there, and what each does now. */
import { nowUs } from "../live/clock.js";
import { useList } from "../live/list.js";
import { Empty, Fault } from "../parts/empty.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Text } from "../parts/text.js";
import { addressOf, place, refine } from "../router.js";
import { kindOf } from "../text/events.js";
import { age, whole } from "../text/figures.js";
import { callCommand } from "../text/command.js";
import { html } from "../view.js";

/** @type {[string, Record<string, string>][]} */
const CHIPS = [
  ["All", { status: "", busy: "" }],
  ["Working", { status: "", busy: "true" }],
  ["Idle", { status: "", busy: "false" }],
  ["Paused", { status: "paused", busy: "" }],
  ["Quarantined", { status: "quarantined", busy: "" }],
];

const concerns = (/** @type {{type: string}} */ event) => ["agent", "session", "task", "message"].includes(kindOf(event).noun);

export function AgentsPage() {
  const { status = "", busy = "", group = "" } = place.value.query;
  const fields = { ...(status ? { status } : {}), ...(busy ? { busy: busy === "true" } : {}), ...(group ? { group } : {}) };
  const list = useList("get_agents", fields, concerns);
  return html`
    <div class="tools"><div class="chips" role="group" aria-label="Status">
      ${CHIPS.map(([name, wanted]) => html`<button class="chip" key=${name} aria-pressed=${wanted.status === status && wanted.busy === busy ? "true" : "false"} onClick=${() => refine(wanted)}>${name}</button>`)}
    </div>
    ${group ? html`<button class="chip" onClick=${() => refine({ group: "" })}>group <${Text} text=${group} /> ×</button>` : null}
    ${list.isStale ? html`<button class="chip push" onClick=${list.again}>The list has changed: ask again</button>` : null}</div>
    <section class="card grow table" aria-label="Agents"><${Rows} list=${list} isFiltered=${Boolean(status || busy || group)} /></section>`;
}

/** @param {{list: import("../live/list.js").List<any>, isFiltered: boolean}} props */
function Rows({ list, isFiltered }) {
  if (list.error && !list.rows) return html`<${Fault} error=${list.error} again=${list.again} />`;
  if (!list.rows) return null;
  if (!list.rows.length && isFiltered) return html`<${Empty} glyph="search" title="No agent is like that" text="Choose All to see every agent that this ledger knows." />`;
  if (!list.rows.length) return html`<${Empty} glyph="agents" title="No agent yet" text="An agent is known once it registers, opens a session or claims a task." command=${callCommand("register_agent", { agent: "builder-01", capabilities: ["python"] })} />`;
  return html`<${Table} label="Agents" rows=${list.rows} keyOf=${(/** @type {any} */ agent) => agent.name} hrefOf=${(/** @type {any} */ agent) => addressOf("agents", agent.name)} columns=${COLUMNS} listKey=${list.key} more=${list.more} />`;
}

/** @type {import("../parts/table.js").Column<any>[]} */
const COLUMNS = [
  { name: "Agent", width: "minmax(0, 3fr)", cell: (agent) => html`<${Text} text=${agent.name} />` },
  { name: "Status", width: "116px", cell: (agent) => html`<${Status} of="agent" value=${agent.is_registered ? agent.status : "unregistered"} />` },
  { name: "Now", width: "minmax(0, 5fr)", isWideOnly: true, cell: now },
  { name: "For", width: "84px", isEnd: true, cell: (agent) => (agent.claims?.[0] ? age(nowUs.value - agent.claims[0].claimed_us) : html`<span class="faint">idle</span>`) },
  { name: "Sessions", width: "64px", isEnd: true, isWideOnly: true, cell: (agent) => whole(agent.session_count) },
  { name: "Mail", width: "52px", isEnd: true, isWideOnly: true, cell: (agent) => whole(agent.mail_count) },
  { name: "Groups", width: "minmax(0, 2fr)", isWideOnly: true, cell: (agent) => html`<span class="soft cut"><${Text} text=${(agent.groups ?? []).join(", ")} /></span>` },
];

function now(/** @type {any} */ agent) {
  if (agent.claims?.[0]) return html`<${Text} text=${agent.claims[0].title} />${agent.claim_count > 1 ? html`<span class="faint">+${agent.claim_count - 1}</span>` : null}`;
  return agent.reason && agent.status !== "active" ? html`<span class="soft cut"><${Text} text=${agent.reason} /></span>` : null;
}
