// Overview: what fails, what is late, what runs; a row per pipeline, what the reader pinned first, the others
// by domain, the urgent first, or in one list in the order that the reader asks for.
import { go } from "../app.js"
import {
  bars, count, distance, duration, empty, glyph, h, limit, link, many, repaint, s, stamp, urgency, wishes,
  word,
} from "../ui.js"

/** So many rows stand at once: what is in sight below the heads. The others follow while the reader looks. */
const atOnce = () => Math.ceil((innerHeight - 130) / 33)
/** The list is read anew at most so often while runs end. */
const rereading = 5_000

const filters = [
  ["failed", "failing", (p) => p.state === "failed"], ["broken", "broken", (p) => p.state === "broken"],
  ["late", "late", (p) => p.late], ["running", "running", (p) => p.running > 0],
  ["queued", "queued", (p) => p.queued > 0], ["paused", "paused", (p) => p.paused],
]

const rank = (pipeline) => urgency.indexOf(pipeline.state) * 2 - (pipeline.late ? 1 : 0)

/** Orders by their word in the address: their name, which end is first, and the figure by which they sort,
* the least first. What has no figure comes last; what has the same is in the order of names. */
const orders = [
  ["urgency", "urgency", "", rank], ["name", "name", "", () => 0],
  ["last", "last run", ", the latest first", ({ runs }) => -Date.parse(runs.at(-1)?.[4]) || Infinity],
  ["duration", "duration", " of the last run, the longest first", ({ runs }) => -(runs.at(-1)?.[3] ?? -1)],
  ["next", "next run", ", the soonest first", (p) => Date.parse(p.next_tick) || Infinity],
]

/** What the reader pinned. Names of pipelines have no spaces. */
const readPins = () => new Set(wishes.get("pins", "").match(/\S+/g))

export async function show(visit) {
  const { items } = await visit.get("/pipelines", wanted(visit))
  const overview = new Overview(visit, items)
  visit.on((change) => overview.take(change))
  visit.refresh = () => overview.reread()
  return overview.page
}

/** What is asked for: so many are shown at most. */
const wanted = ({ domain, query }) =>
  ({ limit: 2000, domain, q: query.get("q"), select: query.get("select") })

class Overview {
  #rows = new Map()
  #later = []
  #rereading = null

  constructor(visit, items) {
    this.visit = visit
    this.pipelines = new Map(items.map((item) => [item.pipeline, item]))
    this.heading = h("h1", {}, "Overview")
    this.counts = h("nav", { class: "counts", "aria-label": "Filters by state" })
    this.order = orders.find(([name]) => name === visit.query.get("sort")) ?? orders[0]
    this.pins = readPins()
    const click = ({ target }) => this.pin(target.closest("button"))
    this.list = h("div", { "data-sort": this.order[0], on: { click } })
    this.page = h("div", { class: "overview" },
      h("div", { class: "head" }, this.heading, this.counts, this.sorting()), this.list)
    this.summarise()
    this.build()
  }

  sorting() {
    const choose = ({ target }) => go(this.visit.address({ sort: target.value }))
    return h("label", { class: "choice actions" }, h("span", { class: "faint" }, "Sort by"),
      h("select", { id: "sort", on: { change: choose } }, orders.map((order, place) =>
        h("option", { value: place ? order[0] : "", selected: order === this.order }, order[1]))))
  }

  /** How many pipelines each filter would show; a filter that would show none is left out. */
  summarise() {
    const chosen = this.visit.query.get("state")
    const all = [...this.pipelines.values()]
    const failing = all.filter(filters[0][2]).length
    this.heading.dataset.title = failing ? `✕ ${failing} failing · Heddle` : "✓ Heddle"
    const links = filters.map(([state, text, test]) => {
      const number = all.filter(test).length
      if (!number && state !== chosen) return null
      return this.filter(state === chosen, state === chosen ? null : state,
        [glyph(badge[state] ?? state), `${count(number)} ${text}`])
    })
    this.counts.replaceChildren(this.filter(!chosen, null, many(all.length, "pipeline")),
      ...links.filter(Boolean))
  }

  filter(chosen, state, content) {
    return h("a", { href: this.visit.address({ state }), class: "pill",
      "aria-current": chosen ? "true" : null }, content)
  }

  /** The rows that the filters leave, in groups: what is pinned, then the domain that fails most urgently. */
  build() {
    const chosen = filters.find(([state]) => state === this.visit.query.get("state"))
    const shown = [...this.pipelines.values()].filter(chosen ? chosen[2] : () => true)
    this.isEmpty = !shown.length
    if (this.isEmpty) return this.list.replaceChildren(this.nothing(chosen))
    const [order, name, first, figure] = this.order
    shown.sort((a, b) => figure(a) - figure(b) || (a.pipeline < b.pipeline ? -1 : 1))
    const groups = [...Map.groupBy(shown, ({ pipeline, domain }) =>
      this.pins.has(pipeline) ? "Pinned" : order === "urgency" ? domain : `By ${name}${first}`)]
    groups.sort(([a], [b]) => (b === "Pinned") - (a === "Pinned"))
    const focused = document.activeElement
    // Rows that stand already only move.
    let room = Math.max(atOnce(), this.#rows.size)
    this.#later = []
    this.list.replaceChildren(...groups.map(([title, pipelines], place) => {
      const rows = h("ul", { class: "rows", "aria-labelledby": `group-${place}` })
      const now = pipelines.slice(0, Math.max(0, room))
      room -= pipelines.length
      rows.append(...now.map((pipeline) => this.row(pipeline, title)))
      if (now.length < pipelines.length) this.#later.push([title, rows, pipelines.slice(now.length)])
      return h("section", { class: "group" },
        h("h2", { id: `group-${place}` }, this.title(title, pipelines[0])), rows)
    }))
    if (this.list.contains(focused)) focused.focus({ preventScroll: true })
    this.fill(this.#later)
  }

  /** A group's heading; a domain's leads to it. Names of domains begin small, so none is that of another. */
  title(title, { domain, owner }) {
    if (title !== domain) return title
    return [h("a", { href: this.visit.address({ domain }) }, domain), " ",
      h("span", { class: "faint" }, owner ? `owner ${owner}` : "")]
  }

  /** Builds what is below the first screen a little at a time, so that the page answers meanwhile. */
  fill(later) {
    const next = () => {
      if (this.visit.signal.aborted || later !== this.#later || !later.length) return
      const end = performance.now() + 8
      while (later.length && performance.now() < end) {
        const [title, rows, pipelines] = later[0]
        // What was read since then is what its row says.
        const newest = (pipeline) => this.pipelines.get(pipeline.pipeline) ?? pipeline
        rows.append(...pipelines.splice(0, 20).map((one) => this.row(newest(one), title, "later")))
        if (!pipelines.length) later.shift()
      }
      setTimeout(next)
    }
    requestAnimationFrame(() => setTimeout(next))
  }

  nothing(chosen) {
    if (this.visit.domain || ["q", "select"].some((name) => this.visit.query.get(name)) || chosen) {
      return empty("No pipeline is like that.", null,
        h("p", {}, h("a", { href: "/" }, "Show all pipelines")))
    }
    return empty("No pipelines yet. Each domain has a folder in dags/ with a file per pipeline; "
      + "this makes a small mesh that runs:", "heddle init demo")
  }

  /** A pipeline's row in a group: made once, and the same wherever it moves. What is not in sight at first
  * is laid out when it comes there. */
  row(pipeline, title, when = "now") {
    const parts = this.#rows.get(pipeline.pipeline) ?? this.make(pipeline, when)
    parts.name.textContent = title === pipeline.domain ? pipeline.name : pipeline.pipeline
    parts.pin.setAttribute("aria-pressed", this.pins.has(pipeline.pipeline))
    return parts.row
  }

  make(pipeline, when) {
    const row = prototype().cloneNode(true)
    row.classList.add(when)
    const parts = Object.fromEntries(
      [...row.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]))
    parts.row = row
    parts.name.href = link.pipeline(pipeline.pipeline)
    parts.pin.value = pipeline.pipeline
    parts.pin.setAttribute("aria-label", `pin ${pipeline.pipeline}`)
    this.#rows.set(pipeline.pipeline, parts)
    this.update(pipeline)
    return parts
  }

  /** Brings a row up to date, if it was made already. */
  update(pipeline) {
    const parts = this.#rows.get(pipeline.pipeline)
    if (parts) paint(parts, pipeline, this.order[0])
  }

  /** Pins a pipeline, or takes the pin out; of the others, what other tabs have done since is kept. */
  pin(button) {
    if (!button) return
    const isPinned = this.pins.has(button.value)
    this.pins = readPins()
    isPinned ? this.pins.delete(button.value) : this.pins.add(button.value)
    wishes.set("pins", [...this.pins].join(" "))
    this.build()
    // Who pins by keys goes where the row goes.
    if (button.matches(":focus-visible")) button.scrollIntoView({ block: "nearest" })
  }

  /** A run that begins or ends changes its pipeline's row where it stands. */
  take(change) {
    if (change.kind === "release" || change.kind === "removed") return this.reread()
    // What is too late or too old becomes so without any run; the alert tells.
    if (change.kind === "alert") return this.rereadSoon()
    const name = change.kind === "run" ? change.patch.pipeline : change.id
    const pipeline = this.pipelines.get(name)
    if (!pipeline) return
    if (change.kind === "pipeline") Object.assign(pipeline, change.patch)
    if (change.kind === "run") takeRun(pipeline, { id: change.id, ...change.patch })
    this.update(pipeline)
    this.summarise()
    if (this.isEmpty) this.build()
    this.rereadSoon()
  }

  rereadSoon() { this.#rereading ??= setTimeout(() => this.reread(), rereading) }

  /** Reads the whole list again; rows stay where they are, unless pipelines came or went. */
  async reread() {
    clearTimeout(this.#rereading)
    this.#rereading = null
    const { items } = await this.visit.get("/pipelines", wanted(this.visit)).catch(() => ({}))
    if (!items) return
    const same = items.length === this.pipelines.size
      && items.every((item) => this.pipelines.has(item.pipeline))
    this.pipelines = new Map(items.map((item) => [item.pipeline, item]))
    this.summarise()
    for (const item of items) this.update(item)
    if (!same || this.isEmpty) this.build()
  }
}

const badge = { late: "retrying", paused: "cancelled", broken: "broken" }

function takeRun(pipeline, run) {
  const entry = [run.id, run.state, run.partition, run.duration_ms, run.created_at]
  const place = pipeline.runs.findIndex(([id]) => id === run.id)
  if (place >= 0) pipeline.runs[place] = entry
  else if (run.id > (pipeline.runs.at(-1)?.[0] ?? 0)) pipeline.runs = [...pipeline.runs, entry].slice(-14)
  pipeline.state = pipeline.runs.at(-1)?.[1] ?? pipeline.state
  pipeline.running = pipeline.runs.filter(([, state]) => state === "running").length
  pipeline.queued = pipeline.runs.filter(([, state]) => state === "queued").length
}

/** A row with nothing in it: to copy it costs a tenth of what making it does. */
let empties = null
function prototype() {
  empties ??= h("li", { class: "row pipeline", "data-row": "" },
    h("span", { class: "mark", "data-part": "mark" }, glyph("never"), h("span")),
    h("span", { class: "name" }, h("a", { "data-part": "name", href: "/" }),
      h("span", { "data-part": "badges" })),
    h("button", { "data-part": "pin", type: "button", class: "quiet pin" },
      s("svg", { class: "i", "aria-hidden": "true", viewBox: "0 0 16 16" },
        s("path", { class: "o", d: "M5 2h6M6 2v4.5L4 9v1h8V9l-2-2.5V2M8 10v4.5" }))),
    h("a", { "data-part": "bars", href: "/runs", class: "history" }),
    h("span", { "data-part": "last", class: "cell" }), h("span", { "data-part": "next", class: "cell" }),
    h("span", { "data-part": "fresh", class: "cell" }))
  return empties
}

function paint(parts, pipeline, order) {
  repaint(parts.mark.firstChild, pipeline.state)
  parts.mark.lastChild.textContent = word(pipeline.state)
  parts.badges.replaceChildren(...["late", "paused"].filter((name) => pipeline[name])
    .map((name) => h("span", { class: `badge ${name}` }, name)))
  const drawn = bars(pipeline.runs)
  const last = pipeline.runs.at(-1)
  parts.bars.href = last ? link.run(last[0]) : link.pipeline(pipeline.pipeline)
  parts.bars.setAttribute("aria-label",
    `${drawn.getAttribute("aria-label")}${last ? `; open run ${last[0]}` : ""}`)
  drawn.setAttribute("aria-hidden", "true")
  parts.bars.replaceChildren(drawn)
  // Who sorts by how long runs take wants to read it.
  if (order === "duration" && last) put(parts.last, "took", duration(last[3]))
  else moment(parts.last, "ran", last?.[4])
  moment(parts.next, "next", pipeline.next_tick)
  moment(parts.fresh, "data to", pipeline.fresh_until)
  promise(parts.fresh, pipeline)
}

function moment(cell, name, value) {
  if (!value) return cell.replaceChildren()
  put(cell, name, h("time", { datetime: value, "data-far": "" }, distance(value)))
}

function put(cell, name, value) {
  cell.replaceChildren(h("span", { class: "faint" }, `${name} `), value)
}

/** Whether the data is as fresh as its readers want it; where they do not say, when it is due. */
function promise(cell, { slo, deadline_ms }) {
  const after = deadline_ms && `due ${limit(deadline_ms)} after`
  const due = after ? `Each partition is ${after} its end.` : ""
  if (!slo) return after && cell.append(" ", h("span", { class: "slo faint", title: due }, after))
  const most = limit(slo.within_ms)
  const renewed = slo.renewed_at ? `was renewed ${stamp(slo.renewed_at)}` : "was never made"
  cell.append(" ", h("span", { class: "slo",
    title: `Readers want it no older than ${most}; it ${renewed}. ${due}`.trim() },
  glyph(slo.kept ? "success" : "failed"),
  slo.kept ? `within ${most}` : slo.renewed_at ? `older than ${most}` : "never made"))
}
