/** How every module of the console writes what it shows: tagged templates that become elements, never markup text. */
import { Fragment, h, render } from "./vendor/preact.mjs";
import htm from "./vendor/htm.mjs";

/** Elements from a template. A value in it is shown as text, whatever it holds. */
export const html = htm.bind(h);

export { Fragment, render };
export { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./vendor/preact-hooks.mjs";
export { batch, computed, effect, signal, useComputed, useSignal } from "./vendor/signals.mjs";
