/** The log read backwards from a position, a bounded stretch at a time, and forwards as it grows. */
import { call, CallError } from "../api/call.js";
import { eventOf } from "../api/entries.js";
import { batch, signal, useEffect, useState } from "../view.js";
import { head, listen } from "./feed.js";

const READ_EVENTS = 1_000; // the most that one answer holds
const READS_MAX = 10; // so many answers are looked through for one press of the button
const WANTED_ROWS = 200;
const ROWS_MAX = 5_000;

/** @typedef {import("./feed.js").LogEvent} LogEvent */

/** Events that are wanted, newest first; `lowest` is how far back was looked. */
export class History {
  /** @param {(event: LogEvent) => boolean} wants @param {number} from  the newest position; 0 follows the end of the log */
  constructor(wants, from) {
    this.wants = wants;
    this.from = from;
    this.rows = signal(/** @type {LogEvent[]} */ ([]));
    this.lowest = signal(0);
    this.isReading = signal(false);
    this.error = signal(/** @type {CallError | null} */ (null));
    this.abort = new AbortController();
    /** Whether new events are left out for now, because somebody reads an old one. */
    this.isStill = false;
  }

  /** Begins; returns how to end. */
  open() {
    const stop = this.from ? () => {} : listen((events) => { if (!this.isStill) this.#grow(events); });
    void this.back();
    return () => { stop(); this.abort.abort(); };
  }

  /** Looks further back. */
  async back() {
    if (this.isReading.peek() || this.isFull) return;
    this.isReading.value = true;
    this.error.value = null;
    try {
      await this.#read();
    } catch (error) {
      if (this.abort.signal.aborted) return;
      if (!(error instanceof CallError)) throw error;
      this.error.value = error;
    } finally {
      this.isReading.value = false;
    }
  }

  get isFull() {
    return this.rows.peek().length >= ROWS_MAX;
  }

  async #read() {
    let found = 0;
    let top = this.lowest.peek() ? this.lowest.peek() - 1 : this.from || head.peek() || (await endOfLog());
    for (let reads = 0; top > 0 && reads < READS_MAX && found < WANTED_ROWS; reads += 1) {
      const after = Math.max(0, top - READ_EVENTS);
      const page = await call("read_log", { after, limit: top - after }, this.abort.signal);
      const events = page.entries.map(eventOf).filter(this.wants).reverse();
      batch(() => {
        this.rows.value = [...this.rows.peek(), ...events].slice(0, ROWS_MAX);
        this.lowest.value = after + 1;
      });
      found += events.length;
      top = after;
    }
  }

  #grow(/** @type {LogEvent[]} */ events) {
    const newest = this.rows.peek()[0]?.pos ?? 0;
    const found = events.filter((event) => event.pos > newest && this.wants(event)).reverse();
    if (found.length) this.rows.value = [...found, ...this.rows.peek()].slice(0, ROWS_MAX);
  }
}

/** A history for as long as its page is shown. @param {(event: LogEvent) => boolean} wants @param {number} from @param {string} key */
export function useHistory(wants, from, key) {
  const [history, setHistory] = useState(() => ({ key, made: new History(wants, from) }));
  const current = history.key === key ? history : { key, made: new History(wants, from) };
  useEffect(() => {
    setHistory(current);
    return current.made.open();
  }, [key]);
  return current.made;
}

/** The last position, asked of the server when the stream has not told it yet. */
async function endOfLog() {
  return (await call("get_fleet")).head;
}
