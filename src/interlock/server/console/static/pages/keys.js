import { html } from "../view.js"; export function KeysPage() { return html`<p>soon</p>`; }
