/** Which page is shown: `#/tasks/task-0-12?queue=read`. Every place has an address that can be sent to a colleague. */
import { signal } from "./view.js";

/**
 * @typedef {object} Place
 * @property {string} page   the first part of the path
 * @property {string} id     the rest of it, decoded; empty for the page itself
 * @property {Record<string, string>} query
 */

const HOME = "fleet";

/** @param {string} hash @returns {Place} */
export function placeOf(hash) {
  const [path, search = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [page, ...rest] = path.split("/");
  return { page: page || HOME, id: decoded(rest.join("/")), query: Object.fromEntries(new URLSearchParams(search)) };
}

/** The address of a place. Fields of the query that are empty are left out. */
export function addressOf(/** @type {string} */ page, id = "", /** @type {Record<string, string | number>} */ query = {}) {
  const kept = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined);
  const search = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
  return `#/${page}${id ? `/${encodeURIComponent(id)}` : ""}${search ? `?${search}` : ""}`;
}

export const place = signal(placeOf(location.hash));

addEventListener("hashchange", () => {
  if (location.hash === "" || location.hash.startsWith("#/")) place.value = placeOf(location.hash);
});

/** Goes to a place, with a new entry in the browser's history. */
export function go(/** @type {string} */ page, id = "", query = {}) {
  location.hash = addressOf(page, id, query);
}

/** Changes fields of the present address without a new entry: a filter is no journey. */
export function refine(/** @type {Record<string, string | number>} */ query) {
  const { page, id, query: before } = place.value;
  history.replaceState(null, "", addressOf(page, id, { ...before, ...query }));
  place.value = placeOf(location.hash);
}

function decoded(/** @type {string} */ text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // somebody typed a lone percent sign
  }
}
