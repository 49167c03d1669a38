/** Whom the server takes this page for: its key's name, role and verbs, and whether a key is needed at all. */
import { computed, signal } from "../view.js";
import { CallError, read } from "./call.js";
import { credential } from "./credential.js";

/** @typedef {{is_open: boolean, version: string, namespace: string, role: string, name: string, verbs: string[]}} Standing */

/** Null until the server told it. */
export const standing = signal(/** @type {Standing | null} */ (null));

/** Whether the server takes calls without a key: then anybody on its machine may do everything. */
export const isOpen = computed(() => standing.value?.is_open ?? false);

const allowed = computed(() => (standing.value ? new Set(standing.value.verbs) : null));

/** Whether the key allows a verb, as far as is known here: the server decides. */
export function may(/** @type {string} */ verb) {
  return allowed.value?.has(verb) ?? true;
}

/** Why a verb is not offered; nothing for one that is. @param {string} verb @returns {string | undefined} */
export function whyNot(verb) {
  return may(verb) ? undefined : `Your key (${standing.value?.role}) does not allow ${verb}.`;
}

/** Asks the server anew. */
export async function readStanding() {
  const key = credential.peek();
  try {
    const told = await read("server");
    if (key === credential.peek()) standing.value = told;
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    if (error.code === "unauthenticated" && key === credential.peek()) standing.value = null;
  }
}
