/** One conversation, message by message, with what became of each. */
import { call } from "../api/call.js";
import { readDeadMail } from "../api/dead_mail.js";
import { useAnswer } from "../live/answer.js";
import { Copy } from "../parts/copy.js";
import { Empty, Fault } from "../parts/empty.js";
import { Glyph } from "../parts/glyph.js";
import { Status } from "../parts/status.js";
import { Block, isBlank, Json, Text } from "../parts/text.js";
import { Ago, Until } from "../parts/time.js";
import { addressOf } from "../router.js";
import { kindOf } from "../text/events.js";
import { html } from "../view.js";

const SHOWN_MAX = 100; // one page; a longer conversation says so
const WHOLE_MAX = 40; // messages whose payload and whole text are asked for, one by one

/** @param {{id: string}} props */
export function ThreadPage({ id }) {
  const { value, error, again } = useAnswer((signal) => readThread(id, signal), ["thread", id], (event) => kindOf(event).noun === "message");
  if (error && !value) return error.code === "not_found" ? html`<${Nothing} />` : html`<${Fault} error=${error} again=${again} />`;
  if (!value) return null;
  if (!value.messages.length) return html`<${Nothing} />`;
  const people = [...new Set(value.messages.flatMap((message) => [message.source, message.target]))];
  return html`
    <header class="page-head"><div class="page-title">
      <h1>${value.messages.length === 1 ? "One message" : `${value.messages.length} messages`}</h1>
      <div class="page-meta"><span class="code"><${Text} text=${id} /></span><${Copy} text=${id} what="id" /><span>between <${Text} text=${people.slice(0, 6).join(", ")} /></span></div>
    </div></header>
    ${value.isCut ? html`<p class="faint">The first ${SHOWN_MAX} of this thread.</p>` : null}
    <ol class="thread">${value.messages.map((message) => html`<${Letter} key=${message.id} message=${message} />`)}</ol>`;
}

function Nothing() {
  return html`<${Empty} glyph="search" title="There is no such thread" text="No message in this namespace belongs to it, or your key does not show them." />`;
}

/** The messages of a thread, oldest first. An address may also name a message in the midst of one. */
async function readThread(/** @type {string} */ id, /** @type {AbortSignal} */ signal) {
  const found = await allOf(id, signal);
  if (found.messages.length || !id.startsWith("message-")) return found;
  const { message } = await call("get_message", { message_id: id }, signal);
  return allOf(message.thread_id, signal);
}

async function allOf(/** @type {string} */ thread, /** @type {AbortSignal} */ signal) {
  /** @type {any[]} */
  const messages = [];
  let cursor = "";
  do {
    const page = await call("search_messages", { thread_id: thread, order: "oldest", limit: SHOWN_MAX, ...(cursor ? { cursor } : {}) }, signal);
    messages.push(...page.items);
    cursor = page.cursor;
  } while (cursor && messages.length < SHOWN_MAX);
  messages.sort((one, other) => one.sent_us - other.sent_us);
  const dead = messages.length ? await readDeadMail(signal) : new Map();
  const wholes = await Promise.all(messages.slice(0, WHOLE_MAX).map((message) => call("get_message", { message_id: message.id }, signal)));
  return { messages: messages.map((message, index) => ({ ...message, ...wholes[index]?.message, dead: dead.get(message.id) ?? [] })), isCut: Boolean(cursor) };
}

/** @param {{message: any}} props */
function Letter({ message }) {
  return html`<li class="letter card">
    <div class="letter-head">
      <span class="tag">${message.message_type}</span>
      <strong><a href=${addressOf("agents", message.source)}><${Text} text=${message.source} /></a></strong><span class="faint">to</span><strong><${Text} text=${message.target} /></strong>
      ${message.reply_to ? html`<span class="faint">answers <${Text} text=${message.reply_to} /></span>` : null}
      <span class="push faint"><${Ago} us=${message.sent_us} suffix=" ago" /></span>
    </div>
    <div class="letter-body">
      ${message.text ? html`<${Block} text=${message.text} />` : html`<p class="faint">No text.</p>`}
      ${isBlank(message.payload) ? null : html`<${Json} value=${message.payload} />`}
    </div>
    <div class="letter-foot">
      ${message.deliveries.map((/** @type {any} */ each) => html`<span key=${each.recipient}><${Status} of="delivery" value=${each.status} /> <${Text} text=${each.recipient} />${each.is_overdue ? html` <span class="warn">overdue</span>` : null}${each.delivery_count ? html` <span class="faint">handed out ${each.delivery_count} ×</span>` : null}</span>`)}
      ${message.dead.map((/** @type {any} */ letter) => html`<span key=${letter.id}><${Status} of="delivery" value="dead" /> <${Text} text=${letter.recipient} /> <span class="bad">${letter.reason.replaceAll("_", " ")}</span> <a href=${addressOf("messages", "", { tab: "dead", noun: "message" })}>redrive</a></span>`)}
      ${!message.open_count && !message.dead.length ? html`<span class="good"><${Glyph} name="done" /> settled</span>` : null}
      ${message.open_count ? html`<span class="faint">expires in <${Until} us=${message.expires_us} /></span>` : null}
      ${message.task_id ? html`<a href=${addressOf("tasks", message.task_id)}>${message.task_id}</a>` : null}
      <a class="push" href=${addressOf("log", "", { position: message.pos })}>position ${message.pos}</a>
    </div>
  </li>`;
}
