import { html } from "../view.js"; export function Deliveries() { return html`<p>soon</p>`; }
