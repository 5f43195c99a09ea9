// Overview: what fails, what is late, what runs; a row per pipeline, grouped by domain, the urgent first.
import {
  bars, count, distance, empty, glyph, h, link, many, repaint, urgency, word,
} from "../ui.js"

/** So many rows stand at once; the others follow while the reader looks at them. */
const atOnce = 24
/** The list is read anew at most so often while runs end. */
const rereading = 5_000

const filters = [
  ["failed", "failing", (p) => p.state === "failed"], ["broken", "broken", (p) => p.state === "broken"],
  ["late", "late", (p) => p.late], ["running", "running", (p) => p.running > 0],
  ["queued", "queued", (p) => p.queued > 0], ["paused", "paused", (p) => p.paused],
]

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
  #rereading = null

  constructor(visit, items) {
    this.visit = visit
    this.pipelines = new Map(items.map((item) => [item.pipeline, item]))
    this.heading = h("h1", {}, "Overview")
    this.counts = h("nav", { class: "counts", "aria-label": "Filters by state" })
    this.list = h("div", { class: "groups" })
    this.page = h("div", { class: "overview" }, h("div", { class: "head" }, this.heading, this.counts),
      this.list)
    this.summarise()
    this.build()
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

  /** The rows that the filters leave, by domain; the domain that fails most urgently first. */
  build() {
    const chosen = filters.find(([state]) => state === this.visit.query.get("state"))
    const shown = [...this.pipelines.values()].filter(chosen ? chosen[2] : () => true)
    if (!shown.length) return this.list.replaceChildren(this.nothing(chosen))
    shown.sort((a, b) => rank(a) - rank(b) || (a.pipeline < b.pipeline ? -1 : 1))
    const groups = Map.groupBy(shown, (pipeline) => pipeline.domain)
    let room = atOnce
    const later = []
    this.list.replaceChildren(...[...groups].map(([domain, pipelines]) => {
      const rows = h("ul", { class: "rows", "aria-labelledby": `domain-${domain}` })
      const now = pipelines.slice(0, Math.max(0, room))
      room -= pipelines.length
      rows.append(...now.map((pipeline) => this.row(pipeline)))
      if (now.length < pipelines.length) later.push([rows, pipelines.slice(now.length)])
      return h("section", { class: "group" }, h("h2", { id: `domain-${domain}` },
        h("a", { href: this.visit.address({ domain }) }, domain), " ",
        h("span", { class: "faint" }, pipelines[0].owner ? `owner ${pipelines[0].owner}` : "")), rows)
    }))
    this.fill(later)
  }

  /** Builds what is below the first screen a little at a time, so that the page answers meanwhile. */
  fill(later) {
    const next = () => {
      if (this.visit.signal.aborted || !later.length) return
      const end = performance.now() + 8
      while (later.length && performance.now() < end) {
        const [rows, pipelines] = later[0]
        rows.append(...pipelines.splice(0, 20).map((pipeline) => this.row(pipeline)))
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

  row(pipeline) {
    const row = prototype().cloneNode(true)
    const parts = Object.fromEntries(
      [...row.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]))
    parts.name.href = link.pipeline(pipeline.pipeline)
    parts.name.textContent = pipeline.name
    paint(parts, pipeline)
    this.#rows.set(pipeline.pipeline, parts)
    return row
  }

  /** A run that begins or ends changes its pipeline's row where it stands. */
  take(change) {
    if (change.kind === "release" || change.kind === "removed") return this.reread()
    const name = change.kind === "run" ? change.patch.pipeline : change.id
    const pipeline = this.pipelines.get(name)
    if (!pipeline) return
    if (change.kind === "pipeline") Object.assign(pipeline, change.patch)
    if (change.kind === "run") takeRun(pipeline, { id: change.id, ...change.patch })
    if (this.#rows.has(name)) paint(this.#rows.get(name), pipeline)
    this.summarise()
    this.#rereading ??= setTimeout(() => this.reread(), rereading)
  }

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
    if (!same) return this.build()
    for (const item of items) if (this.#rows.has(item.pipeline)) paint(this.#rows.get(item.pipeline), item)
  }
}

const badge = { late: "retrying", paused: "cancelled", broken: "broken" }

const rank = (pipeline) => urgency.indexOf(pipeline.state) * 2 - (pipeline.late ? 1 : 0)

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
    h("a", { "data-part": "bars", href: "/runs", class: "history" }),
    h("span", { "data-part": "last", class: "cell" }), h("span", { "data-part": "next", class: "cell" }),
    h("span", { "data-part": "fresh", class: "cell" }))
  return empties
}

function paint(parts, pipeline) {
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
  moment(parts.last, "ran", last?.[4])
  moment(parts.next, "next", pipeline.next_tick)
  moment(parts.fresh, "data to", pipeline.fresh_until)
}

function moment(cell, name, value) {
  if (!value) return cell.replaceChildren()
  cell.replaceChildren(h("span", { class: "faint" }, `${name} `),
    h("time", { datetime: value, "data-far": "" }, distance(value)))
}
