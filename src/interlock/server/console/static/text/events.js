/** What each kind of event is called, how it looks, and what it says: one row per kind. */

/**
 * @typedef {object} Kind
 * @property {string} noun
 * @property {string} label
 * @property {string} glyph
 * @property {string} tone
 * @property {(event: any) => string} say  the rest of the sentence; foreign text, shown as text
 * @property {boolean} [isTrouble]         a person may want to know
 */

/** @type {Record<string, Kind>} */
export const KINDS = {
  TaskCreated: { noun: "task", label: "created", glyph: "plus", tone: "idle", say: (e) => e.task?.title ?? "" },
  TaskUnblocked: { noun: "task", label: "unblocked", glyph: "blocked", tone: "idle", say: (e) => `${e.need} is done` },
  TaskBecameDue: { noun: "task", label: "became due", glyph: "waiting", tone: "idle", say: () => "" },
  TaskClaimed: { noun: "task", label: "claimed", glyph: "working", tone: "busy", say: (e) => `by ${named(e.agent)}` },
  LeaseExtended: { noun: "task", label: "heartbeat", glyph: "heart", tone: "busy", say: (e) => (e.progress === undefined ? "" : brief(e.progress)) },
  LeaseExpired: { noun: "task", label: "lease expired", glyph: "waiting", tone: "warn", say: (e) => `${named(e.agent)} was not heard of`, isTrouble: true },
  StepRecorded: { noun: "task", label: "step recorded", glyph: "flag", tone: "busy", say: (e) => e.name },
  TaskCheckpointed: { noun: "task", label: "checkpoint", glyph: "flag", tone: "busy", say: () => "" },
  TaskCompleted: { noun: "task", label: "completed", glyph: "done", tone: "good", say: () => "" },
  TaskAttemptFailed: { noun: "task", label: "attempt failed", glyph: "warn", tone: "warn", say: (e) => `${e.error_class ?? "TRANSIENT"} ${e.error ?? ""}`, isTrouble: true },
  TaskReleased: { noun: "task", label: "released", glyph: "back", tone: "idle", say: (e) => e.reason ?? "" },
  TaskCancelRequested: { noun: "task", label: "cancel asked for", glyph: "cancelling", tone: "idle", say: (e) => e.reason ?? "" },
  TaskCancelled: { noun: "task", label: "cancelled", glyph: "cancelled", tone: "idle", say: (e) => e.reason ?? "" },
  TaskDied: { noun: "task", label: "given up", glyph: "dead", tone: "bad", say: (e) => `${e.cause?.error_class ?? ""} ${e.cause?.message ?? ""}`, isTrouble: true },
  TaskRetried: { noun: "task", label: "brought back", glyph: "back", tone: "idle", say: (e) => (e.agent ? `by ${e.agent}` : "") },
  StaleWriteRefused: { noun: "task", label: "stale write refused", glyph: "lock", tone: "warn", say: (e) => `${e.verb} of ${named(e.agent)}`, isTrouble: true },
  QueueConfigured: { noun: "queue", label: "queue configured", glyph: "tasks", tone: "idle", say: (e) => e.queue },
  MessageSent: { noun: "message", label: "sent", glyph: "messages", tone: "idle", say: (e) => `${e.message?.message_type} ${e.message?.source} → ${e.message?.target}` },
  MessagesDelivered: { noun: "message", label: "handed out", glyph: "working", tone: "busy", say: (e) => `${e.deliveries?.length ?? 0} to ${e.recipient}` },
  MessageAcked: { noun: "message", label: "acknowledged", glyph: "done", tone: "good", say: (e) => e.delivery_id },
  MessageReturned: { noun: "message", label: "came back unsettled", glyph: "back", tone: "warn", say: (e) => `${e.delivery_id} ${e.reason ?? ""}` },
  MessageDied: { noun: "message", label: "given up", glyph: "dead", tone: "bad", say: (e) => `${e.delivery_id}: ${e.reason} ${e.detail ?? ""}`, isTrouble: true },
  MessageRedriven: { noun: "message", label: "brought back", glyph: "back", tone: "idle", say: (e) => e.delivery_id },
  AgentRegistered: { noun: "agent", label: "registered", glyph: "agents", tone: "idle", say: (e) => e.agent },
  AgentPaused: { noun: "agent", label: "paused", glyph: "pause", tone: "warn", say: (e) => `${e.agent}${e.reason ? `: ${e.reason}` : ""}`, isTrouble: true },
  AgentResumed: { noun: "agent", label: "resumed", glyph: "working", tone: "good", say: (e) => e.agent },
  AgentQuarantined: { noun: "agent", label: "quarantined", glyph: "quarantine", tone: "bad", say: (e) => `${e.agent}${e.reason ? `: ${e.reason}` : ""}`, isTrouble: true },
  SessionOpened: { noun: "session", label: "session opened", glyph: "agents", tone: "idle", say: (e) => e.agent },
  SessionClosed: { noun: "session", label: "session closed", glyph: "agents", tone: "idle", say: (e) => e.session },
  ProgramStateUpdated: { noun: "program", label: "program state kept", glyph: "flag", tone: "idle", say: (e) => `${e.agent}, version ${e.version}` },
  PatternReinforced: { noun: "program", label: "pattern reinforced", glyph: "flag", tone: "idle", say: (e) => `${e.agent}: ${e.pattern?.pattern ?? ""}` },
  PatternsDecayed: { noun: "program", label: "patterns decayed", glyph: "flag", tone: "idle", say: (e) => e.agent },
  EventPublished: { noun: "topic", label: "published", glyph: "live", tone: "idle", say: (e) => `${e.topic}${e.key ? ` · ${e.key}` : ""}` },
  EventsDelivered: { noun: "topic", label: "events handed out", glyph: "working", tone: "busy", say: (e) => e.subscription },
  EventsAcked: { noun: "topic", label: "events settled", glyph: "done", tone: "good", say: (e) => e.subscription },
  EventsReturned: { noun: "topic", label: "events came back", glyph: "back", tone: "warn", say: (e) => e.subscription },
  EventDied: { noun: "topic", label: "event given up", glyph: "dead", tone: "bad", say: (e) => `${e.subscription} at ${e.position}`, isTrouble: true },
  EventRedriven: { noun: "topic", label: "event brought back", glyph: "back", tone: "idle", say: (e) => e.dead_event },
  SubscriptionMade: { noun: "topic", label: "subscribed", glyph: "live", tone: "idle", say: (e) => e.subscription },
  SubscriptionMoved: { noun: "topic", label: "subscription moved", glyph: "live", tone: "idle", say: (e) => e.subscription },
  SubscriptionEnded: { noun: "topic", label: "unsubscribed", glyph: "live", tone: "idle", say: (e) => e.subscription },
  ScheduleCreated: { noun: "schedule", label: "schedule made", glyph: "waiting", tone: "idle", say: (e) => e.schedule?.name ?? "" },
  ScheduleFired: { noun: "schedule", label: "schedule fired", glyph: "waiting", tone: "idle", say: (e) => `${e.name} → ${e.task_id}` },
  ScheduleSkipped: { noun: "schedule", label: "schedule skipped", glyph: "waiting", tone: "warn", say: (e) => `${e.name}: ${e.reason ?? ""}` },
  SchedulePaused: { noun: "schedule", label: "schedule paused", glyph: "pause", tone: "idle", say: (e) => e.name },
  ScheduleResumed: { noun: "schedule", label: "schedule resumed", glyph: "working", tone: "idle", say: (e) => e.name },
  ScheduleDeleted: { noun: "schedule", label: "schedule deleted", glyph: "cancelled", tone: "idle", say: (e) => e.name },
  KeyCreated: { noun: "key", label: "key created", glyph: "keys", tone: "idle", say: (e) => `${e.key?.id ?? ""} for ${e.key?.name ?? ""}` },
  KeyRotated: { noun: "key", label: "key rotated", glyph: "keys", tone: "idle", say: (e) => e.key_id },
  KeyRevoked: { noun: "key", label: "key revoked", glyph: "keys", tone: "warn", say: (e) => e.key_id },
  HelpRequested: { noun: "help", label: "asks for help", glyph: "help", tone: "warn", say: (e) => `${e.request?.agent ?? ""}: ${e.request?.title ?? ""}`, isTrouble: true },
  HelpAnswered: { noun: "help", label: "help answered", glyph: "done", tone: "good", say: (e) => `${e.help_id} by ${named(e.by)}` },
  WebhookCreated: { noun: "webhook", label: "webhook made", glyph: "live", tone: "idle", say: (e) => e.webhook?.id ?? "" },
  WebhookAdvanced: { noun: "webhook", label: "webhook posted", glyph: "done", tone: "idle", say: (e) => `${e.webhook_id} up to ${e.position}` },
  WebhookPostFailed: { noun: "webhook", label: "webhook post failed", glyph: "warn", tone: "warn", say: (e) => `${e.webhook_id} at ${e.position} ${e.error ?? ""}` },
  WebhookPostDied: { noun: "webhook", label: "webhook post given up", glyph: "dead", tone: "bad", say: (e) => `${e.webhook_id} at ${e.position}`, isTrouble: true },
  WebhookPostRedriven: { noun: "webhook", label: "webhook post brought back", glyph: "back", tone: "idle", say: (e) => e.webhook_id ?? "" },
  WebhookSecretRotated: { noun: "webhook", label: "webhook secret rotated", glyph: "keys", tone: "idle", say: (e) => e.webhook_id },
  WebhookPaused: { noun: "webhook", label: "webhook paused", glyph: "pause", tone: "warn", say: (e) => `${e.webhook_id} ${e.reason ?? ""}` },
  WebhookResumed: { noun: "webhook", label: "webhook resumed", glyph: "working", tone: "idle", say: (e) => e.webhook_id },
  WebhookDeleted: { noun: "webhook", label: "webhook deleted", glyph: "cancelled", tone: "idle", say: (e) => e.webhook_id },
  EscalationRaised: { noun: "escalation", label: "escalated", glyph: "warn", tone: "bad", say: (e) => `${e.noun} ${e.id}: ${e.reason}` },
  RequestAnswered: { noun: "other", label: "answer remembered", glyph: "dot", tone: "idle", say: (e) => e.request },
  KeyForgotten: { noun: "other", label: "request id forgotten", glyph: "dot", tone: "idle", say: (e) => e.key },
};

/** The look of an event; a kind that this console does not know is shown by its name. @returns {Kind} */
export function kindOf(/** @type {{type: string}} */ event) {
  return KINDS[event.type] ?? { noun: "other", label: event.type, glyph: "dot", tone: "idle", say: () => "" };
}

/** The sentence of an event, whatever its fields hold. */
export function sentenceOf(/** @type {{type: string}} */ event) {
  return String(kindOf(event).say(event) ?? "").trim();
}

/** The task that an event is about, if any. */
export function taskOf(/** @type {any} */ event) {
  return String(event.task_id ?? event.task?.id ?? event.request?.task_id ?? (event.noun === "task" ? event.id : "") ?? "");
}

/** The agents that an event names. @returns {string[]} */
export function agentsOf(/** @type {any} */ event) {
  const named = [event.agent, event.by, event.recipient, event.source, event.message?.source, event.request?.agent, event.task?.created_by, ...(event.recipients ?? [])];
  return named.filter((name) => typeof name === "string" && name !== "");
}

/** The fields of an event besides its head, for those who want all. */
export function fieldsOf(/** @type {Record<string, unknown>} */ event) {
  const { pos, type, at_us, ...fields } = event;
  return fields;
}

function named(/** @type {string | undefined} */ agent) {
  return agent || "nobody by name";
}

function brief(/** @type {unknown} */ value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
