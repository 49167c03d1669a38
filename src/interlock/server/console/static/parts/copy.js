/** A button that puts a text on the clipboard. */
import { html, useState } from "../view.js";
import { Glyph } from "./glyph.js";

const THANKS_MS = 1_500;

/** @param {{text: string, what: string}} props */
export function Copy({ text, what }) {
  const [isDone, setDone] = useState(false);
  const copy = async (/** @type {Event} */ event) => {
    event.preventDefault();
    event.stopPropagation();
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), THANKS_MS);
  };
  return html`<button class="button plain small icon copy" type="button" title=${`Copy the ${what}`} aria-label=${`Copy the ${what}`} onClick=${copy}><${Glyph} name=${isDone ? "done" : "copy"} /></button>`;
}
