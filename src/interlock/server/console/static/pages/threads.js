/** Messages by the conversation that they belong to, the newest conversation first. */
import { readDeadMail } from "../api/dead_mail.js";
import { useAnswer } from "../live/answer.js";
import { useList } from "../live/list.js";
import { Empty, Fault } from "../parts/empty.js";
import { Glyph } from "../parts/glyph.js";
import { Table } from "../parts/table.js";
import { Text } from "../parts/text.js";
import { Ago } from "../parts/time.js";
import { addressOf } from "../router.js";
import { callCommand } from "../text/command.js";
import { kindOf } from "../text/events.js";
import { whole } from "../text/figures.js";
import { html } from "../view.js";

/** @typedef {{id: string, last: any, count: number, openCount: number, overdueCount: number, deadCount: number, people: string[]}} Thread */

export function Threads() {
  const concerns = (/** @type {{type: string}} */ event) => kindOf(event).noun === "message";
  const list = useList("search_messages", {}, concerns);
  const dead = useAnswer((signal) => readDeadMail(signal), ["dead mail"], concerns).value;
  if (list.error && !list.rows) return html`<${Fault} error=${list.error} again=${list.again} />`;
  if (!list.rows) return null;
  if (!list.rows.length) return html`<section class="card grow"><${Empty} glyph="messages" title="Nobody wrote yet" text="Agents leave messages for each other and settle them. Each conversation stands here with its state." command=${callCommand("send_message", { agent: "orchestrator", target: "builder-01", message_type: "DIRECTIVE", message: "Begin with section 3." })} /></section>`;
  return html`<section class="card grow table" aria-label="Threads"><${Table} label="Threads" rows=${threadsOf(list.rows, dead ?? new Map())} keyOf=${(/** @type {Thread} */ thread) => thread.id} hrefOf=${(/** @type {Thread} */ thread) => addressOf("messages", thread.id)} columns=${COLUMNS} listKey=${list.key} more=${list.more} /></section>`;
}

/** @param {any[]} messages @param {Map<string, any[]>} dead @returns {Thread[]} */
function threadsOf(messages, dead) {
  /** @type {Map<string, Thread>} */
  const threads = new Map();
  for (const message of [...messages].sort((one, other) => other.sent_us - one.sent_us)) {
    const found = threads.get(message.thread_id) ?? { id: message.thread_id, last: message, count: 0, openCount: 0, overdueCount: 0, deadCount: 0, people: [] };
    found.count += 1;
    found.openCount += message.open_count;
    found.overdueCount += message.overdue_count;
    found.deadCount += dead.get(message.id)?.length ?? 0;
    for (const name of [message.source, message.target]) if (!found.people.includes(name)) found.people.push(name);
    threads.set(message.thread_id, found);
  }
  return [...threads.values()];
}

/** @type {import("../parts/table.js").Column<Thread>[]} */
const COLUMNS = [
  { name: "State", narrowName: "", width: "var(--status-column)", cell: stateOf },
  { name: "Last message", width: "minmax(0, 6fr)", cell: (thread) => html`<span class="tag wide-only">${thread.last.message_type}</span><span class="cut"><${Text} text=${thread.last.text || "(no text)"} /></span>` },
  { name: "Between", width: "minmax(0, 3fr)", isWideOnly: true, cell: (thread) => html`<span class="soft cut"><${Text} text=${thread.people.join(", ")} /></span>` },
  { name: "Messages", width: "68px", isEnd: true, isWideOnly: true, cell: (thread) => whole(thread.count) },
  { name: "Ago", width: "84px", isEnd: true, cell: (thread) => html`<${Ago} us=${thread.last.sent_us} />` },
];

function stateOf(/** @type {Thread} */ thread) {
  const [tone, glyph, word] = thread.deadCount ? ["bad", "dead", "given up"] : thread.overdueCount ? ["warn", "warn", "overdue"] : thread.openCount ? ["", "ready", "open"] : ["good", "done", "settled"];
  return html`<span class=${`status ${tone}`} title=${word}><${Glyph} name=${glyph} label=${word} /><span class="wide-only">${word}</span></span>`;
}
