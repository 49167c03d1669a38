/** Short news of what was done, with a way back where there is one. */
import { CallError } from "../api/call.js";
import { html, signal } from "../view.js";
import { Glyph } from "./glyph.js";
import { Text } from "./text.js";

const STAY_MS = 8_000; // long enough to read it and to press Undo
const SHOWN_MAX = 3;

/** @typedef {{id: number, text: string, note: string, isBad: boolean, undo?: () => void}} Toast */

const toasts = signal(/** @type {Toast[]} */ ([]));
let count = 0;

/** Says that something was done. @param {string} text @param {() => void} [undo] */
export function tell(text, undo) {
  show({ id: ++count, text, note: "", isBad: false, undo });
}

/** Says that something was refused, in the server's words. @param {unknown} error */
export function complain(error) {
  if (!(error instanceof CallError)) throw error;
  show({ id: ++count, text: error.message, note: error.hint || error.code, isBad: true });
}

/** Does something and tells how it went. @template T @param {Promise<T>} doing @param {string} text @param {() => void} [undo] @returns {Promise<T | undefined>} */
export async function told(doing, text, undo) {
  try {
    const answer = await doing;
    tell(text, undo);
    return answer;
  } catch (error) {
    complain(error);
    return undefined;
  }
}

/** Where the news appear: stands once, in the shell. */
export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.value.map((toast) => html`<div class="toast" key=${toast.id}>
      <span class=${toast.isBad ? "bad" : "good"}><${Glyph} name=${toast.isBad ? "warn" : "done"} /></span>
      <span class="toast-text"><${Text} text=${toast.text} />${toast.note ? html`<span class="soft"><${Text} text=${toast.note} /></span>` : null}</span>
      ${toast.undo ? html`<button class="button small" onClick=${() => { drop(toast.id); toast.undo?.(); }}>Undo</button>` : null}
      <button class="button plain small icon" aria-label="Close" onClick=${() => drop(toast.id)}><${Glyph} name="close" /></button>
    </div>`)}
  </div>`;
}

function show(/** @type {Toast} */ toast) {
  toasts.value = [...toasts.value, toast].slice(-SHOWN_MAX);
  setTimeout(() => drop(toast.id), STAY_MS);
}

function drop(/** @type {number} */ id) {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}
