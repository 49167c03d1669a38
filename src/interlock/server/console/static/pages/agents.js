import { html } from "../view.js"; export function AgentsPage() { return html`<p>soon</p>`; }
