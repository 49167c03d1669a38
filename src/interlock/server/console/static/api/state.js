/** The state as it was at a position, folded by the server. */
import { call } from "./call.js";

const PATIENCE_MS = 120_000; // a long history takes its time, and other questions may come first

/** @typedef {{kind: string, id: string, queue: string, status: string, position: number, body: any}} PastRow */
/** @typedef {{position: number, at_us: number, counts: Record<string, Record<string, number>>, rows: PastRow[]}} Past */

export const ROWS_MAX = 200; // so many rows come with one answer

/** @param {number} position @param {string} kind @param {string} id @param {AbortSignal} signal @returns {Promise<Past>} */
export function readStateAt(position, kind, id, signal) {
  return call("get_state_at", { position, kind, id }, signal, PATIENCE_MS);
}
