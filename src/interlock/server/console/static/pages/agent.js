import { html } from "../view.js"; export function AgentPage() { return html`<p>soon</p>`; }
