/** The state as it was at a position: the log folded from its beginning, or on from the position that was asked for before. */
import { call } from "./call.js";
import { eventOf } from "./entries.js";
import { Fold } from "../text/fold.js";

const READ_EVENTS = 1_000; // the most that one answer holds
export const FOLDED_MAX = 50_000; // events; past it the browser is the wrong place to fold a log

let known = new Fold();

/** @param {number} position @param {AbortSignal} signal @returns {Promise<{counts: [string, number][], atUs: number} | null>} null when the log is too long */
export async function readStateAt(position, signal) {
  if (position > FOLDED_MAX) return null;
  const fold = known.position <= position ? known : new Fold();
  known = new Fold(); // nobody else goes on with it meanwhile
  while (fold.position < position) {
    const limit = Math.min(READ_EVENTS, position - fold.position);
    const page = await call("read_log", { after: fold.position, limit }, signal);
    if (!page.entries.length) break;
    for (const entry of page.entries) fold.apply(eventOf(entry));
  }
  known = fold;
  return { counts: fold.counts(), atUs: fold.atUs };
}
