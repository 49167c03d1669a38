/** Dead letters by the message that they are a delivery of. */
import { call } from "./call.js";

const READ_MAX = 100; // one answer; who has more of them looks at the list of dead letters

/** @param {AbortSignal} [signal] @returns {Promise<Map<string, any[]>>} */
export async function readDeadMail(signal) {
  const page = await call("get_dead_letters", { noun: "message", limit: READ_MAX }, signal);
  /** @type {Map<string, any[]>} */
  const found = new Map();
  for (const letter of page.items) {
    const message = letter.id.slice(0, letter.id.indexOf("/"));
    found.set(message, [...(found.get(message) ?? []), letter]);
  }
  return found;
}
