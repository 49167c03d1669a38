/** The one stream of this page, and how it fares. */
import { follow } from "../api/stream.js";
import { credential, isLockedOut } from "../api/credential.js";
import { effect, signal } from "../view.js";
import { head, receive } from "./feed.js";

/**
 * `count` grows each time the stream comes back: then what the page knows is asked for again.
 * @type {import("../vendor/signals.mjs").Signal<{state: "opening" | "live" | "lost", retryAtMs: number, count: number}>}
 */
export const connection = signal({ state: "opening", retryAtMs: 0, count: 0 });

/** Opens the stream, and opens it anew with each other key. */
export function connect() {
  effect(() => {
    void credential.value;
    if (isLockedOut.value) return undefined;
    const abort = new AbortController();
    void follow({ onEvent: receive, onPosition, onState }, abort.signal);
    return () => abort.abort();
  });
}

function onPosition(/** @type {number} */ position) {
  if (position > head.peek()) head.value = position;
}

function onState(/** @type {"live" | "lost"} */ state, /** @type {number} */ retryMs) {
  const before = connection.peek();
  const isBack = state === "live" && before.state === "lost";
  connection.value = { state, retryAtMs: Date.now() + retryMs, count: before.count + (isBack ? 1 : 0) };
}
