/** What agents ask people for, and the answers: each goes to the mailbox of the agent that asked. */
import { call } from "../api/call.js";
import { may, standing } from "../api/standing.js";
import { useList } from "../live/list.js";
import { ask } from "../parts/dialog.js";
import { Empty, Fault } from "../parts/empty.js";
import { Table } from "../parts/table.js";
import { Block, Text } from "../parts/text.js";
import { Ago } from "../parts/time.js";
import { told } from "../parts/toast.js";
import { addressOf } from "../router.js";
import { callCommand } from "../text/command.js";
import { kindOf } from "../text/events.js";
import { html } from "../view.js";

const TONES = /** @type {Record<string, string>} */ ({ urgent: "bad", high: "warn", normal: "", low: "faint" });
const RANKS = ["urgent", "high", "normal", "low"];

export function HelpRequests() {
  const list = useList("get_help_requests", {}, (event) => kindOf(event).noun === "help");
  if (list.error && !list.rows) return html`<${Fault} error=${list.error} again=${list.again} />`;
  if (!list.rows) return null;
  if (!list.rows.length) return html`<section class="card grow"><${Empty} glyph="help" title="Nobody asks for help" text="An agent that cannot go on without a person asks here. The answer comes to its mailbox." command=${callCommand("request_help", { agent: "builder-01", title: "Which of the two rents holds?", urgency: "high" })} /></section>`;
  const rows = [...list.rows].sort((one, other) => RANKS.indexOf(one.urgency) - RANKS.indexOf(other.urgency) || one.created_us - other.created_us);
  return html`<section class="card grow table" aria-label="Help wanted"><${Table} label="Help wanted" rows=${rows} keyOf=${(/** @type {any} */ request) => request.id} columns=${columnsOf(list.again)} listKey=${list.key} more=${list.more} /></section>`;
}

/** @param {() => void} again @returns {import("../parts/table.js").Column<any>[]} */
function columnsOf(again) {
  return [
    { name: "Urgency", width: "56px", cell: (request) => html`<span class=${TONES[request.urgency] ?? ""}>${request.urgency}</span>` },
    { name: "Agent", width: "minmax(0, 3fr)", cell: (request) => html`<a class="cut" href=${addressOf("agents", request.agent)}><${Text} text=${request.agent} /></a>` },
    { name: "Asks", width: "minmax(0, 7fr)", cell: (request) => html`<${Text} text=${request.title} />` },
    { name: "About", width: "minmax(0, 2fr)", isWideOnly: true, cell: (request) => (request.task_id ? html`<a class="cut" href=${addressOf("tasks", request.task_id)}>${request.task_id}</a>` : html`<span class="faint">–</span>`) },
    { name: "Waits", width: "84px", isEnd: true, isWideOnly: true, cell: (request) => html`<${Ago} us=${request.created_us} />` },
    { name: "", width: "72px", isEnd: true, cell: (request) => html`<button class="button small" onClick=${() => open(request).then(again)}>${may("answer_help") ? "Answer" : "Read"}</button>` },
  ];
}

/** Shows the whole of it, with a field for the answer where the key allows one. @param {any} request */
async function open(request) {
  const isNotice = !may("answer_help");
  const fields = await ask({ title: isNotice ? "Help wanted" : "Answer this agent", action: isNotice ? "Close" : "Send the answer", isNotice, isWide: true, body: html`<${Form} request=${request} isNotice=${isNotice} />` });
  if (!fields || isNotice) return;
  const named = fields.by ? { agent: fields.by } : {};
  await told(call("answer_help", { help_id: request.id, answer: fields.answer, ...named }), `The answer is in the mailbox of ${request.agent}.`);
}

/** @param {{request: any, isNotice: boolean}} props */
function Form({ request, isNotice }) {
  return html`
    <p><strong><${Text} text=${request.agent} /></strong> asks: <${Text} text=${request.title} /></p>
    ${request.summary ? html`<${Block} text=${request.summary} />` : null}
    ${isNotice ? html`<p class="soft">Your key (${standing.value?.role}) does not allow answer_help.</p>` : html`
      ${standing.value?.name ? null : html`<label class="field"><span>Your name</span><input class="input" name="by" required maxlength="200" defaultValue="operator" autocomplete="off" /></label>`}
      <label class="field"><span>Answer</span><textarea class="input" name="answer" rows="4" required maxlength="65536" autofocus placeholder="what the agent needs to go on"></textarea></label>`}`;
}
