/** The frame around every page: the rail, the bar, the banners, and what floats above. */
import { credential, isLockedOut, keep } from "./api/credential.js";
import { isOpen, standing } from "./api/standing.js";
import { connection } from "./live/connection.js";
import { nowUs } from "./live/clock.js";
import { Dialogs } from "./parts/dialog.js";
import { Glyph } from "./parts/glyph.js";
import { Help, isHelpOpen } from "./parts/help.js";
import { Palette, isPaletteOpen } from "./parts/palette.js";
import { Text } from "./parts/text.js";
import { Toasts } from "./parts/toast.js";
import { PAGES } from "./places.js";
import { addressOf, place } from "./router.js";
import { nextTheme, theme } from "./theme.js";
import { html, useEffect, useRef } from "./view.js";
import { SignIn } from "./pages/signin.js";
import { pageOf } from "./pages/pages.js";

export function Shell() {
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const { page, id } = place.value;
  useEffect(() => {
    document.title = `${id || nameOf(page)} · Interlock`;
    main.current?.scrollTo(0, 0);
  }, [page, id]);
  if (isLockedOut.value) return html`<${SignIn} /><${Toasts} />`;
  const { view: View, isFixed } = pageOf(page, id);
  const skip = (/** @type {Event} */ event) => { event.preventDefault(); main.current?.focus(); };
  return html`<div class="shell">
    <a class="skip" href="#main" onClick=${skip}>Skip to the page</a>
    <${Rail} page=${page} />
    <div class="stage">
      <${Bar} page=${page} id=${id} />
      <${Banners} />
      <main id="main" ref=${main} tabindex="-1" class=${isFixed ? "fixed" : ""}><${View} key=${`${page}/${id}`} id=${id} /></main>
    </div>
    <${Dialogs} /><${Help} /><${Palette} /><${Toasts} />
  </div>`;
}

function nameOf(/** @type {string} */ page) {
  return PAGES.find((each) => each.page === page)?.name ?? "Nothing here";
}

/** @param {{page: string}} props */
function Rail({ page }) {
  return html`<nav class="rail" aria-label="Pages">
    <a class="brand" href="#/fleet"><img src="mark.svg" alt="" />Interlock</a>
    <div class="rail-links">
      ${PAGES.map((each) => html`<a class="rail-link" key=${each.page} href=${addressOf(each.page)} aria-current=${each.page === page ? "page" : undefined} title=${`g ${each.key}`}><${Glyph} name=${each.page} />${each.name}</a>`)}
    </div>
    <${Foot} />
  </nav>`;
}

/** Whose key this is, and what answers. */
function Foot() {
  const told = standing.value;
  return html`<div class="rail-foot">
    ${told?.name ? html`<span class="cut"><${Text} text=${told.name} />, ${told.role}</span>` : null}
    ${told ? html`<span class="cut"><${Text} text=${told.namespace} /></span><span class="cut">version ${told.version}</span>` : null}
    <span class="cut">${location.host}</span>
  </div>`;
}

/** @param {{page: string, id: string}} props */
function Bar({ page, id }) {
  const look = { system: "screen", light: "sun", dark: "moon" }[theme.value] ?? "screen";
  return html`<header class="bar">
    <div class="crumbs">
      ${id ? html`<a href=${addressOf(page)}>${nameOf(page)}</a><span class="crumbs-mark">/</span><${Text} text=${id} />` : html`<span>${nameOf(page)}</span>`}
    </div>
    <${LinkState} />
    <button class="button wide-only" onClick=${() => { isPaletteOpen.value = true; }}><${Glyph} name="search" />Go to<kbd>Ctrl K</kbd></button>
    <button class="button plain icon narrow-only" aria-label="Go to" onClick=${() => { isPaletteOpen.value = true; }}><${Glyph} name="search" /></button>
    <button class="button plain icon" aria-label=${`Colours: ${theme.value}`} title=${`Colours: ${theme.value} (t)`} onClick=${nextTheme}><${Glyph} name=${look} /></button>
    <button class="button plain icon wide-only" aria-label="Keyboard" title="Keyboard (?)" onClick=${() => { isHelpOpen.value = true; }}><${Glyph} name="help" /></button>
    ${credential.value ? html`<button class="button plain" onClick=${signOut}>Sign out</button>` : null}
  </header>`;
}

function signOut() {
  keep("");
  isLockedOut.value = true;
}

function LinkState() {
  const { state, retryAtMs } = connection.value;
  if (state === "live") return html`<span class="link-state live"><${Glyph} name="live" /><span class="link-state-text">live</span></span>`;
  if (state === "opening") return html`<span class="link-state"><${Glyph} name="live" /><span class="link-state-text">connecting</span></span>`;
  void nowUs.value;
  const seconds = Math.max(0, Math.ceil((retryAtMs - Date.now()) / 1_000));
  return html`<span class="link-state lost" role="status"><${Glyph} name="lost" /><span class="link-state-text">reconnecting${seconds ? ` · ${seconds} s` : ""}</span></span>`;
}

function Banners() {
  return html`
    ${isOpen.value ? html`<div class="banner" role="note"><${Glyph} name="warn" /><span>No keys: anyone on this machine may do everything here. <a href="#/keys">${credential.value ? "Create another key" : "Create a key"}</a> to close it.</span></div>` : null}
    ${connection.value.state === "lost" ? html`<div class="banner bad" role="alert"><${Glyph} name="lost" /><span>The server cannot be reached. What you see is as it was; it is asked again by itself.</span></div>` : null}`;
}
