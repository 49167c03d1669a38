/** The key of whoever looks. It lives in this tab until it is closed, and nowhere else. */
import { signal } from "../view.js";

const NAME = "interlock.key";

export const credential = signal(sessionStorage.getItem(NAME) ?? "");

/** Whether the server asked for a key, or for another one. */
export const isLockedOut = signal(false);

/** Takes a key, or with an empty text forgets it. */
export function keep(/** @type {string} */ key) {
  if (key) sessionStorage.setItem(NAME, key);
  else sessionStorage.removeItem(NAME);
  credential.value = key;
}

/** The headers that say who calls. */
export function bearer() {
  return credential.value ? { Authorization: `Bearer ${credential.value}` } : {};
}
