// The lines of a log in a window: a million of them cost as much as those in sight.
import { h } from "../ui.js"
import { pieces } from "./ansi.js"

const lineHeight = 18
const chunk = 500
/** No browser has elements taller than this; beyond, a pixel of the scroll bar stands for more than a pixel.
* */
const tallest = 9_000_000
const around = 20

export class LogView {
  #chunks = new Map()
  #asked = new Set()
  #marked = [0, 0]
  #wrapped = false
  #drawing = false
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

  /** How many pixels of the log one pixel of scrolling stands for. */
  get #stretch() {
    const height = this.lines * lineHeight
    const window = this.element.clientHeight
    return height <= tallest ? 1 : (height - window) / (tallest - window)
  }

  #take(said) {
    this.lines = said.lines
    this.final = said.final
    said.items.forEach((text, index) => this.#put(said.from + index, text))
    this.element.style.setProperty("--digits", String(Math.max(4, String(this.lines).length)))
    this.space.style.height = this.#wrapped ? "auto" : `${Math.min(tallest, this.lines * lineHeight)}px`
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
    this.element.scrollTop = this.element.scrollHeight
    this.draw()
  }

  /** Marks lines and brings the first into sight. */
  mark(from, to, { quiet = false } = {}) {
    this.#marked = [from, to]
    const top = Math.max(0, (from - 1) * lineHeight - this.element.clientHeight / 3)
    this.element.scrollTop = top / this.#stretch
    if (!quiet) this.marked(from, to)
    this.draw()
  }

  wrap(on) {
    this.#wrapped = on
    this.element.classList.toggle("wrap", on)
    const [first] = this.#window()
    this.space.style.height = on ? "auto" : `${Math.min(tallest, this.lines * lineHeight)}px`
    this.#first = first
    this.draw()
    if (!on) this.element.scrollTop = (first - 1) * lineHeight / this.#stretch
  }

  #first = 1

  /** The lines to show; when wrapped, a page of them, since their heights are not known. */
  #window() {
    if (this.#wrapped) {
      const first = Math.max(1, Math.min(this.#first, this.lines - 999))
      return [first, Math.min(this.lines, first + 999)]
    }
    const top = this.element.scrollTop * this.#stretch
    const first = Math.max(1, Math.floor(top / lineHeight) + 1 - around)
    return [first, Math.min(this.lines, Math.ceil((top + this.element.clientHeight) / lineHeight) + around)]
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
    const lines = []
    for (let line = first; line <= last; line++) {
      const row = this.#row(line)
      if (!this.#wrapped) row.style.top = `${(line - 1) * lineHeight - offset}px`
      lines.push(row)
    }
    const focused = this.space.contains(document.activeElement) ? document.activeElement.getAttribute("href")
      : null
    this.space.replaceChildren(...lines)
    if (focused) (this.space.querySelector(`a[href="${focused}"]`)
      ?? this.element).focus({ preventScroll: true })
    this.#want(first, last)
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

  /** Asks for what is in sight and not known yet. */
  async #want(first, last) {
    for (let key = Math.floor((first - 1) / chunk); key <= Math.floor((last - 1) / chunk); key++) {
      if (this.#asked.has(key) || !this.#gap(key, first, last)) continue
      this.#asked.add(key)
      try {
        const said = await this.source.fetch(key * chunk + 1, chunk)
        said.items.forEach((text, index) => this.#put(said.from + index, text))
        this.draw()
      } catch { /* it is asked for again at the next scroll */ } finally {
        this.#asked.delete(key)
      }
    }
  }

  #gap(key, first, last) {
    const begin = Math.max(first, key * chunk + 1)
    const end = Math.min(last, (key + 1) * chunk)
    for (let line = begin; line <= end; line++) if (this.#text(line) === undefined) return true
    return false
  }

  /** A line's number marks it; with Shift, all from the one marked before. */
  #click(event) {
    const line = Number(event.target.closest("a[data-line]")?.dataset.line)
    if (!line) return
    event.preventDefault()
    const from = event.shiftKey && this.#marked[0] ? this.#marked[0] : line
    this.#marked = [Math.min(from, line), Math.max(from, line)]
    this.marked(...this.#marked)
    this.draw()
  }
}
