/** Rows that keep their places while somebody is about to press one of them; what stands in them goes on changing. */
import { useRef, useState } from "../view.js";

/**
 * @template Row
 * @param {Row[]} latest
 * @param {(row: Row) => string} keyOf
 * @param {string} listKey
 * @param {boolean} isWalked  whether a press on a row leads somewhere
 */
export function useHeld(latest, keyOf, listKey, isWalked) {
  const [isNear, setPointed] = useState(false);
  const isPointed = isNear && isWalked;
  const held = useRef({ listKey, rows: latest });
  if (!isPointed || held.current.listKey !== listKey) held.current = { listKey, rows: latest };
  const rows = isPointed ? renewed(held.current.rows, latest, keyOf) : latest;
  return {
    rows,
    isHolding: isPointed && isOtherOrder(rows, latest, keyOf),
    onPointerEnter: (/** @type {PointerEvent} */ event) => setPointed(event.pointerType === "mouse"),
    onPointerLeave: () => setPointed(false),
    onFocusIn: (/** @type {FocusEvent} */ event) => { if (/** @type {HTMLElement} */ (event.target).matches(".table-row, .table-row *")) setPointed(true); },
    onFocusOut: () => setPointed(false),
  };
}

/** The held rows as they are now, and behind them those that were asked for since. @template Row @param {Row[]} rows @param {Row[]} latest @param {(row: Row) => string} keyOf */
function renewed(rows, latest, keyOf) {
  const now = new Map(latest.map((row) => [keyOf(row), row]));
  const kept = rows.map((row) => now.get(keyOf(row)) ?? row);
  const last = rows.length ? latest.findIndex((row) => keyOf(row) === keyOf(rows[rows.length - 1])) : -1;
  return last < 0 ? kept : [...kept, ...latest.slice(last + 1)];
}

/** @template Row @param {Row[]} rows @param {Row[]} latest @param {(row: Row) => string} keyOf */
function isOtherOrder(rows, latest, keyOf) {
  return rows.length !== latest.length || rows.some((row, index) => keyOf(row) !== keyOf(latest[index]));
}
