/**
 * The log as it grows, over `GET /v1/events`. Read with `fetch`, because an EventSource cannot send a key. A stream
 * that breaks is opened again behind the last position that was seen, so nothing is missed.
 */
import { Frames } from "./frames.js";
import { bearer, isLockedOut } from "./credential.js";

const SILENCE_MS = 40_000; // the server gives a sign of life every 15 s
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 15_000;

/**
 * @typedef {object} Watcher
 * @property {(event: import("../live/feed.js").LogEvent) => void} onEvent
 * @property {(position: number) => void} onPosition   how far the log was looked through
 * @property {(state: "live" | "lost", retryMs: number) => void} onState
 */

/** Follows the log until the signal ends it. @param {Watcher} watcher @param {AbortSignal} signal */
export async function follow(watcher, signal) {
  let position = "";
  let failures = 0;
  while (!signal.aborted) {
    try {
      await read(position, { ...watcher, onPosition: (seen) => { position = String(seen); failures = 0; watcher.onPosition(seen); } }, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Beyond) position = ""; // another ledger stands here now: begin at its end
    }
    const retryMs = Math.random() * Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** failures) + RETRY_MS_MIN;
    failures += 1;
    watcher.onState("lost", retryMs);
    await pause(retryMs, signal);
  }
}

class Beyond extends Error {}

async function read(/** @type {string} */ position, /** @type {Watcher} */ watcher, /** @type {AbortSignal} */ signal) {
  const silence = new AbortController();
  const listening = AbortSignal.any([signal, silence.signal]);
  const headers = { Accept: "text/event-stream", ...bearer(), ...(position ? { "Last-Event-ID": position } : {}) };
  const response = await fetch("../v1/events", { headers, signal: listening, cache: "no-store", credentials: "omit" });
  if (response.status === 401) isLockedOut.value = true;
  if (response.status === 400 && position) throw new Beyond();
  if (!response.ok || !response.body) throw new Error(`the stream answered ${response.status}`);
  watcher.onState("live", 0);
  const frames = new Frames();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const timer = setTimeout(() => silence.abort(), SILENCE_MS);
    const { done, value } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    for (const frame of frames.take(value)) {
      if (frame.data) watcher.onEvent(JSON.parse(frame.data));
      if (frame.id) watcher.onPosition(Number(frame.id));
    }
  }
}

function pause(/** @type {number} */ ms, /** @type {AbortSignal} */ signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const now = () => { clearTimeout(timer); resolve(undefined); };
    signal.addEventListener("abort", now, { once: true });
    addEventListener("online", now, { once: true, signal });
  });
}
