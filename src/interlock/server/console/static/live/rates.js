/** Events per second over the last minutes, in a ring: an old second gives its place to a new one. */
import { serverNowUs } from "./clock.js";

export const SECONDS = 300;

/** What is counted, and by which events. */
export const COUNTED = {
  created: new Set(["TaskCreated"]),
  completed: new Set(["TaskCompleted"]),
  failed: new Set(["TaskAttemptFailed", "LeaseExpired", "TaskDied"]),
};

/** @typedef {keyof typeof COUNTED} Series */

export class Rates {
  constructor() {
    /** @type {Int32Array} the second that each place of the ring stands for */
    this.seconds = new Int32Array(SECONDS);
    this.all = new Uint32Array(SECONDS);
    /** @type {Record<Series, Uint32Array>} */
    this.series = { created: new Uint32Array(SECONDS), completed: new Uint32Array(SECONDS), failed: new Uint32Array(SECONDS) };
  }

  /** @param {{type: string, at_us: number}} event */
  count(event) {
    const second = Math.floor(event.at_us / 1_000_000);
    const place = second % SECONDS;
    if (this.seconds[place] > second) return;
    if (this.seconds[place] < second) this.#clear(place, second);
    this.all[place] += 1;
    for (const [name, types] of Object.entries(COUNTED)) {
      if (types.has(event.type)) this.series[/** @type {Series} */ (name)][place] += 1;
    }
  }

  /** Events of one kind in the `length` seconds before the present one. @param {Series} name */
  sum(name, length = 60) {
    return this.line(name, length).reduce((total, value) => total + value, 0);
  }

  /** Events per second, oldest first, up to the last whole second. @param {Series | "all"} name */
  line(name, length = SECONDS) {
    const values = name === "all" ? this.all : this.series[name];
    const last = Math.floor(serverNowUs() / 1_000_000) - 1;
    return Array.from({ length }, (_, index) => {
      const second = last - length + 1 + index;
      return this.seconds[second % SECONDS] === second ? values[second % SECONDS] : 0;
    });
  }

  #clear(/** @type {number} */ place, /** @type {number} */ second) {
    this.seconds[place] = second;
    this.all[place] = 0;
    for (const values of Object.values(this.series)) values[place] = 0;
  }
}
