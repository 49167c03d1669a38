/** Keys that work on every page. */
import { isHelpOpen } from "./parts/help.js";
import { isPaletteOpen } from "./parts/palette.js";
import { PAGES } from "./places.js";
import { go } from "./router.js";
import { nextTheme } from "./theme.js";

const CHORD_MS = 1_500; // between g and the letter of a page

let chordMs = -CHORD_MS;

export function listenToKeys() {
  addEventListener("keydown", (event) => {
    if (event.key === "k" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      isPaletteOpen.value = !isPaletteOpen.value;
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || document.querySelector("dialog[open]")) return;
    if (act(event.key)) event.preventDefault();
  });
}

function act(/** @type {string} */ key) {
  const isChord = performance.now() - chordMs < CHORD_MS;
  chordMs = -CHORD_MS;
  const page = PAGES.find((each) => each.key === key);
  if (isChord && page) go(page.page);
  else if (key === "g") chordMs = performance.now();
  else if (key === "?") isHelpOpen.value = true;
  else if (key === "t") nextTheme();
  else if (key === "/") return focus("[data-search]");
  else if (key === "j" && !document.activeElement?.closest(".table-row")) return focus(".table-row[href]");
  else return false;
  return true;
}

function focus(/** @type {string} */ selector) {
  const found = document.querySelector(selector);
  if (!(found instanceof HTMLElement)) return false;
  found.focus();
  return true;
}

function isTyping(/** @type {KeyboardEvent} */ event) {
  return event.target instanceof HTMLElement && event.target.matches("input:not([type=checkbox]):not([type=range]), textarea, select");
}
