/** Pictures of sixteen by sixteen dots: each status has its own, so that none is told by colour alone. */
import { html } from "../view.js";

/** @type {Record<string, string>} paths that are drawn as lines */
const LINES = {
  fleet: "M2.5 4.5h4v7h-4zM9.5 4.5h4v7h-4zM6.5 8h3",
  tasks: "M2.5 4l1.2 1.2L6 3M2.5 11l1.2 1.2L6 10M8.5 4.5h5M8.5 11.5h5",
  messages: "M2.5 3.5h11v7h-6l-3 2.5v-2.5h-2z",
  agents: "M8 8a2.6 2.6 0 1 0 0-5.2A2.6 2.6 0 0 0 8 8zM3 13.5c.4-2.6 2.400-4 5-4s4.600 1.400 5 4",
  log: "M3 3.500h10M3 6.500h10M3 9.500h7M3 12.500h5",
  keys: "M6 10.500a2.500 2.500 0 1 1 0-5 2.500 2.500 0 0 1 0 5zM8.500 8h5v2.500M11.500 8v2",
  ready: "M8 13a5 5 0 1 0 0-10 5 5 0 0 0 0 10z",
  waiting: "M8 13.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM8 5v3.200l2 1.300",
  blocked: "M3.500 5.500h9v7h-9zM5.500 5.500V4a2.500 2.500 0 0 1 5 0v1.500",
  done: "M3 8.500l3.200 3.200L13 4.800",
  dead: "M4 4l8 8M12 4l-8 8",
  cancelled: "M8 13.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM4.200 4.200l7.600 7.600",
  cancelling: "M8 2.500a5.500 5.500 0 1 1-5.500 5.500M5.500 8h5",
  warn: "M8 2.500l6 10.500H2zM8 6.500v3M8 11.300v.1",
  pause: "M5.500 3.500v9M10.500 3.500v9",
  quarantine: "M5.500 2.500h5l3 3v5l-3 3h-5l-3-3v-5zM8 5.500v3M8 10.600v.1",
  back: "M13 8a5 5 0 1 1-1.600-3.700M13 2.500v3h-3",
  heart: "M2 8.500h3l1.500-4 3 7 1.500-3h3",
  flag: "M4 14V2.500h8l-2 3 2 3H4",
  plus: "M8 3v10M3 8h10",
  search: "M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM10.500 10.500l3 3",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.500v1.300M8 13.200v1.300M1.500 8h1.300M13.200 8h1.300M3.400 3.400l.9.9M11.700 11.700l.9.9M3.400 12.600l.9-.9M11.700 4.300l.9-.9",
  moon: "M13 9.800A5.500 5.500 0 1 1 6.500 2.800a4.500 4.500 0 0 0 6.500 7z",
  screen: "M2.500 3.500h11v7.500h-11zM6 13.500h4",
  help: "M8 13.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM6.400 6.400c.2-1 .8-1.400 1.600-1.400 1 0 1.700.6 1.700 1.500 0 1.200-1.700 1.300-1.700 2.500M8 11v.1",
  copy: "M5.500 5.500h7.500v8H5.500zM3 10.500v-8h7.500",
  close: "M4 4l8 8M12 4l-8 8",
  lock: "M3.500 7h9v6.500h-9zM5.500 7V5a2.500 2.500 0 0 1 5 0v2",
  live: "M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM4 4a5.600 5.600 0 0 0 0 8M12 4a5.600 5.600 0 0 1 0 8",
  lost: "M2.500 2.500l11 11M4 4a5.600 5.600 0 0 0 0 8M12 4a5.600 5.600 0 0 1 0 8",
  dot: "M8 9.500a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3z",
};

/** @type {Record<string, string>} paths that are filled */
const SOLIDS = {
  working: "M5 3.200v9.600L12.800 8z",
};

/** @param {{name: string, label?: string}} props */
export function Glyph({ name, label }) {
  const solid = SOLIDS[name];
  return html`<svg class="glyph" viewBox="0 0 16 16" role=${label ? "img" : undefined} aria-label=${label} aria-hidden=${label ? undefined : "true"}>
    ${solid ? html`<path class="solid" d=${solid} />` : html`<path d=${LINES[name] ?? LINES.dot} />`}
  </svg>`;
}
