/** Foreign text on the page: isolated, cut to a length, and with everything that would act made visible. */
import { html, useState } from "../view.js";
import { inert, piecesOf } from "../text/inert.js";

const CELL_CHARS_MAX = 200; // more would be cut off by the narrowest column anyway
const BLOCK_CHARS_MAX = 4_000; // a page stays quick; the rest is one press away

/** A short text in one line, cut where its place ends. @param {{text: unknown, tag?: string}} props */
export function Text({ text, tag = "bdi" }) {
  const whole = String(text ?? "");
  const part = whole.length > CELL_CHARS_MAX ? `${whole.slice(0, CELL_CHARS_MAX)}…` : whole;
  return html`<${tag} title=${part.length > 24 || part !== whole ? inert(whole.slice(0, 1_000)) : undefined}>${pieces(part)}<//>`;
}

/** A long text, as it was written. @param {{text: string}} props */
export function Block({ text }) {
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > BLOCK_CHARS_MAX;
  return html`<div>
    <pre class="block" tabindex="0" dir="auto">${pieces(isLong && !isWhole ? text.slice(0, BLOCK_CHARS_MAX) : text)}</pre>
    ${isLong && !isWhole ? html`<button class="button small plain" onClick=${() => setWhole(true)}>Show all ${text.length.toLocaleString("en-GB")} characters</button>` : null}
  </div>`;
}

/** A value as indented JSON. @param {{value: unknown}} props */
export function Json({ value }) {
  return html`<${Block} text=${typeof value === "string" ? value : JSON.stringify(value, null, 2) ?? "null"} />`;
}

/** Whether there is anything to show in a value. */
export function isBlank(/** @type {unknown} */ value) {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

function pieces(/** @type {string} */ text) {
  return piecesOf(text).map((piece) => (piece.isEscape ? html`<span class="escape">${piece.text}</span>` : piece.text));
}
