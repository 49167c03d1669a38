/** A task's story, read page by page. */
import { call } from "./call.js";
import { eventOf } from "./entries.js";

const PAGE_EVENTS = 500; // the most that one answer holds
const PAGES_MAX = 20; // a heartbeat each second for three hours; past it the log tells the rest

/**
 * The events that concern a task, oldest first, each with the attempt and the fence that it belongs to.
 * @param {string} taskId
 * @param {AbortSignal} [signal]
 * @returns {Promise<{events: import("../live/feed.js").LogEvent[], isWhole: boolean}>}
 */
export async function readStory(taskId, signal) {
  /** @type {import("../live/feed.js").LogEvent[]} */
  const events = [];
  let after = 0;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page = await call("get_timeline", { task_id: taskId, after, limit: PAGE_EVENTS }, signal);
    for (const entry of page.entries) {
      events.push({ ...eventOf({ pos: entry.position, event: { type: entry.type, at_us: entry.at_us, ...entry.fields } }), claim: entry });
    }
    after = page.next_after;
    if (!after) return { events, isWhole: true };
  }
  return { events, isWhole: false };
}
