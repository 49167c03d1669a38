/** Server-sent events from the bytes of a response: lines, fields and blank lines, as the standard has them. */

const FRAME_CHARS_MAX = 4_000_000; // an event holds at most a payload of 64 KiB and its envelope

/** @typedef {{id: string | null, data: string, retryMs: number}} Frame */

/** Gathers text and gives out whole frames. `id` is null in a frame that names none. */
export class Frames {
  constructor() {
    this.rest = "";
  }

  /** @param {string} text @returns {Frame[]} */
  take(text) {
    this.rest += text;
    if (this.rest.length > FRAME_CHARS_MAX) throw new RangeError("a frame of the stream is longer than any event");
    const parts = this.rest.split(/\r?\n\r?\n/);
    this.rest = parts.pop() ?? "";
    return parts.map(frameOf);
  }
}

/** @param {string} text @returns {Frame} */
function frameOf(text) {
  /** @type {Frame} */
  const frame = { id: null, data: "", retryMs: 0 };
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "id") frame.id = value;
    else if (name === "data") frame.data += (frame.data ? "\n" : "") + value;
    else if (name === "retry") frame.retryMs = Number(value) || 0;
  }
  return frame;
}
