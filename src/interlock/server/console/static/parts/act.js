/** A button that does something to the fleet. It is dead where the key does not allow it, and says why. */
import { whyNot } from "../api/standing.js";
import { html } from "../view.js";

/** @param {{verb: string, look?: string, disabled?: boolean, onClick: () => unknown, children?: unknown}} props */
export function Act({ verb, look = "", disabled = false, onClick, children }) {
  const reason = whyNot(verb);
  return html`<button class=${`button ${look}`} disabled=${disabled || reason !== undefined} title=${reason} onClick=${onClick}>${children}</button>`;
}
