// What every page is made of: elements, states as glyph and word, moments and durations.
// Text reaches the page through text nodes only, so nothing that a pipeline says can become markup.

const svgSpace = "http://www.w3.org/2000/svg"

/** An element with attributes (`on` holds its listeners) and children: nodes, texts, lists of them, or
* nothing. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children)
}

/** The same for a drawing. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(svgSpace, tag), attributes, children)
}

function fill(element, { on, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue
    element.setAttribute(name, value === true ? "" : value)
  }
  for (const [name, listener] of Object.entries(on ?? {})) element.addEventListener(name, listener)
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined
    && child !== false))
  return element
}

/** How each state is called; a state that is not here is shown by its own name. */
const words = {
  success: "success", failed: "failed", running: "running", retrying: "retrying",
  upstream_failed: "upstream failed", queued: "queued", waiting: "waiting", deferred: "put off",
  skipped: "skipped", cancelled: "cancelled", never: "never ran", broken: "broken",
  starting: "starting", stopping: "stopping", lost: "lost", timed_out: "timed out",
  made: "made", declared: "declared", missing: "missing", stale: "stale", replaced: "replaced",
  make: "new", again: "again", rest: "the rest", replace: "replaces", skip: "stays", locked: "locked",
}

/** States that look like another one; the word tells them apart. */
const looks = {
  waiting: "queued", deferred: "queued", starting: "running", stopping: "cancelled", lost: "failed",
  timed_out: "failed", made: "success", declared: "success", missing: "never", stale: "retrying",
  make: "running", again: "retrying", rest: "queued", replace: "failed", skip: "skipped",
  locked: "cancelled",
}

/** The order in which states call for attention. */
export const urgency = ["failed", "broken", "upstream_failed", "retrying", "running", "queued", "deferred",
  "waiting", "cancelled", "skipped", "never", "success"]

export const word = (state) => words[state] ?? String(state).replaceAll("_", " ")
export const look = (state) => looks[state] ?? (state in words ? state : "never")

/** A state's glyph alone; who uses it says the word beside it or in a label. */
export function glyph(state) {
  return s("svg", { class: `i s-${look(state)}`, "aria-hidden": "true" },
    s("use", { href: `#i-${look(state)}` }))
}

/** A state as glyph and word. */
export const mark = (state, text = word(state)) => h("span", { class: "mark" }, glyph(state), text)

/** Gives a glyph made by `glyph` or `mark` another state. */
export function repaint(svg, state) {
  svg.setAttribute("class", `i s-${look(state)}`)
  svg.firstChild.setAttribute("href", `#i-${look(state)}`)
}

/** "3 failed, 1 running" of `{failed: 3, running: 1}`, the most urgent first. */
export function tally(counts) {
  const states = Object.keys(counts).filter((state) => counts[state] > 0)
  states.sort((a, b) => urgency.indexOf(a) - urgency.indexOf(b))
  return states.map((state) => mark(state, `${count(counts[state])} ${word(state)}`))
}

/** "12,345" of a whole number; what browsers have for it takes them some milliseconds to wake. */
export const count = (number) => String(number ?? 0).replace(/\B(?=(\d{3})+$)/g, ",")
export const many = (number, one, more = `${one}s`) => `${count(number)} ${number === 1 ? one : more}`

/** "1m 20s" of milliseconds. */
export function duration(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return "–"
  if (milliseconds < 1000) return `${Math.round(milliseconds)}ms`
  const seconds = milliseconds / 1000
  if (seconds < 10) return `${seconds.toFixed(1)}s`
  if (seconds < 60) return `${Math.round(seconds)}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${pad(Math.round(seconds) % 60)}s`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours}h ${pad(minutes % 60)}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`
}

const units = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"], [1000, "s"]]

/** "6 h", "90 min" of milliseconds that somebody declared: in the largest unit that says them exactly. As in
* distances there is more than one of it: "24 h" is easier to compare than "1 d". */
export function limit(milliseconds) {
  const [size, unit] = units.find(([size]) => milliseconds > size && milliseconds % size === 0) ?? [1, "ms"]
  return `${milliseconds / size} ${unit}`
}

const pad = (number, length = 2) => String(number).padStart(length, "0")

const kept = new Map()

/** What the reader chose; kept in this browser, or, where that keeps nothing, until the page is left. */
export const wishes = {
  get(name, otherwise) {
    try {
      return localStorage.getItem(`heddle.${name}`) ?? otherwise
    } catch {
      return kept.get(name) ?? otherwise
    }
  },
  set(name, value) {
    try { localStorage.setItem(`heddle.${name}`, value) } catch { kept.set(name, value) }
  },
}

export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone
export const zone = () => wishes.get("zone", ownZone)

const formatters = new Map()

function formatter(name) {
  if (!formatters.has(name)) {
    formatters.set(name, new Intl.DateTimeFormat("en-CA", {
      timeZone: name, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit",
      hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "longOffset",
    }))
  }
  return formatters.get(name)
}

/** A moment in a zone, with its offset: `{day: "2026-11-20", time: "14:05:09", offset: "+05:30"}`. */
export function clock(moment, name = zone()) {
  if (name === ownZone && Number.isInteger(moment.getTimezoneOffset())) return ownClock(moment)
  const part = {}
  for (const { type, value } of formatter(name).formatToParts(moment)) part[type] = value
  return {
    day: `${part.year}-${part.month}-${part.day}`, time: `${part.hour}:${part.minute}:${part.second}`,
    offset: part.timeZoneName.replace("GMT", "") || "+00:00",
  }
}

/** The same in the zone of this browser, which needs none of its tables of languages. */
function ownClock(moment) {
  const ahead = -moment.getTimezoneOffset()
  const [hours, minutes] = [Math.floor(Math.abs(ahead) / 60), Math.abs(ahead) % 60]
  return {
    day: `${pad(moment.getFullYear(), 4)}-${pad(moment.getMonth() + 1)}-${pad(moment.getDate())}`,
    time: `${pad(moment.getHours())}:${pad(moment.getMinutes())}:${pad(moment.getSeconds())}`,
    offset: `${ahead < 0 ? "-" : "+"}${pad(hours)}:${pad(minutes)}`,
  }
}

/** "2026-11-20 14:05:09 +05:30". */
export function stamp(moment, name = zone()) {
  const { day, time, offset } = clock(new Date(moment), name)
  return `${day} ${time} ${offset}`
}

const longAgo = 60 * 86_400

/** "3 min ago", "in 2 h"; the day itself, with its offset, where that says more. */
export function distance(moment, now = Date.now()) {
  const seconds = Math.round((now - new Date(moment)) / 1000)
  const size = Math.abs(seconds)
  if (size < 5) return "now"
  if (size > longAgo) {
    const { day, offset } = clock(new Date(moment))
    return `${day} ${offset}`
  }
  const text = size < 90 ? `${size} s` : size < 5400 ? `${Math.round(size / 60)} min`
    : size < 129600 ? `${Math.round(size / 3600)} h` : `${Math.round(size / 86400)} d`
  return seconds > 0 ? `${text} ago` : `in ${text}`
}

/** A moment as it stands in lists: how far it is. All the rest is made when the pointer comes. */
export function when(moment, otherwise = "–") {
  if (!moment) return otherwise
  return h("time", { datetime: moment, "data-far": "" }, distance(moment))
}

/** A moment in full: in the reader's zone, with its offset, and how far it is. */
export function at(moment, otherwise = "–") {
  if (!moment) return otherwise
  const isNear = Math.abs(Date.now() - new Date(moment)) < longAgo * 1000
  const far = isNear && h("time", { datetime: moment, "data-far": "", class: "faint" }, distance(moment))
  return h("span", { class: "moment" },
    h("time", { datetime: moment }, stamp(moment)), far && [" (", far, ")"])
}

/** A moment in the reader's zone, in UTC and as a number. */
export const everywhere = (moment) =>
  `${stamp(moment)} ${zone()}\n${stamp(moment, "UTC")} UTC\n${new Date(moment).getTime()} ms since 1970`

/** Lets the distances on the page grow. */
export function age(root = document) {
  for (const element of root.querySelectorAll("time[data-far]")) {
    const text = distance(element.dateTime)
    if (element.firstChild?.data !== text) element.textContent = text
  }
}

/** The last runs as bars, as high as they were long; a failed one also stands on a foot. */
export function bars(runs, height = 20) {
  const width = 6
  const longest = Math.max(1, ...runs.map((run) => run[3] ?? 0))
  const paths = new Map()
  runs.forEach(([, state, , milliseconds], index) => {
    const x = (14 - runs.length + index) * width
    const size = Math.max(3, Math.round((height - 5) * (milliseconds ?? 0) / longest))
    const foot = state === "failed" ? `M${x} ${height - 2}h4v2h-4z` : ""
    paths.set(look(state), `${paths.get(look(state)) ?? ""}M${x} ${height - 4 - size}h4v${size}h-4z${foot}`)
  })
  return s("svg", {
    class: "bars", width: 14 * width, height, viewBox: `0 0 ${14 * width} ${height}`, role: "img",
    "aria-label": runs.length ? `last ${many(runs.length, "run")}: ${said(runs)}` : "no runs yet",
  }, [...paths].map(([state, d]) => s("path", { class: `s-${state}`, d })))
}

function said(runs) {
  const counts = {}
  for (const [, state] of runs) counts[state] = (counts[state] ?? 0) + 1
  return Object.entries(counts).map(([state, number]) => `${number} ${word(state)}`).join(", ")
}

/** What stands where nothing is: what belongs here and the command that makes it. */
export function empty(text, command, ...more) {
  return h("div", { class: "empty" }, h("p", {}, text), command && h("p", {}, h("code", {}, command)), more)
}

/** A labelled value, for the heads of pages. */
export const fact = (name, ...value) => h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, value))

/** The addresses of things. */
export const link = {
  pipeline: (name) => `/p/${name}`,
  run: (id) => `/r/${id}`,
  log: (run, task, index, attempt) => `/r/${run}/t/${task}/${index}/a/${attempt}`,
  backfill: (id) => `/b/${id}`,
  dataset: (name) => `/d/${name}`,
  lineage: (name) => `/lineage?sel=${encodeURIComponent(name)}`,
}

/** The full name of an instance among its pipeline's: `publish[3]`. */
export const instance = ({ task, index, each, value }) =>
  index > 0 || each || (value !== null && value !== undefined) ? `${task}[${value ?? index}]` : task

/** Gives an element the focus, unless somebody takes it meanwhile. What gets the focus is laid out for it, so
* the next picture goes before. */
export function focusSoon(element, isWanted) {
  const before = document.activeElement
  requestAnimationFrame(() => setTimeout(() => {
    if (isWanted() && document.activeElement === before) element.focus({ preventScroll: true })
  }))
}
