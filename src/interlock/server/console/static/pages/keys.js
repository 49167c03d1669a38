/** The keys that open this namespace. */
import { call, CallError } from "../api/call.js";
import { credential, keep } from "../api/credential.js";
import { isOpen } from "../api/standing.js";
import { useList } from "../live/list.js";
import { nowUs } from "../live/clock.js";
import { Act } from "../parts/act.js";
import { Copy } from "../parts/copy.js";
import { ask } from "../parts/dialog.js";
import { Empty, Fault } from "../parts/empty.js";
import { Glyph } from "../parts/glyph.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Text } from "../parts/text.js";
import { Ago, Until } from "../parts/time.js";
import { complain, tell } from "../parts/toast.js";
import { kindOf } from "../text/events.js";
import { html } from "../view.js";

const DAY_S = 86_400;
const concerns = (/** @type {{type: string}} */ event) => kindOf(event).noun === "key";

export function KeysPage() {
  const list = useList("get_keys", {}, concerns);
  return html`
    <div class="tools"><p class="soft">A key says who calls, and how much they may. Its secret is shown once, when it is made.</p><${Act} verb="create_key" look="main push" onClick=${() => create(list.again)}><${Glyph} name="plus" />Create a key<//></div>
    <section class="card grow table" aria-label="Keys"><${Rows} list=${list} /></section>`;
}

/** @param {{list: import("../live/list.js").List<any>}} props */
function Rows({ list }) {
  if (list.error && !list.rows) return html`<${Fault} error=${list.error} again=${list.again} />`;
  if (!list.rows) return null;
  if (!list.rows.length) return html`<${Empty} glyph="keys" title="No key yet" text="The server is open to everybody on its machine. With the first key it asks everybody for one." command="interlock keys create alice --role admin" />`;
  return html`<${Table} label="Keys" rows=${list.rows} keyOf=${(/** @type {any} */ key) => key.key_id} columns=${columnsOf(list.again)} listKey=${list.key} more=${list.more} />`;
}

/** @param {() => void} again @returns {import("../parts/table.js").Column<any>[]} */
function columnsOf(again) {
  return [
    { name: "Name", width: "minmax(0, 3fr)", cell: (key) => html`<${Text} text=${key.name} />` },
    { name: "Role", width: "80px", cell: (key) => key.role },
    { name: "Status", width: "var(--key-status-column)", isWideOnly: true, cell: (key) => html`<${Status} of="key" value=${statusOf(key)} />` },
    { name: "May", width: "minmax(0, 4fr)", isWideOnly: true, cell: (key) => html`<span class="soft cut"><${Text} text=${scopeOf(key)} /></span>` },
    { name: "Expires in", width: "92px", isEnd: true, isWideOnly: true, cell: (key) => (key.expires_us ? html`<${Until} us=${key.expires_us} passed="expired" />` : html`<span class="faint">never</span>`) },
    { name: "Age", width: "84px", isEnd: true, isWideOnly: true, cell: (key) => html`<${Ago} us=${key.created_us} />` },
    { name: "", width: "132px", isEnd: true, cell: (key) => html`<${Act} verb="rotate_key" look="small" onClick=${() => rotate(key, again)}>Rotate<//><${Act} verb="revoke_key" look="small danger" onClick=${() => revoke(key, again)}>Revoke<//>` },
  ];
}

function statusOf(/** @type {any} */ key) {
  if (key.expires_us && key.expires_us <= nowUs.value) return "expired";
  return key.grace_until_us > nowUs.value ? "rotated" : key.status;
}

function scopeOf(/** @type {any} */ key) {
  const parts = [key.verbs?.length ? key.verbs.join(", ") : "all verbs of its role"];
  if (key.queues?.length) parts.push(`queues ${key.queues.join(", ")}`);
  if (key.profile) parts.push(`profile ${key.profile}`);
  return parts.join(" · ");
}

async function create(/** @type {() => void} */ again) {
  const fields = await ask({ title: "Create a key", action: "Create the key", isWide: true, body: html`<${Form} />` });
  if (!fields) return;
  const isFirst = isOpen.peek() && !credential.peek();
  const listed = (/** @type {string} */ text) => text.split(/[\s,]+/).filter(Boolean);
  try {
    const made = await call("create_key", { name: fields.name, role: fields.role, verbs: listed(fields.verbs), queues: listed(fields.queues), profile: fields.profile, ...(Number(fields.expires) ? { expires: Number(fields.expires) * DAY_S } : {}) });
    await reveal(made, "Here is the key");
    if (isFirst && fields.role !== "agent") keep(made.key); // from now on the server asks everybody, and us first
  } catch (error) {
    complain(error);
  }
  again();
}

function Form() {
  return html`
    ${isOpen.value ? html`<p class="warn"><${Glyph} name="warn" /> With this key the server asks everybody for one.${credential.peek() ? "" : " Make yourself an admin key first: this tab goes on with it."}</p>` : null}
    <label class="field"><span>Name</span><input class="input" name="name" required maxlength="200" autofocus autocomplete="off" placeholder="builder-01" /><small>The agent or the person; every call under the key bears this name.</small></label>
    <label class="field"><span>Role</span><select class="input" name="role" defaultValue=${isOpen.peek() && !credential.peek() ? "admin" : "agent"}><option value="agent">agent: works</option><option value="viewer">viewer: reads</option><option value="operator">operator: steers</option><option value="approver">approver: decides</option><option value="admin">admin: does all</option></select></label>
    <label class="field"><span>Verbs</span><input class="input" name="verbs" autocomplete="off" placeholder="all of its role" /><small>Only these, parted by commas: claim_task, complete_task.</small></label>
    <label class="field"><span>Queues</span><input class="input" name="queues" autocomplete="off" placeholder="every queue" /></label>
    <label class="field"><span>Tools over MCP</span><select class="input" name="profile"><option value="">by its role</option><option>worker</option><option>orchestrator</option><option>operator</option></select></label>
    <label class="field"><span>Expires</span><select class="input" name="expires"><option value="0">never</option><option value="1">in a day</option><option value="30">in 30 days</option><option value="90">in 90 days</option></select></label>`;
}

async function rotate(/** @type {any} */ key, /** @type {() => void} */ again) {
  const fields = await ask({
    title: "Rotate this key?",
    action: "Make a new secret",
    body: html`<p><${Text} text=${key.name} /> gets a new secret. The one in use goes on working for the grace, and then it opens nothing.</p>
      <label class="field"><span>Grace</span><select class="input" name="grace_s"><option value="3600">an hour</option><option value="86400">a day</option><option value="0">none: it ends now</option></select></label>`,
  });
  if (!fields) return;
  try {
    await reveal(await call("rotate_key", { key_id: key.key_id, grace_s: Number(fields.grace_s) }), "Here is the new secret");
  } catch (error) {
    complain(error);
  }
  again();
}

async function revoke(/** @type {any} */ key, /** @type {() => void} */ again) {
  const fields = await ask({
    title: "Revoke this key?",
    action: "Revoke it for good",
    isDanger: true,
    body: html`<p>The next call of <${Text} text=${key.name} /> under <span class="code">${key.key_id}</span> is refused, and whatever waits under it is given up. This cannot be taken back.</p>
      <label class="field"><span>Reason</span><input class="input" name="reason" maxlength="2000" autofocus placeholder="for the log" /></label>`,
  });
  if (!fields) return;
  try {
    await call("revoke_key", { key_id: key.key_id, reason: fields.reason });
    tell("The key opens nothing any more.");
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    complain(error);
  }
  again();
}

/** Shows a secret this one time; it is nowhere else in the page. @param {any} made @param {string} title */
function reveal(made, title) {
  return ask({
    title,
    action: "I have kept it",
    isNotice: true,
    isWide: true,
    body: html`<p>It is shown this one time. Whoever has it acts as <${Text} text=${made.name} />.</p>
      <div class="secret"><code>${made.key}</code><${Copy} text=${made.key} what="key" /></div>
      <p class="soft">Hand it over in a variable: <code>INTERLOCK_KEY</code>.</p>`,
  });
}
