/** Messages that somebody has not read, or has read and not settled in time. */
import { useList } from "../live/list.js";
import { Empty, Fault } from "../parts/empty.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Text } from "../parts/text.js";
import { Ago } from "../parts/time.js";
import { addressOf } from "../router.js";
import { kindOf } from "../text/events.js";
import { age, whole } from "../text/figures.js";
import { nowUs } from "../live/clock.js";
import { html } from "../view.js";

/** @param {{isOverdue: boolean}} props */
export function Deliveries({ isOverdue }) {
  const list = useList("search_messages", isOverdue ? { is_overdue: true, order: "oldest" } : { status: "waiting", order: "oldest" }, (event) => kindOf(event).noun === "message");
  if (list.error && !list.rows) return html`<${Fault} error=${list.error} again=${list.again} />`;
  if (!list.rows) return null;
  if (!list.rows.length) return html`<section class="card grow"><${isOverdue ? NoneOverdue : NoneWaiting} /></section>`;
  return html`<section class="card grow table" aria-label=${isOverdue ? "Overdue" : "Undelivered"}><${Table} label="Messages" rows=${list.rows} keyOf=${(/** @type {any} */ message) => message.id} hrefOf=${(/** @type {any} */ message) => addressOf("messages", message.thread_id)} columns=${COLUMNS} listKey=${list.key} more=${list.more} /></section>`;
}

function NoneOverdue() {
  return html`<${Empty} glyph="done" title="Nothing is overdue" text="A message is overdue when its recipient was handed it and did not settle it before its visibility ended. It comes again, until it is settled or given up." />`;
}

function NoneWaiting() {
  return html`<${Empty} glyph="done" title="Everything was read" text="Messages that nobody has read yet wait here, the oldest first." />`;
}

/** @type {import("../parts/table.js").Column<any>[]} */
const COLUMNS = [
  { name: "For", width: "minmax(0, 2fr)", cell: (message) => html`<${Text} text=${waitingFor(message)} />` },
  { name: "Type", width: "84px", isWideOnly: true, cell: (message) => html`<span class="tag">${message.message_type}</span>` },
  { name: "Message", width: "minmax(0, 5fr)", cell: (message) => html`<span class="cut"><${Text} text=${message.text || "(no text)"} /></span>` },
  { name: "From", width: "minmax(0, 2fr)", isWideOnly: true, cell: (message) => html`<span class="soft cut"><${Text} text=${message.source} /></span>` },
  { name: "State", width: "116px", isWideOnly: true, cell: (message) => html`<${Status} of="delivery" value=${message.deliveries[0]?.status ?? "waiting"} />` },
  { name: "Handed out", width: "76px", isEnd: true, isWideOnly: true, cell: (message) => whole(Math.max(0, ...message.deliveries.map((/** @type {any} */ each) => each.delivery_count))) },
  { name: "Expires in", width: "84px", isEnd: true, isWideOnly: true, cell: (message) => age(message.sent_us + (message.age_ms + message.expires_in_ms) * 1_000 - nowUs.value) },
  { name: "Waits", width: "84px", isEnd: true, cell: (message) => html`<${Ago} us=${message.sent_us} />` },
];

/** Its recipients, the first ones by name. @param {any} message */
function waitingFor(message) {
  const names = message.deliveries.map((/** @type {any} */ each) => each.recipient);
  return names.length ? `${names.slice(0, 3).join(", ")}${message.open_count > 3 ? ` and ${message.open_count - 3} more` : ""}` : message.target;
}
