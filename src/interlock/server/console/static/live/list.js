/** A list that is given out page by page, stays true while events come, and never grows without a bound. */
import { call, CallError } from "../api/call.js";
import { useCallback, useEffect, useRef, useState } from "../view.js";
import { useAnswer } from "./answer.js";

const PAGE_ROWS = 100; // the most that one answer holds
const ROWS_MAX = 5_000; // past it a filter finds more than a scroll bar
const FRESH_PAGES_MAX = 3; // so many are asked for again by themselves; a longer list says how old it is
const EMPTY_PAGES_MAX = 20; // a page may be empty and yet have one behind it, when much was passed over

/**
 * @template Row
 * @typedef {object} List
 * @property {string} key         changes with what is asked for
 * @property {Row[] | null} rows   null until the first answer
 * @property {CallError | null} error
 * @property {boolean} isWhole     there is nothing behind the last row
 * @property {boolean} isFull      there is more, but no room
 * @property {boolean} isStale     something may have changed since it was asked for
 * @property {() => void} more
 * @property {() => void} again
 */

/**
 * @template Row
 * @param {string} verb
 * @param {Record<string, unknown>} fields
 * @param {(event: import("./feed.js").LogEvent) => boolean} concerns
 * @returns {List<Row>}
 */
export function useList(verb, fields, concerns) {
  const key = JSON.stringify([verb, fields]);
  const pages = useRef({ key, count: 1 });
  if (pages.current.key !== key) pages.current = { key, count: 1 };
  const [isStale, setStale] = useState(false);
  const isBusy = useRef(false);
  const [tail, setTail] = useState({ key, rows: /** @type {Row[]} */ ([]), cursor: "", isRead: false });
  const load = useCallback(async (/** @type {AbortSignal} */ signal) => {
    const wanted = Math.min(pages.current.count, FRESH_PAGES_MAX);
    const found = await readPages(verb, fields, wanted, "", signal);
    pages.current.count = wanted;
    setStale(false);
    setTail({ key, rows: [], cursor: found.cursor, isRead: true });
    return found;
  }, [key]);
  const matters = (/** @type {import("./feed.js").LogEvent} */ event) => {
    if (!concerns(event)) return false;
    if (pages.current.count <= FRESH_PAGES_MAX) return true;
    setStale(true);
    return false;
  };
  const { value, error, again } = useAnswer(load, [key], matters);
  const extra = tail.key === key ? tail : { rows: [], cursor: "", isRead: false };
  const rows = value ? unique([...value.rows, ...extra.rows]) : null;
  const isFull = (rows?.length ?? 0) >= ROWS_MAX;
  const more = useCallback(() => {
    if (isBusy.current || !extra.cursor || isFull) return;
    isBusy.current = true;
    readPages(verb, fields, 1, extra.cursor).then((found) => {
      pages.current.count += 1;
      setTail((before) => (before.key === key ? { ...before, rows: [...before.rows, ...found.rows], cursor: found.cursor } : before));
    }, (failure) => { if (!(failure instanceof CallError)) throw failure; }).finally(() => { isBusy.current = false; });
  }, [key, extra.cursor, isFull]);
  useEffect(() => setStale(false), [key]);
  return { key, rows, error, isWhole: extra.isRead && !extra.cursor, isFull, isStale, more, again };
}

/** @param {string} verb @param {Record<string, unknown>} fields @param {number} count @param {string} cursor @param {AbortSignal} [signal] */
async function readPages(verb, fields, count, cursor, signal) {
  /** @type {any[]} */
  const rows = [];
  for (let page = 0, empty = 0; page < count && empty < EMPTY_PAGES_MAX; ) {
    const answer = await call(verb, { ...fields, limit: PAGE_ROWS, ...(cursor ? { cursor } : {}) }, signal);
    const items = answer.items ?? [];
    rows.push(...items);
    cursor = answer.cursor ?? "";
    if (!cursor) break;
    if (items.length) page += 1;
    else empty += 1;
  }
  return { rows, cursor };
}

/** A row that moved while pages were read stands in two of them. @param {any[]} rows */
function unique(rows) {
  const seen = new Set();
  return rows.filter((row) => {
    const name = row.id ?? row.name ?? row.key_id ?? row.session;
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}
