/** One task's events as a story: the stretches of its life, and heartbeats told once. */

/** @typedef {import("../live/feed.js").LogEvent} LogEvent */
/** @typedef {{from: number, to: number, kind: "waits" | "sleeps" | "works" | "failed" | "done", attempt: number, agent: string}} Stretch */

const BEGINS = /** @type {Record<string, Stretch["kind"]>} */ ({
  TaskUnblocked: "waits", TaskBecameDue: "waits", TaskReleased: "waits", TaskRetried: "waits",
  TaskClaimed: "works", TaskAttemptFailed: "sleeps", LeaseExpired: "sleeps",
});
const ENDS = new Set(["TaskCompleted", "TaskDied", "TaskCancelled"]);

/** What the task did when. The last stretch reaches to `nowUs` while the task is open. @param {LogEvent[]} events @param {number} nowUs @returns {Stretch[]} */
export function stretchesOf(events, nowUs) {
  /** @type {Stretch[]} */
  const found = [];
  /** @type {Stretch | null} */
  let open = null;
  let attempt = 0;
  for (const event of events) {
    const begins = event.type === "TaskCreated" ? firstKind(event) : BEGINS[event.type];
    const ends = ENDS.has(event.type);
    if (!begins && !ends) continue;
    if (open) found.push({ ...open, to: event.at_us, kind: outcome(open, event) });
    if (begins === "works") attempt += 1;
    open = begins && !ends ? { from: event.at_us, to: event.at_us, kind: begins, attempt, agent: event.agent ?? "" } : null;
  }
  if (open) found.push({ ...open, to: Math.max(nowUs, open.from) });
  return found;
}

/** How long it waited to be claimed, and how long it was worked on. @param {Stretch[]} stretches */
export function totalsOf(stretches) {
  const sum = (/** @type {(each: Stretch) => boolean} */ wanted) => stretches.filter(wanted).reduce((total, each) => total + each.to - each.from, 0);
  const isWork = (/** @type {Stretch} */ each) => ["works", "failed", "done"].includes(each.kind);
  return { waitedUs: sum((each) => !isWork(each)), workedUs: sum(isWork) };
}

/** Events with runs of heartbeats as one. @param {LogEvent[]} events */
export function momentsOf(events) {
  /** @type {{event: LogEvent, last: LogEvent, count: number}[]} */
  const moments = [];
  for (const event of events) {
    const before = moments[moments.length - 1];
    if (event.type === "LeaseExtended" && before?.event.type === event.type) {
      before.last = event;
      before.count += 1;
    } else moments.push({ event, last: event, count: 1 });
  }
  return moments;
}

function firstKind(/** @type {any} */ event) {
  return event.task?.needs_open?.length || event.task?.due_us ? "sleeps" : "waits";
}

function outcome(/** @type {Stretch} */ stretch, /** @type {LogEvent} */ event) {
  if (stretch.kind !== "works") return stretch.kind;
  if (event.type === "TaskCompleted") return "done";
  return event.type === "TaskReleased" ? "works" : "failed";
}
