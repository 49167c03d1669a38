/** The pages of the console, in the order of the rail. */

/** @typedef {{page: string, name: string, key: string}} Page */

/** @type {Page[]} */
export const PAGES = [
  { page: "fleet", name: "Fleet", key: "f" },
  { page: "tasks", name: "Tasks", key: "t" },
  { page: "messages", name: "Messages", key: "m" },
  { page: "agents", name: "Agents", key: "a" },
  { page: "log", name: "Log", key: "l" },
  { page: "keys", name: "Keys", key: "k" },
];
