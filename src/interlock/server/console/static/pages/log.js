import { html } from "../view.js"; export function LogPage() { return html`<p>soon</p>`; }
