import { html } from "../view.js"; export function Threads() { return html`<p>soon</p>`; }
