/**
 * Events on their way to the page. However many come, the page hears of them once per frame, and what it remembers
 * of them is bounded.
 */
import { batch, signal } from "../view.js";
import { kindOf } from "../text/events.js";
import { Rates } from "./rates.js";

const RECENT_MAX = 600; // what the fleet page and the log look back on without asking the server
const TROUBLES_MAX = 50;
const PENDING_MAX = 20_000; // a tab in the background is given time once a second at the most

/** @typedef {{pos: number, type: string, at_us: number} & Record<string, any>} LogEvent */

/** The last position that this page heard of. */
export const head = signal(0);

/** The newest events, oldest first. */
export const recent = signal(/** @type {LogEvent[]} */ ([]));

/** The newest events that a person may want to know of, oldest first. */
export const troubles = signal(/** @type {LogEvent[]} */ ([]));

/** How many events of each kind came in each of the last seconds. */
export const rates = new Rates();

/** @type {LogEvent[]} */
let pending = [];
let isScheduled = false;
/** @type {Set<(events: LogEvent[]) => void>} */
const listeners = new Set();

/** Takes an event from the stream. */
export function receive(/** @type {LogEvent} */ event) {
  pending.push(event);
  if (pending.length > PENDING_MAX) pending = pending.slice(-PENDING_MAX / 2);
  if (isScheduled) return;
  isScheduled = true;
  if (document.hidden) setTimeout(flush, 1_000);
  else requestAnimationFrame(flush);
}

/** Calls back with each batch of events; returns how to stop that. */
export function listen(/** @type {(events: LogEvent[]) => void} */ listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Takes events from before the stream was opened. */
export function seed(/** @type {LogEvent[]} */ events) {
  for (const event of events) rates.count(event);
  batch(() => {
    recent.value = [...events, ...recent.value].slice(-RECENT_MAX);
    troubles.value = [...events.filter((event) => kindOf(event).isTrouble), ...troubles.value].slice(-TROUBLES_MAX);
  });
}

function flush() {
  const events = pending;
  pending = [];
  isScheduled = false;
  batch(() => {
    head.value = Math.max(head.value, events[events.length - 1].pos);
    recent.value = [...recent.value, ...events].slice(-RECENT_MAX);
    const found = events.filter((event) => kindOf(event).isTrouble);
    if (found.length) troubles.value = [...troubles.value, ...found].slice(-TROUBLES_MAX);
    for (const event of events) rates.count(event);
    for (const listener of listeners) listener(events);
  });
}
