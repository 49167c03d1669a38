/** What a page says when there is nothing, or when it could not be asked for. */
import { html } from "../view.js";
import { Copy } from "./copy.js";
import { Glyph } from "./glyph.js";

/** Tells what would stand here, and the command that brings it. @param {{glyph: string, title: string, text: string, command?: string}} props */
export function Empty({ glyph, title, text, command }) {
  return html`<div class="empty">
    <${Glyph} name=${glyph} />
    <h2>${title}</h2>
    <p>${text}</p>
    ${command ? html`<div class="command"><code>${command}</code><${Copy} text=${command} what="command" /></div>` : null}
  </div>`;
}

/** A call that was refused, in the server's words. @param {{error: import("../api/call.js").CallError, again?: () => void}} props */
export function Fault({ error, again }) {
  return html`<div class="fault" role="alert">
    <${Glyph} name="warn" />
    <div>
      <p>${error.message}</p>
      ${error.hint ? html`<p>${error.hint}</p>` : null}
      ${again ? html`<p><button class="button small" onClick=${again}>Ask again</button></p>` : null}
    </div>
  </div>`;
}
