import { html } from "../view.js"; export function ThreadPage() { return html`<p>soon</p>`; }
