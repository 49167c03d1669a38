/** What events add up to: how many tasks, messages, agents and sessions stood where. Counts only; the hub knows the rest. */

/** @type {Record<string, string>} the status of a task after an event that leaves no choice */
const TASK_AFTER = {
  TaskBecameDue: "ready", TaskClaimed: "claimed", TaskReleased: "ready", TaskAttemptFailed: "scheduled", LeaseExpired: "scheduled",
  TaskCancelRequested: "cancelling", TaskCancelled: "cancelled", TaskCompleted: "done", TaskDied: "dead",
};

/** @type {Record<string, string>} */
const DELIVERY_AFTER = { MessageAcked: "acknowledged", MessageReturned: "waiting", MessageDied: "dead", MessageRedriven: "waiting" };

/** @type {Record<string, string>} */
const AGENT_AFTER = { AgentPaused: "paused", AgentResumed: "active", AgentQuarantined: "quarantined" };

/** The state after the events that were applied, from the first one on. */
export class Fold {
  constructor() {
    this.position = 0;
    this.atUs = 0;
    /** @type {Map<string, {status: string, needs: Set<string>, dueUs: number}>} */
    this.tasks = new Map();
    /** @type {Map<string, string>} */
    this.deliveries = new Map();
    /** @type {Map<string, string>} */
    this.agents = new Map();
    /** @type {Set<string>} */
    this.sessions = new Set();
  }

  /** @param {any} event the one behind `position` */
  apply(event) {
    this.position = event.pos;
    this.atUs = event.at_us;
    this.#applyToTask(event);
    this.#applyToMail(event);
    this.#applyToAgent(event);
  }

  /** How many stand where: `[["tasks ready", 3], ...]`. @returns {[string, number][]} */
  counts() {
    return [
      ...counted("tasks", [...this.tasks.values()].map((task) => task.status)),
      ...counted("messages", this.deliveries.values()),
      ...counted("agents", this.agents.values()),
      ["open sessions", this.sessions.size],
    ];
  }

  #applyToTask(/** @type {any} */ event) {
    if (event.type === "TaskCreated") {
      const needs = new Set(/** @type {string[]} */ (event.task.needs_open ?? []));
      this.tasks.set(event.task.id, { status: event.task.status, needs, dueUs: event.task.due_us ?? 0 });
    }
    const task = this.tasks.get(event.task_id);
    if (!task) return;
    const after = TASK_AFTER[event.type];
    if (after) task.status = after;
    if (event.type === "TaskRetried") task.needs = new Set(event.needs_open ?? []);
    if (event.type === "TaskUnblocked") task.needs.delete(event.need);
    if (event.type === "TaskRetried" || event.type === "TaskUnblocked") {
      task.status = task.needs.size ? "blocked" : task.dueUs > event.at_us ? "scheduled" : "ready";
    }
  }

  #applyToMail(/** @type {any} */ event) {
    if (event.type === "MessageSent") {
      for (const recipient of event.recipients ?? []) this.deliveries.set(`${event.message.id}/${recipient}`, "waiting");
    } else if (event.type === "MessagesDelivered") {
      for (const delivery of event.deliveries ?? []) this.deliveries.set(delivery, "handed out");
    } else if (DELIVERY_AFTER[event.type]) this.deliveries.set(event.delivery_id, DELIVERY_AFTER[event.type]);
  }

  #applyToAgent(/** @type {any} */ event) {
    if (event.type === "AgentRegistered" || event.type === "SessionOpened") {
      if (!this.agents.has(event.agent)) this.agents.set(event.agent, "active");
    } else if (AGENT_AFTER[event.type]) this.agents.set(event.agent, AGENT_AFTER[event.type]);
    if (event.type === "SessionOpened") this.sessions.add(event.session);
    if (event.type === "SessionClosed") this.sessions.delete(event.session);
  }
}

/** @param {string} noun @param {Iterable<string>} statuses @returns {[string, number][]} */
function counted(noun, statuses) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].sort().map(([status, count]) => [`${noun} ${status}`, count]);
}
