/** Numbers, times and durations as people read them. */

const WHOLE = new Intl.NumberFormat("en-GB");
const UNITS = /** @type {const} */ ([["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]]);

/** 12,345 */
export function whole(/** @type {number} */ value) {
  return WHOLE.format(Math.round(value));
}

/** 0.4, 12, 1,204: a rate with as many digits as it deserves. */
export function rate(/** @type {number} */ value) {
  return value > 0 && value < 10 ? value.toFixed(1) : whole(value);
}

/** A duration in its two largest units: 820 ms, 4.2 s, 3 min 20 s, 2 d 4 h. */
export function duration(/** @type {number} */ us) {
  const ms = us / 1_000;
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  return long(Math.floor(ms / 1_000));
}

/** An age in its largest unit alone, where there is room for no more. */
export function roughAge(/** @type {number} */ us) {
  return age(us).split(" ").slice(0, 2).join(" ");
}

/** An age: like a duration, but never finer than a second, so that it does not flicker. */
export function age(/** @type {number} */ us) {
  return long(Math.max(0, Math.floor(us / 1_000_000)));
}

function long(/** @type {number} */ seconds) {
  const first = UNITS.findIndex(([, length]) => seconds >= length);
  if (first < 0) return "0 s";
  const [name, length] = UNITS[first];
  const head = `${WHOLE.format(Math.floor(seconds / length))} ${name}`;
  const next = UNITS[first + 1];
  const rest = next ? Math.floor((seconds % length) / next[1]) : 0;
  return rest && next ? `${head} ${rest} ${next[0]}` : head;
}

/** 14:03:07.250 */
export function clockTime(/** @type {number} */ us) {
  const date = new Date(us / 1_000);
  return `${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** 2026-05-02 14:03:07.250, in the time zone of whoever looks. */
export function dateTime(/** @type {number} */ us) {
  const date = new Date(us / 1_000);
  return `${[date.getFullYear(), date.getMonth() + 1, date.getDate()].map(two).join("-")} ${clockTime(us)}`;
}

function two(/** @type {number} */ value) {
  return String(value).padStart(2, "0");
}
