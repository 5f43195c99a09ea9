// The log of one attempt: as many lines as it has, only those in sight as elements; followed while it grows.
import { say } from "../app.js"
import { count, h, link, many, mark, word } from "../ui.js"
import { copy, texts } from "../parts/logcopy.js"
import { LogFilter } from "../parts/logfilter.js"
import { LogView } from "../parts/logview.js"

const levels = [["", "All lines"], ["warning", "Warnings and errors"], ["error", "Errors"]]

export async function show(visit) {
  const { id, task, index, attempt } = visit.names
  const place = `/runs/${id}/tasks/${encodeURIComponent(task)}/${index}`
  const path = `${place}/attempts/${attempt}/log`
  const [of, tail] = await Promise.all([visit.get(place), end(visit, path)])
  const fetch = (from, number) => visit.get(path, { from, count: number })
  const view = new LogView({ fetch }, tail)
  const page = new LogPage(visit, view, { path, of, fetch })
  return page.element
}

/** The end of a log; of a long one the server reads a part at a time. */
async function end(visit, path) {
  for (;;) {
    const said = await visit.get(path, { last: 500 })
    if (said.complete) return said
  }
}

class LogPage {
  #hits = []
  #hit = -1
  #asking = false
  /** Which search is the last one; an answer to another comes too late. */
  #searches = 0
  /** What finds the lines of the level that is chosen; null: all lines are shown. */
  #filter = null

  constructor(visit, view, { path, of, fetch }) {
    Object.assign(this, { visit, view, path, of, fetch })
    const { id, task, index, attempt } = visit.names
    const name = Number(index) ? `${task}[${of.value ?? index}]` : task
    this.state = h("span", {}, mark(of.state))
    this.length = h("span", { class: "faint" })
    this.below = h("button", { type: "button", class: "fresh", hidden: true,
      on: { click: () => this.follow(true) } })
    this.following = h("button",
      { type: "button", "aria-pressed": "false", on: { click: () => this.follow(!this.view.following) } },
      "Follow")
    this.wrapping = h("button",
      { type: "button", "aria-pressed": "false", on: { click: () => this.#wrap() } }, "Wrap")
    this.level = h("select", { id: "log-level", on: { change: () => this.choose(this.level.value) } },
      levels.map(([value, text]) => h("option", { value }, text)))
    this.copied = h("span", { class: "faint", role: "status" })
    this.nothing = h("p", { class: "faint sentence", role: "status" })
    this.found = h("span", { class: "faint", role: "status" })
    this.query = h("input", { type: "search", id: "log-query", placeholder: "Search the whole log",
      "aria-label": "Search the whole log" })
    const hit = (by, label, text) =>
      h("button", { type: "button", "aria-label": label, on: { click: () => this.step(by) } }, text)
    const find = h("form", { class: "actions", role: "search", "aria-label": "Log" }, this.query,
      h("button", { type: "submit", "aria-label": "Search" }, "Search"),
      hit(-1, "Previous hit", "↑"), hit(1, "Next hit", "↓"),
      this.found)
    find.addEventListener("submit", (event) => {
      event.preventDefault()
      this.search()
    })
    const pill = (one) => h("a", {
      class: "pill", href: link.log(id, task, index, one.number),
      "aria-current": one.number === Number(attempt) ? "page" : null,
    }, mark(one.state, `${one.number}: ${word(one.state)}`))
    this.attempts = of.attempts_detail.map(pill)
    const attempts = this.attempts.length > 1
      && h("nav", { class: "pills", "aria-label": "Attempts" }, this.attempts)
    this.element = h("div", {},
      h("div", { class: "head" }, h("h1", {}, `Log of ${name}, attempt ${attempt}`), this.state,
        h("span", {}, "of run ", h("a",
          { href: `${link.run(id)}?task=${encodeURIComponent(task)}&index=${index}` }, `#${id}`)), attempts),
      h("div", { class: "filters" }, find, h("label", { class: "choice" }, "Level", this.level),
        this.following, this.wrapping,
        h("button", { type: "button", on: { click: () => this.copy() } }, "Copy"),
        h("a", { class: "button", href: `/api/v1${path}.txt`, target: "_blank", rel: "noopener" }, "Raw"),
          this.copied, this.length),
      this.nothing, this.below, view.element)
    this.#wire(id)
  }

  #wire(run) {
    const { visit, view } = this
    view.moved = (atEnd) => {
      if (!atEnd && view.following) this.follow(false)
      if (atEnd) this.below.hidden = true
    }
    view.marked = (from, to) => {
      const lines = from ? `#L${from}${to > from ? `-L${to}` : ""}` : ""
      const address = visit.address({ level: null }) + lines
      // Marks are among all lines; the way back leads to those of the level again.
      if (!this.#filter) return history.replaceState(history.state, "", address)
      history.pushState({}, "", address)
      this.#begun(null)
    }
    visit.keys = { t: () => this.follow(!view.following), n: () => this.step(1), N: () => this.step(-1) }
    visit.watch(Number(run))
    visit.refresh = () => this.more()
    visit.on((change) => {
      if (change.run === Number(run) || change.id === Number(run)) this.more()
    })
    visit.settled = () => this.#begin()
    // A log that grows without its task changing state is asked for again, as is what a filter has not seen.
    this.timer = setInterval(() => {
      if (visit.signal.aborted) return clearInterval(this.timer)
      if ((!view.final || this.#filter?.isWhole === false) && !document.hidden) this.more()
    }, 1_000)
  }

  /** Where to begin: at the lines of the address, at the end of a live log, or at its first error. */
  async #begin() {
    this.#told()
    const asked = /^#L(\d+)(?:-L?(\d+))?$/.exec(location.hash)
    if (asked) return this.view.mark(Number(asked[1]), Number(asked[2] ?? asked[1]))
    const level = levels.slice(1).find(([value]) => value === this.visit.query.get("level"))?.[0]
    if (!this.view.final) this.follow(true)
    if (level) return this.#show(level)
    if (!this.view.final) return
    if (this.of.state === "failed" && this.view.lines > 60) {
      const { items } = await this.visit.get(`${this.path}/search`,
        { level: "error", limit: 1 }).catch(() => ({ items: [] }))
      // Who has chosen something meanwhile has begun elsewhere.
      if (this.#filter || this.view.isMarked) return
      if (items.length) return this.view.mark(items[0][0], items[0][0], { found: true, quiet: true })
    }
    if (this.of.state === "failed") this.view.end()
  }

  /** Fetches what was written since. */
  async more() {
    if (this.#asking) return
    this.#asking = true
    try {
      const [filter, before] = [this.#filter, this.view.shown]
      const said = await this.fetch(Math.max(1, this.view.lines), 2000)
      this.view.grow(said)
      await this.#sift()
      const more = filter === this.#filter ? this.view.shown - before : 0
      if (!this.view.following && more > 0 && !this.view.atEnd) {
        this.below.textContent = `↓ ${count(more)} new`
        this.below.hidden = false
      }
      if (said.final) {
        this.of = await this.visit.get(this.path.replace(/\/attempts\/.*/, ""))
        this.state.replaceChildren(mark(this.of.state))
        if (this.view.following) this.follow(false)
      }
      this.#told()
    } catch { /* the page's banner says that the server is away */ } finally {
      this.#asking = false
    }
  }

  #told() {
    const { lines, isCut, isWhole } = this.#filter ?? {}
    const some = lines ? `${isCut ? "the first " : ""}${count(lines.length)} of ` : ""
    this.length.textContent = `${some}${count(this.view.lines)} lines${this.view.final ? "" : ", growing"}`
      + (lines && !isWhole ? ", searching" : "")
    const nothing = isWhole && !lines.length ? "No line of that level." : ""
    if (this.nothing.textContent !== nothing) this.nothing.textContent = nothing
    this.following.hidden = this.view.final
  }

  /** Shows the lines of a level alone, and says so in the address; of none: all. */
  async choose(level) {
    history.pushState({}, "", this.visit.address({ level }))
    this.#searches++
    this.found.textContent = ""
    await this.#show(level)
    if (this.#filter?.lines.length) say(many(this.#filter.lines.length, "line"))
  }

  async #show(level) {
    const search = (params) => this.visit.get(`${this.path}/search`, params)
    this.#begun(level ? new LogFilter(level, search) : null)
    this.view.show(this.#filter?.lines ?? null)
    // What cannot be asked now is asked for again.
    await this.#sift().catch(() => {})
  }

  #begun(filter) {
    this.#filter = filter
    this.level.value = filter?.level ?? ""
    for (const attempt of this.attempts) attempt.search = filter ? `?level=${filter.level}` : ""
    this.below.hidden = true
    this.#told()
  }

  /** Finds what the filter has not looked at yet. */
  async #sift() {
    const filter = this.#filter
    await filter?.more(this.view.lines, (items) => {
      if (filter !== this.#filter) return false
      this.view.keep(items)
      this.view.show(filter.lines)
      this.#told()
      return true
    })
  }

  /** Copies what somebody chose; where nobody did, all that is shown. */
  async copy() {
    const { fetch, view } = this
    const [from, to] = view.chosen[0] ? view.chosen : [1, Infinity]
    if (!view.shown || from > view.lines) {
      this.copied.textContent = "There is nothing to copy."
      return
    }
    this.copied.textContent = ""
    this.copied.textContent = await copy(this.#filter?.texts() ?? texts(fetch, from, to))
  }

  follow(on) {
    this.view.following = on
    this.following.setAttribute("aria-pressed", String(on))
    if (on) this.view.end()
    this.below.hidden = true
  }

  #wrap() {
    const on = this.wrapping.getAttribute("aria-pressed") !== "true"
    this.wrapping.setAttribute("aria-pressed", String(on))
    this.view.wrap(on)
  }

  async search() {
    const q = this.query.value
    if (!q) return
    const search = ++this.#searches
    this.found.textContent = "searching"
    this.#hits = []
    const hits = await this.#find(q, search).catch(() => null)
    if (search !== this.#searches) return
    this.#hits = hits ?? []
    this.#hit = -1
    this.view.hits = new Set(hits)
    this.found.textContent = hits ? hits.length ? "" : "not found" : "the log cannot be searched now"
    this.view.draw()
    this.step(1)
  }

  /** The lines that have a text. The server looks at a part of a long log at a time. */
  async #find(q, search) {
    const hits = []
    for (let from = 1; from && hits.length < 1000 && search === this.#searches;) {
      const said = await this.visit.get(`${this.path}/search`, { q, from, limit: 1000 })
      for (const [line] of said.items) hits.push(line)
      // What grows meanwhile has no end.
      from = said.next > from ? said.next : null
    }
    return hits
  }

  step(by) {
    if (!this.#hits.length) return
    this.#hit = (this.#hit + by + this.#hits.length) % this.#hits.length
    this.found.textContent = `${this.#hit + 1} of ${count(this.#hits.length)}`
    this.view.mark(this.#hits[this.#hit], this.#hits[this.#hit], { found: true })
  }
}

