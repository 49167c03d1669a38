import { html } from "../view.js"; export function MessagesPage() { return html`<p>soon</p>`; }
