/** Tasks, messages and events that were given up, and the way back. */
import { call } from "../api/call.js";
import { useList } from "../live/list.js";
import { Act } from "../parts/act.js";
import { ask } from "../parts/dialog.js";
import { Empty, Fault } from "../parts/empty.js";
import { Glyph } from "../parts/glyph.js";
import { Table } from "../parts/table.js";
import { Text } from "../parts/text.js";
import { Ago } from "../parts/time.js";
import { complain, tell } from "../parts/toast.js";
import { addressOf, place, refine } from "../router.js";
import { whole } from "../text/figures.js";
import { html, useState } from "../view.js";

const REDRIVEN_MAX = 100; // ids in one command

/** @type {[string, string][]} */
const NOUNS = [["", "All"], ["task", "Tasks"], ["message", "Messages"], ["event", "Events"]];
const TYPES = new Set(["TaskDied", "TaskRetried", "MessageDied", "MessageRedriven", "EventDied", "EventRedriven"]);

export function DeadLetters() {
  const { noun = "" } = place.value.query;
  const list = useList("get_dead_letters", noun ? { noun } : {}, (event) => TYPES.has(event.type));
  const [picked, setPicked] = useState(/** @type {Set<string>} */ (new Set()));
  const ids = (list.rows ?? []).map((letter) => letter.id).filter((id) => picked.has(id));
  const pick = (/** @type {string} */ id) => setPicked((before) => { const after = new Set(before); if (!after.delete(id)) after.add(id); return after; });
  const all = () => setPicked(ids.length ? new Set() : new Set((list.rows ?? []).slice(0, REDRIVEN_MAX).map((letter) => letter.id)));
  return html`
    <div class="tools">
      <div class="chips" role="group" aria-label="Of what">${NOUNS.map(([value, name]) => html`<button class="chip" key=${name} aria-pressed=${value === noun ? "true" : "false"} onClick=${() => refine({ noun: value })}>${name}</button>`)}</div>
      <button class="button push" disabled=${!list.rows?.length} onClick=${all}>${ids.length ? "Pick none" : "Pick all"}</button>
      <${Act} verb="redrive_dead_letters" look="main" disabled=${!ids.length} onClick=${() => redrive(ids.slice(0, REDRIVEN_MAX)).then(() => { setPicked(new Set()); list.again(); })}><${Glyph} name="back" />Redrive ${ids.length ? whole(ids.length) : ""}<//>
    </div>
    <section class="card grow table" aria-label="Dead letters"><${Rows} list=${list} picked=${picked} pick=${pick} isFiltered=${Boolean(noun)} /></section>`;
}

async function redrive(/** @type {string[]} */ ids) {
  const fields = await ask({ title: ids.length === 1 ? "Bring this dead letter back?" : `Bring ${whole(ids.length)} dead letters back?`, action: "Redrive", body: html`<p>Tasks start afresh with all of their attempts, messages wait again with their whole time to live. Whatever made them fail may still be there.</p>` });
  if (!fields) return;
  try {
    const answer = await call("redrive_dead_letters", { ids });
    const skipped = answer.skipped ?? [];
    tell(`${whole(answer.redriven?.length ?? 0)} came back${skipped.length ? `, ${whole(skipped.length)} did not: ${skipped[0].message}` : "."}`);
  } catch (error) {
    complain(error);
  }
}

/** @param {{list: import("../live/list.js").List<any>, picked: Set<string>, pick: (id: string) => void, isFiltered: boolean}} props */
function Rows({ list, picked, pick, isFiltered }) {
  if (list.error && !list.rows) return html`<${Fault} error=${list.error} again=${list.again} />`;
  if (!list.rows) return null;
  if (!list.rows.length) return html`<${Empty} glyph="done" title=${isFiltered ? "None of this kind" : "No dead letters"} text="What fails for good, or is never settled, is kept here with its reasons until somebody brings it back. Nothing is dropped." />`;
  return html`<${Table} label="Dead letters" rows=${list.rows} keyOf=${(/** @type {any} */ letter) => letter.id} listKey=${list.key} more=${list.more} columns=${columnsOf(picked, pick)} />`;
}

/** @param {Set<string>} picked @param {(id: string) => void} pick @returns {import("../parts/table.js").Column<any>[]} */
function columnsOf(picked, pick) {
  return [
    { name: "", width: "20px", cell: (letter) => html`<input type="checkbox" aria-label=${`Pick ${letter.id}`} checked=${picked.has(letter.id)} onChange=${() => pick(letter.id)} />` },
    { name: "What", width: "minmax(0, 4fr)", cell: (letter) => html`<a class="cut" href=${placeOf(letter)}><${Text} text=${letter.title || letter.id} /></a>` },
    { name: "Kind", width: "68px", isWideOnly: true, cell: (letter) => letter.noun },
    { name: "Why", width: "minmax(0, 4fr)", cell: (letter) => html`<span class="bad cut"><${Text} text=${whyOf(letter)} /></span>` },
    { name: "Where", width: "minmax(0, 2fr)", isWideOnly: true, cell: (letter) => html`<span class="soft cut"><${Text} text=${letter.queue || letter.recipient || letter.topic} /></span>` },
    { name: "Tries", width: "44px", isEnd: true, isWideOnly: true, cell: (letter) => letter.tries },
    { name: "Redriven", width: "64px", isEnd: true, isWideOnly: true, cell: (letter) => letter.redriven || html`<span class="faint">never</span>` },
    { name: "Ago", width: "84px", isEnd: true, cell: (letter) => html`<${Ago} us=${letter.died_us} />` },
  ];
}

function whyOf(/** @type {any} */ letter) {
  const cause = letter.causes?.[letter.causes.length - 1];
  return `${letter.reason.replaceAll("_", " ")}${cause?.message ? `: ${cause.message}` : ""}`;
}

/** Where the whole of it is told. */
function placeOf(/** @type {any} */ letter) {
  if (letter.noun === "task") return addressOf("tasks", letter.id);
  if (letter.noun === "message") return addressOf("messages", letter.id.split("/")[0]);
  return addressOf("log", "", { position: letter.position });
}
