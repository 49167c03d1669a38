/** Statuses in words, with a glyph and a tone each. */
import { html } from "../view.js";
import { Glyph } from "./glyph.js";

/** @typedef {{glyph: string, tone: string, label: string}} Look */

/** @type {Record<string, Look>} */
const TASK = {
  blocked: { glyph: "blocked", tone: "idle", label: "blocked" },
  scheduled: { glyph: "waiting", tone: "odd", label: "scheduled" },
  ready: { glyph: "ready", tone: "", label: "ready" },
  claimed: { glyph: "working", tone: "busy", label: "claimed" },
  cancelling: { glyph: "cancelling", tone: "idle", label: "cancelling" },
  done: { glyph: "done", tone: "good", label: "done" },
  dead: { glyph: "dead", tone: "bad", label: "dead" },
  cancelled: { glyph: "cancelled", tone: "idle", label: "cancelled" },
};

/** @type {Record<string, Look>} */
const DELIVERY = {
  waiting: { glyph: "ready", tone: "", label: "waiting" },
  handed_out: { glyph: "working", tone: "busy", label: "handed out" },
  acked: { glyph: "done", tone: "good", label: "acknowledged" },
  dead: { glyph: "dead", tone: "bad", label: "dead" },
};

/** @type {Record<string, Look>} */
const AGENT = {
  active: { glyph: "done", tone: "good", label: "active" },
  paused: { glyph: "pause", tone: "warn", label: "paused" },
  quarantined: { glyph: "quarantine", tone: "bad", label: "quarantined" },
  unregistered: { glyph: "dot", tone: "idle", label: "never registered" },
};

/** @type {Record<string, Look>} */
const KEY = {
  active: { glyph: "done", tone: "good", label: "active" },
  expired: { glyph: "waiting", tone: "idle", label: "expired" },
  revoked: { glyph: "cancelled", tone: "bad", label: "revoked" },
  rotated: { glyph: "back", tone: "warn", label: "being replaced" },
};

export const LOOKS = { task: TASK, delivery: DELIVERY, agent: AGENT, key: KEY };

/** The look of a status; one that this console does not know is shown by its name. @param {keyof typeof LOOKS} of */
export function lookOf(of, /** @type {string} */ status) {
  return LOOKS[of][status] ?? { glyph: "dot", tone: "idle", label: status };
}

/** @param {{of: keyof typeof LOOKS, value: string, pill?: boolean}} props */
export function Status({ of, value, pill = false }) {
  const look = lookOf(of, value);
  return html`<span class=${`status ${look.tone} ${pill ? "pill" : ""}`}><${Glyph} name=${look.glyph} />${look.label}</span>`;
}
