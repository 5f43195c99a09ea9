// The log of one attempt: as many lines as it has, only those in sight as elements; followed while it grows.
import { count, h, link, mark, word } from "../ui.js"
import { LogView } from "../parts/logview.js"

export async function show(visit) {
  const { id, task, index, attempt } = visit.names
  const place = `/runs/${id}/tasks/${encodeURIComponent(task)}/${index}`
  const path = `${place}/attempts/${attempt}/log`
  const [of, tail] = await Promise.all([visit.get(place), end(visit, path)])
  const view = new LogView({ fetch: (from, number) => visit.get(path, { from, count: number }) }, tail)
  const page = new LogPage(visit, view, { path, of })
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

  constructor(visit, view, { path, of }) {
    Object.assign(this, { visit, view, path, of })
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
    const attempts = of.attempts_detail.length > 1
      && h("nav", { class: "pills", "aria-label": "Attempts" }, of.attempts_detail.map(pill))
    this.element = h("div", {},
      h("div", { class: "head" }, h("h1", {}, `Log of ${name}, attempt ${attempt}`), this.state,
        h("span", {}, "of run ", h("a",
          { href: `${link.run(id)}?task=${encodeURIComponent(task)}&index=${index}` }, `#${id}`)), attempts),
      h("div", { class: "filters" }, find, this.following, this.wrapping,
        h("a", { class: "button", href: `/api/v1${path}.txt`, target: "_blank", rel: "noopener" }, "Raw"),
          this.length),
      this.below, view.element)
    this.#wire(id)
  }

  #wire(run) {
    const { visit, view } = this
    view.moved = (atEnd) => {
      if (!atEnd && view.following) this.follow(false)
      if (atEnd) this.below.hidden = true
    }
    view.marked = (from, to) =>
      history.replaceState(history.state, "",
      `${location.pathname}${location.search}#L${from}${to > from ? `-L${to}` : ""}`)
    visit.keys = { t: () => this.follow(!view.following), n: () => this.step(1), N: () => this.step(-1) }
    visit.watch(Number(run))
    visit.refresh = () => this.more()
    visit.on((change) => {
      if (change.run === Number(run) || change.id === Number(run)) this.more()
    })
    visit.settled = () => this.#begin()
    // A log that grows without its task changing state is asked for again while it is followed.
    this.timer = setInterval(() => {
      if (visit.signal.aborted) return clearInterval(this.timer)
      if (!view.final && !document.hidden) this.more()
    }, 1_000)
  }

  /** Where to begin: at the lines of the address, at the end of a live log, or at its first error. */
  async #begin() {
    this.#told()
    const asked = /^#L(\d+)(?:-L?(\d+))?$/.exec(location.hash)
    if (asked) return this.view.mark(Number(asked[1]), Number(asked[2] ?? asked[1]))
    if (!this.view.final) return this.follow(true)
    if (this.of.state === "failed" && this.view.lines > 60) {
      const { items } = await this.visit.get(`${this.path}/search`,
        { q: "error", limit: 1 }).catch(() => ({ items: [] }))
      if (items.length) return this.view.mark(items[0][0], items[0][0], { quiet: true })
    }
    if (this.of.state === "failed") this.view.end()
  }

  /** Fetches what was written since. */
  async more() {
    if (this.#asking) return
    this.#asking = true
    try {
      const before = this.view.lines
      const said = await this.visit.get(this.path, { from: Math.max(1, before), count: 2000 })
      this.view.grow(said)
      if (!this.view.following && this.view.lines > before && !this.view.atEnd) {
        this.below.textContent = `↓ ${count(this.view.lines - before)} new`
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
    this.length.textContent = `${count(this.view.lines)} lines${this.view.final ? "" : ", growing"}`
    this.following.hidden = this.view.final
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
    this.found.textContent = "searching"
    this.#hits = []
    this.#hit = -1
    // The server looks at a part of a long log at a time.
    for (let from = 1; from && this.#hits.length < 1000;) {
      const said = await this.visit.get(`${this.path}/search`, { q, from, limit: 1000 })
      if (this.query.value !== q) return
      for (const [line] of said.items) this.#hits.push(line)
      // What grows meanwhile has no end.
      from = said.next > from ? said.next : null
    }
    this.total = this.#hits.length
    this.view.hits = new Set(this.#hits)
    this.found.textContent = this.total ? "" : "not found"
    this.view.draw()
    this.step(1)
  }

  step(by) {
    if (!this.#hits.length) return
    this.#hit = (this.#hit + by + this.#hits.length) % this.#hits.length
    this.found.textContent = `${this.#hit + 1} of ${count(this.total)}`
    this.view.mark(this.#hits[this.#hit], this.#hits[this.#hit])
  }
}

