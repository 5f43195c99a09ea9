// Lists that come page by page.
import { h } from "../ui.js"
import { refill } from "./focus.js"

/** A table with a heading, and a button for what follows; `row` makes an item's row, and `begin` is called
* before the first of them is made, or made anew. With a `selection` each row begins with its cell. */
export class Paged {
  #next = null
  #pages = 1

  constructor(visit, { caption, columns, row, path, params, nothing, begin, selection }) {
    Object.assign(this, { visit, row, path, params, nothing, begin, selection })
    this.body = h("tbody")
    selection?.attach(this.body)
    const heads = selection ? [[selection.all, "tight pick"], ...columns] : columns
    this.button = h("button", { type: "button", hidden: true, on: { click: () => this.more() } }, "Show more")
    this.table = h("table", { class: "cards" }, h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {},
        heads.map(([name, kind]) => h("th", { scope: "col", class: kind }, name)))), this.body)
    this.element = h("div", {}, this.table, h("p", { class: "more" }, this.button), selection?.bar)
  }

  /** The first page as it is now. */
  read() { return this.visit.get(this.path, this.params) }

  async load() {
    const page = await this.read()
    this.#pages = 1
    this.#show(page.items, page.next)
    return this
  }

  /** Reads anew as much as is shown. */
  async reload() {
    let page = await this.read()
    const items = [...page.items]
    for (let read = 1; read < this.#pages && page.next; read++) {
      page = await this.#after(page.next)
      items.push(...page.items)
    }
    this.#show(items, page.next)
  }

  async more() {
    this.button.disabled = true
    const page = await this.#after(this.#next).finally(() => {
      this.button.disabled = false
    })
    const rows = page.items.map((item) => this.row(item))
    this.body.append(...rows)
    this.selection?.update()
    this.#pages++
    this.#next = page.next
    this.button.hidden = !page.next
    if (!page.next) rows[0]?.querySelector("a")?.focus()
  }

  #after(cursor) { return this.visit.get(this.path, { ...this.params, cursor }) }

  #show(items, next) {
    this.begin?.()
    this.#next = next
    const focused = document.activeElement
    refill(this.body, items.map((item) => this.row(item)))
    // A box is in its new row what it was in the old one.
    if (this.body.contains(focused)) focused.focus({ preventScroll: true })
    this.selection?.update()
    this.table.hidden = !items.length
    this.button.hidden = !next
    this.element.querySelector(".empty")?.remove()
    if (!items.length) this.element.prepend(this.nothing())
  }
}
