/** A task's story, from its first event to its last. */
import { nowUs } from "../live/clock.js";
import { addressOf } from "../router.js";
import { kindOf, sentenceOf } from "../text/events.js";
import { clockTime, duration } from "../text/figures.js";
import { momentsOf, stretchesOf } from "../text/story.js";
import { html } from "../view.js";
import { Glyph } from "./glyph.js";
import { Text } from "./text.js";

const PAUSE_US = 1_000_000; // a shorter pause between two events is not worth a word

const FILLS = { waits: "fill-idle", sleeps: "fill-odd", works: "fill-busy", failed: "fill-bad", done: "fill-good" };
const WORDS = { waits: "waited for a claim", sleeps: "waited for its time or its needs", works: "was worked on", failed: "was worked on in vain", done: "was worked on and completed" };

/** The stretches of its life on one line. @param {{events: any[], isOpen: boolean}} props */
export function Lane({ events, isOpen }) {
  const last = events[events.length - 1]?.at_us ?? 0;
  const stretches = stretchesOf(events, isOpen ? nowUs.value : last);
  const from = stretches[0]?.from ?? 0;
  const length = Math.max(1, (stretches[stretches.length - 1]?.to ?? 0) - from);
  const x = (/** @type {number} */ us) => ((us - from) / length) * 1_000;
  return html`<svg class="lane" viewBox="0 0 1000 22" preserveAspectRatio="none" role="img" aria-label=${stretches.map((each) => `${WORDS[each.kind]} ${duration(each.to - each.from)}`).join(", ")}>
    ${stretches.map((each) => html`<rect key=${each.from} class=${FILLS[each.kind]} x=${x(each.from)} y=${each.kind === "waits" || each.kind === "sleeps" ? 8 : 2} width=${Math.max(2, x(each.to) - x(each.from) - 1)} height=${each.kind === "waits" || each.kind === "sleeps" ? 6 : 18}><title>${WORDS[each.kind]} for ${duration(each.to - each.from)}${each.agent ? ` by ${each.agent}` : ""}</title></rect>`)}
  </svg>`;
}

/** What the colours of the lane mean. */
export function LaneLegend() {
  return html`<div class="legend">${[["waits", "waits"], ["sleeps", "not yet due"], ["works", "works"], ["failed", "in vain"], ["done", "completed"]].map(([kind, word]) => html`<span key=${kind}><svg viewBox="0 0 18 8" aria-hidden="true"><rect class=${FILLS[/** @type {keyof typeof FILLS} */ (kind)]} y=${kind === "waits" || kind === "sleeps" ? 3 : 0} width="18" height=${kind === "waits" || kind === "sleeps" ? 3 : 8} /></svg>${word}</span>`)}</div>`;
}

/** Each event: when, what, who, under which fence. @param {{events: any[]}} props */
export function Timeline({ events }) {
  const moments = momentsOf(events);
  return html`<ol class="timeline">
    ${moments.map((moment, index) => {
      const pauseUs = index ? moment.event.at_us - moments[index - 1].last.at_us : 0;
      const kind = kindOf(moment.event);
      return html`<li class="moment" key=${moment.event.pos}>
        <div class="moment-when"><span title=${new Date(moment.event.at_us / 1_000).toISOString()}>${clockTime(moment.event.at_us)}</span></div>
        <div class=${`moment-rail ${kind.tone}`}><${Glyph} name=${kind.glyph} /></div>
        <div class="moment-what">
          <div class="moment-line"><strong class=${kind.tone}>${kind.label}${moment.count > 1 ? ` × ${moment.count}` : ""}</strong><span><${Text} text=${sentenceOf(moment.last)} /></span>${pauseUs >= PAUSE_US ? html`<span class="faint">after ${duration(pauseUs)}</span>` : null}</div>
          <div class="moment-fields">${factsOf(moment).map(([name, value]) => html`<span class="cut" key=${name}><span class="faint">${name}</span> <${Text} text=${value} /></span>`)}<a href=${addressOf("log", "", { position: moment.event.pos })}>position ${moment.event.pos}</a></div>
        </div>
      </li>`;
    })}
  </ol>`;
}

const ENDS_A_CLAIM = ["TaskCompleted", "TaskAttemptFailed", "LeaseExpired", "TaskReleased"];

/** @param {{event: any, last: any, count: number}} props @returns {[string, string][]} */
function factsOf({ event, last, count }) {
  const { claim = {} } = event;
  const isClaim = event.type === "TaskClaimed";
  /** @type {[string, unknown][]} */
  const facts = [
    ["attempt", claim.attempt],
    ["agent", isClaim ? "" : event.agent || claim.agent],
    ["fence", event.fence || claim.fence],
    ["current fence", event.current_fence],
    ["session", isClaim ? event.session : ""],
    ["lease", event.lease_ms ? duration(event.lease_ms * 1_000) : ""],
    ["until", count > 1 ? clockTime(last.at_us) : ""],
    ["held for", ENDS_A_CLAIM.includes(event.type) && claim.held_ms ? duration(claim.held_ms * 1_000) : ""],
    ["again in", event.due_us ? duration(event.due_us - event.at_us) : ""],
    ["because", claim.cause && !["TaskDied", "TaskAttemptFailed"].includes(event.type) ? claim.cause : ""],
  ];
  return facts.filter(([, value]) => value !== undefined && value !== "" && value !== 0).map(([name, value]) => [name, String(value)]);
}
