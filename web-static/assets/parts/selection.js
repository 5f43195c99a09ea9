// The rows of a list that are selected: a box in each row and one for all of them, and a bar with what can be
// done.
import { say } from "../app.js"
import { count, h } from "../ui.js"

/** A selection lives as long as its list. What is selected is what the boxes say; they stay the same ones
 * while their rows are painted or made anew. */
export class Selection {
  #known = new Map()
  #last = null

  /** `name` calls an item as people do. Of `acts`, those are offered that fit one of the selected items;
   * `does` is given all of these, since it says what becomes of the others. */
  constructor({ what, key, name, acts }) {
    Object.assign(this, { key, name })
    this.all = h("input", { type: "checkbox", "aria-label": `select all ${what} that are shown` })
    this.all.addEventListener("change", () => this.#set(this.#boxes(), this.all.checked))
    this.acts = acts.map(({ text, fits, does }) => ({
      fits, button: h("button", { type: "button", on: { click: () => does(this.items, this) } }, text),
    }))
    this.count = h("strong")
    this.none = h("button", { type: "button", on: { click: () => this.clear() } }, "Select none")
    this.bar = h("section",
      { class: "selection", "aria-label": `What to do with the selected ${what}`, hidden: true },
      this.count, h("div", { class: "actions" }, this.acts.map(({ button }) => button), this.none))
  }

  /** Looks after the rows of a table's body. */
  attach(body) {
    this.body = body
    body.addEventListener("click", (event) => this.#click(event))
    // What Shift selects is rows, not the text between two clicks.
    body.addEventListener("mousedown", (event) => {
      if (event.shiftKey && event.target.closest(".pick")) event.preventDefault()
    })
  }

  /** The cell with an item's box, the same one whatever else becomes of its row. */
  cell(item) {
    const key = String(this.key(item))
    if (!this.#known.has(key)) {
      const box = h("input", { type: "checkbox", value: key, "aria-label": `select ${this.name(item)}` })
      this.#known.set(key, { box, cell: h("td", { class: "tight pick" }, box) })
    }
    const known = this.#known.get(key)
    known.item = item
    return known.cell
  }

  /** The selected items in the order of their rows. */
  get items() { return this.#boxes(":checked").map((box) => this.#known.get(box.value).item) }

  /** Rows have changed, come or gone. What has gone is not selected any more, even if it comes again. */
  update() {
    for (const [key, { box }] of this.#known) if (!this.body.contains(box)) this.#known.delete(key)
    const items = this.items
    const held = this.bar.contains(document.activeElement)
    this.all.checked = items.length > 0 && items.length === this.#boxes().length
    this.all.indeterminate = items.length > 0 && !this.all.checked
    this.count.textContent = `${count(items.length)} selected`
    this.bar.hidden = !items.length
    for (const { button, fits } of this.acts) button.hidden = !items.some(fits)
    if (held && (this.bar.hidden || document.activeElement.hidden)) this.focus()
  }

  /** Goes to what can be done, or where nothing is selected, back to the rows. */
  focus() {
    const offered = [...this.acts.map(({ button }) => button), this.none].find((button) => !button.hidden)
    const box = this.#last?.isConnected ? this.#last : this.all
    const target = this.bar.hidden ? box : offered
    target.focus({ preventScroll: true })
  }

  /** Takes some items out. */
  drop(items) {
    const keys = new Set(items.map((item) => String(this.key(item))))
    this.#set(this.#boxes().filter((box) => keys.has(box.value)), false)
  }

  clear() {
    if (!this.bar.hidden) this.#set(this.#boxes(), false)
  }

  #boxes(which = "") { return [...this.body.querySelectorAll(`.pick input${which}`)] }

  #set(boxes, checked) {
    for (const box of boxes) box.checked = checked
    this.update()
    say(this.count.textContent)
  }

  /** All of a cell is its box, which is small; with Shift all rows from the one before are meant. */
  #click(event) {
    const box = event.target.closest(".pick")?.querySelector("input")
    if (!box) return
    const checked = event.target === box ? box.checked : !box.checked
    const boxes = this.#boxes()
    const [from, to] = [boxes.indexOf(this.#last), boxes.indexOf(box)]
    const ranges = event.shiftKey && from >= 0
    this.#last = box
    this.#set(ranges ? boxes.slice(Math.min(from, to), Math.max(from, to) + 1) : [box], checked)
  }
}

/** The cells with which a row begins: none where nothing can be selected, an empty one where this cannot. */
export const pick = (selection, item, isSelectable) => !selection ? []
  : [isSelectable ? selection.cell(item) : h("td", { class: "tight pick" })]
