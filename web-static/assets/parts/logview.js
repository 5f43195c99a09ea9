// The lines of a log in a window, all or some: a million of them cost as much as those in sight.
import { h } from "../ui.js"
import { pieces } from "./ansi.js"

const lineHeight = 18
const chunk = 500
/** No browser has elements taller than this; beyond, a pixel of the scroll bar stands for more than a pixel.
* */
const tallest = 9_000_000
const around = 20
/** Where lines wrap, so many are shown at once. */
const page = 1000

export class LogView {
  #chunks = new Map()
  #asked = new Set()
  #marked = [0, 0]
  /** Whether it was the reader who marked them, or the address that somebody sent. */
  #isChosen = false
  /** The numbers of the lines that are shown, in their order; null: all are. */
  #only = null
  #wrapped = false
  #drawing = false
  #aim = null
  hits = new Set()
  following = false
  moved = () => {}
  marked = () => {}

  /** `source.fetch(from, count)` gives lines; `said` is the last part of the log. */
  constructor(source, said) {
    this.source = source
    this.space = h("div", { class: "space", role: "presentation" })
    this.element = h("div", { class: "log", tabindex: "0", role: "log", "aria-live": "off",
      "aria-label": "Log" }, this.space)
    this.element.addEventListener("scroll", () => {
      this.moved(this.atEnd)
      this.#turn()
      this.draw()
    })
    this.element.addEventListener("click", (event) => this.#click(event))
    new ResizeObserver(() => this.draw()).observe(this.element)
    this.#take(said)
  }

  get atEnd() {
    const { scrollTop, clientHeight, scrollHeight } = this.element
    return scrollTop + clientHeight >= scrollHeight - lineHeight
  }

  /** How many lines are shown. */
  get shown() { return this.#only ? this.#only.length : this.lines }

  /** The first and the last line that somebody chose, rather than a search; 0: none is. */
  get chosen() { return this.#isChosen ? this.#marked : [0, 0] }
  get isMarked() { return this.#marked[0] > 0 }

  /** How many pixels of the log one pixel of scrolling stands for. */
  get #stretch() {
    const height = this.shown * lineHeight
    const window = this.element.clientHeight
    return height <= tallest ? 1 : (height - window) / (tallest - window)
  }

  #take(said) {
    // Its own task has emptied it.
    if (said.lines < this.lines) this.#chunks.clear()
    this.lines = said.lines
    this.final = said.final
    said.items.forEach((text, index) => this.#put(said.from + index, text))
    this.element.style.setProperty("--digits", String(Math.max(4, String(this.lines).length)))
    this.#fit()
  }

  #fit() {
    this.space.style.height = this.#wrapped ? "auto" : `${Math.min(tallest, this.shown * lineHeight)}px`
  }

  /** Shows only lines of these numbers, none of them marked; null: all again. More of the same stay put. */
  show(only) {
    const isSame = Boolean(only) === Boolean(this.#only)
    this.#only = only
    if (only) this.#marked = [0, 0]
    this.#fit()
    if (this.following) return this.end()
    if (isSame) return this.draw()
    this.#first = 1
    this.#scroll(() => 0)
  }

  /** Takes lines as `[line, text]`, which need not be fetched then. */
  keep(items) {
    for (const [line, text] of items) this.#put(line, text)
  }

  #put(line, text) {
    const key = Math.floor((line - 1) / chunk)
    if (!this.#chunks.has(key)) this.#chunks.set(key, [])
    this.#chunks.get(key)[(line - 1) % chunk] = text
  }

  #text(line) { return this.#chunks.get(Math.floor((line - 1) / chunk))?.[(line - 1) % chunk] }

  /** More of it; the end stays in sight while it is followed. */
  grow(said) {
    const changed = said.lines !== this.lines || said.items[0] !== this.#text(said.from)
    this.#take(said)
    if (this.following) this.end()
    else if (changed) this.draw()
  }

  end() {
    this.#first = this.shown
    this.#scroll(() => this.element.scrollHeight)
  }

  /** Scrolls to a place; where lines wrap it is known once they are painted. */
  #scroll(top) {
    if (this.#wrapped) this.#aim = top
    else this.element.scrollTop = top()
    this.draw()
  }

  /** Marks lines and brings the first into sight, among all of them. `found`: by a search, not by choice. */
  mark(from, to, { found = false, quiet = false } = {}) {
    this.#only = null
    this.#fit()
    this.#marked = [from, to]
    this.#isChosen = !found
    this.#first = from - around
    const third = this.element.clientHeight / 3
    this.#scroll(() => this.#wrapped ? (this.space.querySelector(".marked")?.offsetTop ?? 0) - third
      : Math.max(0, (from - 1) * lineHeight - third) / this.#stretch)
    if (!quiet) this.marked(from, to)
  }

  /** Breaks long lines, or no longer; the line at the top stays there. */
  wrap(on) {
    const top = this.#top()
    const place = !top ? 1 : this.#only ? this.#only.indexOf(top.line) + 1 : top.line
    this.#wrapped = on
    this.element.classList.toggle("wrap", on)
    this.#fit()
    this.#first = place - page / 2
    this.#scroll(() => on ? this.#offset(top) : (place - 1) * lineHeight / this.#stretch)
  }

  /** The line at the top of what is in sight, and how much of it is above. */
  #top() {
    const { scrollTop } = this.element
    const row = [...this.space.children].find((row) => row.offsetTop + row.offsetHeight > scrollTop)
    return row && { line: Number(row.firstChild.dataset.line), above: scrollTop - row.offsetTop }
  }

  /** Where to scroll so that a line is at the top again. */
  #offset(top) {
    const row = top && this.space.querySelector(`a[data-line="${top.line}"]`)?.parentNode
    return row ? row.offsetTop + top.above : this.element.scrollTop
  }

  /** Where lines wrap, half a page more of them at the edge to which the reader comes. */
  #turn() {
    if (!this.#wrapped || this.#drawing) return
    const { scrollTop, clientHeight, scrollHeight } = this.element
    const [first, last] = this.#window()
    if (scrollTop < clientHeight && first > 1) this.#first = first - page / 2
    else if (scrollTop + 2 * clientHeight > scrollHeight && last < this.shown) this.#first = first + page / 2
  }

  #first = 1

  /** The places of the lines to show; when wrapped, a page of them, since their heights are not known. */
  #window() {
    if (this.#wrapped) {
      const first = Math.max(1, Math.min(this.#first, this.shown - page + 1))
      return [first, Math.min(this.shown, first + page - 1)]
    }
    const top = this.element.scrollTop * this.#stretch
    const first = Math.max(1, Math.floor(top / lineHeight) + 1 - around)
    return [first, Math.min(this.shown, Math.ceil((top + this.element.clientHeight) / lineHeight) + around)]
  }

  draw() {
    if (this.#drawing) return
    this.#drawing = true
    requestAnimationFrame(() => {
      this.#drawing = false
      this.#paint()
    })
  }

  #paint() {
    const [first, last] = this.#window()
    const top = this.element.scrollTop
    const offset = top * this.#stretch - top
    const [lines, rows] = [[], []]
    for (let place = first; place <= last; place++) {
      const line = this.#only ? this.#only[place - 1] : place
      const row = this.#row(line)
      if (!this.#wrapped) row.style.top = `${(place - 1) * lineHeight - offset}px`
      lines.push(line)
      rows.push(row)
    }
    const focused = this.space.contains(document.activeElement) ? document.activeElement.getAttribute("href")
      : null
    const stays = this.#wrapped ? this.#top() : null
    this.space.replaceChildren(...rows)
    if (focused) (this.space.querySelector(`a[href="${focused}"]`)
      ?? this.element).focus({ preventScroll: true })
    const place = this.#aim ? this.#aim() : stays ? this.#offset(stays) : top
    if (Math.abs(place - this.element.scrollTop) >= 1) this.element.scrollTop = place
    this.#aim = null
    this.#want(lines)
  }

  #row(line) {
    const text = this.#text(line)
    const marked = line >= this.#marked[0] && line <= this.#marked[1]
    const shown = text === undefined ? h("span", { class: "text gap" }, "…")
      : h("span", { class: "text" },
        pieces(text).map((piece) => piece.classes ? h("span", { class: piece.classes }, piece.text)
        : piece.text))
    return h("div", { class: `line${marked ? " marked" : ""}${this.hits.has(line) ? " hit" : ""}` },
      h("a", { href: `#L${line}`, tabindex: "-1", "aria-label": `line ${line}`, "data-line": line },
        String(line)), shown)
  }

  /** Asks for what is in sight and not known yet, with what is around it. */
  async #want(lines) {
    const gaps = lines.filter((line) => this.#text(line) === undefined)
    for (const key of new Set(gaps.map((line) => Math.floor((line - 1) / chunk)))) {
      const last = Math.min(this.lines, (key + 1) * chunk)
      // Of long lines the server tells fewer at once.
      let from = key * chunk + 1
      while (this.#text(from) !== undefined) from++
      if (this.#asked.has(key) || from > last) continue
      this.#asked.add(key)
      try {
        const said = await this.source.fetch(from, last - from + 1)
        said.items.forEach((text, index) => this.#put(said.from + index, text))
        if (said.items.length) this.draw()
      } catch { /* it is asked for again at the next scroll */ } finally {
        this.#asked.delete(key)
      }
    }
  }

  /** A line's number marks it, or no longer; with Shift, all from the one marked before. Among some lines it
  * leads to all. */
  #click(event) {
    const line = Number(event.target.closest("a[data-line]")?.dataset.line)
    if (!line) return
    event.preventDefault()
    if (this.#only) return this.mark(line, line)
    const [first, last] = this.#marked
    const isUnmarked = !event.shiftKey && this.#isChosen && first === line && last === line
    const from = event.shiftKey && first ? first : line
    this.#marked = isUnmarked ? [0, 0] : [Math.min(from, line), Math.max(from, line)]
    this.#isChosen = !isUnmarked
    this.marked(...this.#marked)
    this.draw()
  }
}
