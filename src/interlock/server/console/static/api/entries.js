/** Events as `read_log` tells them, in the form in which the stream has them. */

/** @typedef {import("../live/feed.js").LogEvent} LogEvent */

/** @param {{pos: number, event: Record<string, unknown>}} entry @returns {LogEvent} */
export function eventOf(entry) {
  return /** @type {LogEvent} */ ({ pos: entry.pos, type: "?", at_us: 0, ...plain(entry.event) });
}

function parsed(/** @type {string} */ text) {
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}

/** Fields such as `result_json` hold JSON text; they become the value `result`. */
function plain(/** @type {object} */ fields) {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => {
    if (name.endsWith("_json") && typeof value === "string") return [name.slice(0, -5), value ? parsed(value) : null];
    return [name, value];
  }));
}
