// The shell: which address shows which page, what a page may ask of the server, and who is signed in.
import { age, everywhere, focusSoon, ownZone, wishes, zone } from "./ui.js"

const base = "/api/v1"

/** Pages by their address; each module has `show(visit)`, which gives the page's content. */
const routes = [
  [/^\/$/, "overview", []],
  [/^\/p\/([^/]+)\/([^/]+)$/, "pipeline", ["domain", "name"]],
  [/^\/runs$/, "runs", []],
  [/^\/r\/(\d+)$/, "run", ["id"]],
  [/^\/r\/(\d+)\/t\/([^/]+)\/(\d+)\/a\/(\d+)$/, "log", ["id", "task", "index", "attempt"]],
  [/^\/b$/, "backfills", []],
  [/^\/b\/(b\d+)$/, "backfill", ["id"]],
  [/^\/datasets$/, "datasets", []],
  [/^\/d\/([^/]+)$/, "dataset", ["name"]],
  [/^\/lineage$/, "lineage", []],
  [/^\/alerts$/, "alerts", []],
  [/^\/sign-in$/, "sign-in", []],
]

/** What the server answered instead of what was asked for. */
class Problem extends Error {
  constructor({ status, headers }, { detail, title, help, code }) {
    super(detail ?? title ?? `the server answered ${status}`)
    Object.assign(this, { status, code, help, request: headers.get("x-request-id") })
  }
}

export const session = { signed_in: false, role: null, domains: null, csrf: null, reads_states: true }

/** Whether the reader has a role, in a domain. */
export function may(role, domain) {
  const order = ["viewer", "operator", "admin"]
  if (!session.signed_in || order.indexOf(session.role) < order.indexOf(role)) return false
  return !session.domains || !domain || session.domains.includes(domain)
}

/** Asks the server; `params` without a value are left out. */
export async function ask(method, path, { params, body, signal, text } = {}) {
  const query = new URLSearchParams(Object.entries(params ?? {})
    .filter(([, value]) => value !== null && value !== undefined && value !== "")).toString()
  const headers = {}
  if (body !== undefined) headers["content-type"] = "application/json"
  if (method !== "GET" && session.csrf) headers["x-heddle-csrf"] = session.csrf
  const address = base + path + (query ? `?${query}` : "")
  const answer = await fetch(address, { method, headers, signal, body: JSON.stringify(body) })
  if (answer.ok) return answer.status === 204 ? null : text ? answer.text() : answer.json()
  throw new Problem(answer, await answer.json().catch(() => ({})))
}

export async function signIn(token) {
  Object.assign(session, await ask("POST", "/session", { body: { token } }))
}

export async function signOut() {
  await ask("DELETE", "/session")
  await readSession()
}

async function readSession() {
  Object.assign(session, await ask("GET", "/session"))
}

/**
 * One showing of a page: its address, its requests, which end when it is left, and what it does when
 * something happens. A page that leaves `refresh` alone is shown anew where it would have been called.
 */
class Visit {
  #ended = new AbortController()
  #listeners = []
  #held = []

  constructor(page, names, { pathname: path, searchParams: query }) {
    const refresh = () => go(location.href, { quiet: true })
    Object.assign(this, { page, names, path, query, scope: [], refresh })
  }

  get signal() { return this.#ended.signal }
  get domain() { return this.query.get("domain") ?? "" }

  /** Reads; what the page shows is at least as old as the first answer. */
  async get(path, params) {
    const answer = await ask("GET", path, { params, signal: this.signal })
    this.seq ??= answer.seq
    return answer
  }

  post(path, body = {}) { return ask("POST", path, { body }) }

  /** Is told of each change while the page is shown. */
  on(listener) { this.#listeners.push(listener) }
  tell(changes) {
    if (this.#held) return this.#held.push(...changes)
    for (const change of changes) for (const listener of this.#listeners) listener(change)
  }

  /** The page stands: what happened while it was made is told now. */
  stands() {
    const held = this.#held ?? []
    this.#held = null
    this.tell(held)
    this.settled?.()
  }

  /** The events begin at `seq`: what was read before that is read again. */
  catchUp(seq) {
    if (this.#held || this.seq === undefined || this.seq >= seq) return
    this.seq = seq
    this.refresh()
  }

  /** Asks for the events of runs' tasks. */
  watch(...runs) {
    this.scope = runs.map((run) => `run:${run}`)
    live?.follow(this.scope)
  }

  /** This page's address with other filters; null takes one out. */
  address(changes) {
    const query = new URLSearchParams(this.query)
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === "") query.delete(name)
      else query.set(name, value)
    }
    return location.pathname + (query.size ? `?${query}` : "")
  }

  end() { this.#ended.abort() }
}

const main = document.getElementById("main")
const pages = {}
let visit = null, live = null

/** Shows what an address names. `quiet`: the same page again, its focus and its place kept. */
export async function go(address, { quiet = false, replace = quiet, back = false } = {}) {
  const url = new URL(address, location.href)
  const samePage = visit?.path === url.pathname
  // What a dialog asks is about the page below it.
  if (!quiet) for (const box of document.querySelectorAll("dialog[open]")) box.close(samePage ? "" : "left")
  if (!back) {
    history.replaceState({ ...history.state, top: scrollY }, "")
    history[replace ? "replaceState" : "pushState"](replace ? history.state : {}, "", url)
  }
  visit?.end()
  const [page, names] = route(url)
  const current = visit = new Visit(page, names, url)
  const slow = setTimeout(() => main.setAttribute("aria-busy", "true"), 150)
  let content
  try {
    // What is loaded asks for its data at once; even an import that is done would let a picture go before.
    pages[page] ??= await import(`./pages/${page}.js`)
    content = await pages[page].show(current)
  } catch (problem) {
    if (current !== visit) return
    const { sorry } = await import("./pages/sorry.js")
    content = sorry(problem, current)
  } finally {
    clearTimeout(slow)
    if (current === visit) main.removeAttribute("aria-busy")
  }
  if (current !== visit) return
  const focused = samePage ? focusKey() : null
  main.replaceChildren(content)
  settle(current, { quiet, back, focused, samePage })
  current.stands()
}

/** Title, focus and place, once a page stands. */
function settle(current, { quiet, back, focused, samePage }) {
  document.title = main.querySelector("h1")?.dataset.title
    ?? `${main.querySelector("h1")?.textContent} · Heddle`
  for (const anchor of document.querySelectorAll(".rail a")) {
    const here = anchor.dataset.page === home[current.page]
    here ? anchor.setAttribute("aria-current", "page") : anchor.removeAttribute("aria-current")
  }
  live?.follow(current.scope)
  if (focused) main.querySelector(focused)?.focus({ preventScroll: true })
  if (quiet) return
  if (!samePage && started) focusSoon(main, () => current === visit)
  if (back) scrollTo(0, history.state?.top ?? 0)
  else if (!samePage) scrollTo(0, 0)
}

/** The page of the rail to which a page belongs. */
const home = {
  overview: "overview", pipeline: "overview", runs: "runs", run: "runs", log: "runs", backfills: "backfills",
  backfill: "backfills", datasets: "datasets", dataset: "datasets", lineage: "lineage",
  alerts: "alerts",
}

function route(url) {
  for (const [pattern, page, keys] of routes) {
    const match = pattern.exec(url.pathname)
    if (!match) continue
    try {
      return [page, Object.fromEntries(keys.map((key, index) => [key, decodeURIComponent(match[index + 1])]))]
    } catch { break }
  }
  return ["sorry", {}]
}

/** How to find what has the focus in the page that comes instead of this one. */
function focusKey() {
  const focused = document.activeElement
  if (!main.contains(focused) || focused === main) return null
  if (focused.id) return `#${CSS.escape(focused.id)}`
  const href = focused.getAttribute("href")
  return href ? `a[href="${CSS.escape(href)}"]` : null
}

/** Says something once to those who hear the page. */
export function say(text) {
  document.getElementById("told").textContent = text
}

export function applyTheme() {
  const theme = wishes.get("theme", "system")
  document.documentElement.toggleAttribute("data-light", theme === "light")
  document.documentElement.toggleAttribute("data-dark", theme === "dark")
}

export function showZone() {
  const name = zone()
  const button = document.getElementById("zone")
  button.textContent = name
  button.setAttribute("aria-label",
    `Time zone ${name}${name === ownZone ? " (this browser's)" : ""}: settings`)
}

function listen() {
  document.addEventListener("click", (event) => {
    const anchor = event.target.closest?.("a[href]")
    if (!anchor || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey) return
    if (event.shiftKey || event.altKey || anchor.target || anchor.origin !== location.origin) return
    const href = anchor.getAttribute("href")
    if (href.startsWith("#") || href.startsWith(base)) return
    event.preventDefault()
    go(anchor.href)
  })
  addEventListener("popstate", () => go(location.href, { back: true }))
  document.getElementById("search").addEventListener("submit", (event) => {
    event.preventDefault()
    search(event.target.elements.q.value.trim())
  })
  document.getElementById("domain").addEventListener("change", (event) => {
    const listing = ["overview", "runs", "datasets", "alerts"].includes(visit.page)
    const domain = event.target.value
    go(listing ? visit.address({ domain }) : domain ? `/?domain=${encodeURIComponent(domain)}` : "/")
  })
  document.addEventListener("pointerover", ({ target }) => {
    if (target.localName === "time" && !target.title) target.title = everywhere(target.dateTime)
  })
  setInterval(() => document.hidden || age(), 10_000)
}

/** Opens what a name names; a selector, and any other text, filter the overview. */
function search(text) {
  if (/^\d+$/.test(text)) return go(`/r/${text}`)
  if (/^b\d+$/.test(text)) return go(`/b/${text}`)
  if (/^[a-z]\w*\/[a-z]\w*$/.test(text)) return go(`/p/${text}`)
  if (/^[a-z]\w*\.[a-z]\w*$/.test(text)) return go(`/d/${text}`)
  return go(text ? `/?${/[:*+]/.test(text) ? "select" : "q"}=${encodeURIComponent(text)}` : "/")
}

/** What the first view can do without: it comes once that view stands. */
async function finish() {
  const [{ Live }, { listenToKeys }, { listDomains, countAlerts }] = await Promise.all(
    [import("./live.js"), import("./keyboard.js"), import("./parts/domains.js")])
  live = new Live({
    changes: (changes) => {
      visit.tell(changes)
      if (changes.some(({ kind }) => kind === "alert")) countAlerts()
    },
    refresh: () => visit.refresh(),
    begun: (seq) => visit.catchUp(seq),
  })
  live.follow(visit.scope)
  listenToKeys({ go, visit: () => visit, pause: () => live.toggle() })
  await listDomains()
  pages.overview ??= await import("./pages/overview.js")
}

/** The overview needs nobody's name; the other pages wait until they know what the reader may do. */
async function start() {
  history.scrollRestoration = "manual"
  applyTheme()
  showZone()
  listen()
  const known = readSession().catch(() => {})
  if (location.pathname !== "/") await known
  await go(location.href, { replace: true })
  started = true
  await known
  await finish()
}

let started = false
start()
