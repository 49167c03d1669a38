/** An answer that stays true: asked once, and again when events say that it may have changed. */
import { CallError } from "../api/call.js";
import { credential } from "../api/credential.js";
import { useEffect, useRef, useState } from "../view.js";
import { listen } from "./feed.js";
import { connection } from "./connection.js";

const PACE_MS = 1_000; // how often one question is asked again while events pour in

/**
 * @template T
 * @typedef {object} Answer
 * @property {T | null} value  the latest answer; it stays while a newer one is on its way
 * @property {CallError | null} error
 * @property {() => void} again
 */

/**
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} ask
 * @param {unknown[]} inputs  what the question depends on: when they change, the old answer is dropped
 * @param {(event: import("./feed.js").LogEvent) => boolean} [concerns]  which events may change the answer
 * @returns {Answer<T>}
 */
export function useAnswer(ask, inputs, concerns) {
  const [state, setState] = useState({ key: "", value: /** @type {T | null} */ (null), error: /** @type {CallError | null} */ (null) });
  const key = JSON.stringify(inputs);
  const asker = useRef(/** @type {Asker | null} */ (null));
  useEffect(() => {
    const made = new Asker(async (signal) => {
      try {
        const value = await ask(signal);
        setState({ key, value, error: null });
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof CallError)) throw error;
        setState((before) => ({ key, value: before.key === key ? before.value : null, error }));
      }
    });
    asker.current = made;
    made.ask();
    const stop = concerns ? listen((events) => events.some(concerns) && made.ask()) : () => {};
    return () => {
      stop();
      made.close();
    };
  }, [key, credential.value, connection.value.count]);
  const isCurrent = state.key === key;
  return { value: isCurrent ? state.value : null, error: isCurrent ? state.error : null, again: () => asker.current?.ask(true) };
}

/** Asks one question, never twice at once, and not more often than the pace allows. */
class Asker {
  constructor(/** @type {(signal: AbortSignal) => Promise<void>} */ run) {
    this.run = run;
    this.abort = new AbortController();
    this.isAsking = false;
    this.isWanted = false;
    this.askedMs = -PACE_MS;
    this.timer = 0;
  }

  ask(isUrgent = false) {
    if (this.abort.signal.aborted) return;
    if (this.isAsking) {
      this.isWanted = true;
      return;
    }
    const rest = isUrgent ? 0 : this.askedMs + PACE_MS - performance.now();
    clearTimeout(this.timer);
    if (rest <= 0 && !document.hidden) void this.#now();
    else this.timer = setTimeout(() => this.ask(), Math.max(rest, 50));
  }

  close() {
    this.abort.abort();
    clearTimeout(this.timer);
  }

  async #now() {
    this.isAsking = true;
    this.isWanted = false;
    this.askedMs = performance.now();
    try {
      await this.run(this.abort.signal);
    } finally {
      this.isAsking = false;
      if (this.isWanted) this.ask();
    }
  }
}
