/**
 * A table of many rows, of which only those in sight exist. All rows have one height, so the place of each is known
 * without measuring, and what changes in one moves no other. While somebody points at it, it holds its order.
 */
import { useHeld } from "./held.js";
import { useNarrow } from "./narrow.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../view.js";

const ROW_PX = 34; // the same as --row
const SPARE_ROWS = 6; // drawn beyond the edges, so that a quick scroll shows no gap
const MORE_ROWS = 30; // so close to the end the next page is asked for

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} name
 * @property {string} width   a track of a grid
 * @property {(row: Row) => unknown} cell
 * @property {boolean} [isEnd]      figures stand at the right
 * @property {string} [narrowName]  its name on a telephone
 * @property {boolean} [isWideOnly] left out on a telephone
 */

/**
 * @template Row
 * @param {object} props
 * @param {string} props.label
 * @param {Column<Row>[]} props.columns
 * @param {Row[]} props.rows
 * @param {(row: Row) => string} props.keyOf
 * @param {(row: Row) => string} [props.hrefOf]
 * @param {string} [props.chosen]  the key of the row that is looked at
 * @param {boolean} [props.fits]  as high as its rows, instead of filling its place
 * @param {string} [props.listKey]  changes when it becomes another list: then nothing is held
 * @param {() => void} [props.more]  asks for rows behind the last one
 * @param {unknown} [props.foot]
 */
export function Table({ label, columns, rows: latest, keyOf, hrefOf, chosen, fits = false, listKey = "", more, foot }) {
  const { rows, isHolding, ...watching } = useHeld(latest, keyOf, listKey, hrefOf !== undefined);
  const scroller = useRef(/** @type {HTMLElement | null} */ (null));
  const view = useView(scroller);
  const isNarrow = useNarrow();
  const shown = isNarrow ? columns.filter((column) => !column.isWideOnly) : columns;
  const first = Math.max(0, Math.floor(view.top / ROW_PX) - SPARE_ROWS);
  const last = fits ? rows.length : Math.min(rows.length, Math.ceil((view.top + view.height) / ROW_PX) + SPARE_ROWS);
  useEffect(() => {
    if (more && last > rows.length - MORE_ROWS) more();
  }, [last, rows.length, more]);
  const style = { "--columns": shown.map((column) => column.width).join(" ") };
  const begin = fits ? 0 : first;
  return html`<div class=${`table ${fits ? "fits" : ""}`} role="table" aria-label=${label} aria-rowcount=${rows.length + 1} style=${style} ...${watching}>
    <div class="table-head" role="row">
      ${shown.map((column) => html`<span class=${`cell ${column.isEnd ? "end" : ""}`} role="columnheader" key=${column.name}>${isNarrow ? column.narrowName ?? column.name : column.name}</span>`)}
    </div>
    <div class="table-scroll" ref=${scroller} role="rowgroup" tabindex="-1" onKeyDown=${walk}>
      <div class="table-space" style=${{ height: `${rows.length * ROW_PX}px` }}>
        ${rows.slice(begin, last).map((row, index) => html`<${Line} key=${begin + index} row=${row} isChosen=${chosen !== undefined && chosen === keyOf(row)} columns=${shown} place=${begin + index} href=${hrefOf?.(row)} />`)}
      </div>
      ${foot}
    </div>
    ${isHolding ? html`<span class="table-hold">held still while you point at it</span>` : null}
  </div>`;
}

/** @param {{row: any, columns: Column<any>[], place: number, href?: string, isChosen: boolean}} props */
function Line({ row, columns, place, href, isChosen }) {
  return html`<${href ? "a" : "div"} class="table-row" role="row" href=${href} aria-rowindex=${place + 2} aria-selected=${isChosen ? "true" : undefined} style=${{ top: `${place * ROW_PX}px` }}>
    ${columns.map((column) => html`<span class=${`cell ${column.isEnd ? "end" : ""}`} role="cell" key=${column.name}>${column.cell(row)}</span>`)}
  <//>`;
}

/** Arrows, and j and k, walk from row to row. @param {KeyboardEvent} event */
function walk(event) {
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  const row = /** @type {HTMLElement | null} */ (event.target)?.closest(".table-row");
  if (!step || !row || event.target !== row) return;
  event.preventDefault();
  const next = step > 0 ? row.nextElementSibling : row.previousElementSibling;
  if (next instanceof HTMLElement) next.focus();
}

/** What part of the scroller is in sight. @param {{current: HTMLElement | null}} scroller */
function useView(scroller) {
  const [view, setView] = useState({ top: 0, height: innerHeight });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const look = () => setView((before) => {
      const found = { top: element.scrollTop, height: element.clientHeight };
      return before.top === found.top && before.height === found.height ? before : found;
    });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    look();
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);
  return view;
}
