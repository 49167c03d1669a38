/** Calls of the public API: a verb, its fields, and its answer or its refusal. */
import { bearer, isLockedOut } from "./credential.js";
import { noteServerTime } from "../live/clock.js";

const PATIENCE_MS = 30_000; // a verb that does not wait answers in milliseconds

/** A call that was not carried out, with the server's own words. */
export class CallError extends Error {
  /** @param {{code: string, message: string, hint?: string, details?: Record<string, unknown>}} error */
  constructor(error) {
    super(error.message);
    this.code = error.code;
    this.hint = error.hint ?? "";
    this.details = error.details ?? {};
  }
}

/**
 * The answer to a verb. Raises `CallError`.
 * @param {string} verb
 * @param {Record<string, unknown>} fields
 * @param {AbortSignal} [given]
 * @param {number} [patienceMs]  for a verb that takes its time
 * @returns {Promise<any>} the answer as the verb's page describes it
 */
export function call(verb, fields = {}, given, patienceMs = PATIENCE_MS) {
  const limit = AbortSignal.timeout(patienceMs);
  return answerOf(verb, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...bearer() },
    body: JSON.stringify(fields),
    signal: given ? AbortSignal.any([given, limit]) : limit,
  });
}

/** What stands at a path of the API. Raises `CallError`. @param {string} path @returns {Promise<any>} */
export function read(path) {
  return answerOf(path, { headers: bearer(), signal: AbortSignal.timeout(PATIENCE_MS) });
}

async function answerOf(/** @type {string} */ path, /** @type {RequestInit} */ request) {
  const response = await reach(`../v1/${path}`, request);
  noteServerTime(response.headers.get("Date"));
  const answer = await response.json().catch(() => ({}));
  if (response.ok) {
    isLockedOut.value = false;
    return answer;
  }
  if (response.status === 401) isLockedOut.value = true;
  throw new CallError(answer.error ?? { code: `http_${response.status}`, message: `The server answered ${response.status}.` });
}

async function reach(/** @type {string} */ path, /** @type {RequestInit} */ request) {
  try {
    return await fetch(path, { ...request, cache: "no-store", credentials: "omit" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new CallError({ code: "unreachable", message: "The server did not answer.", hint: "Is `interlock up` still running?" });
  }
}
