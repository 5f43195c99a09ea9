// Lists that come page by page.
import { h } from "../ui.js"
import { refill } from "./focus.js"

/** A table with a heading, and a button for what follows; `row` makes an item's row. */
export class Paged {
  #next = null

  constructor(visit, { caption, columns, row, path, params, nothing }) {
    Object.assign(this, { visit, row, path, params, nothing })
    this.body = h("tbody")
    this.button = h("button", { type: "button", hidden: true, on: { click: () => this.more() } }, "Show more")
    this.table = h("table", { class: "cards" }, h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {},
        columns.map(([name, kind]) => h("th", { scope: "col", class: kind }, name)))), this.body)
    this.element = h("div", {}, this.table, h("p", { class: "more" }, this.button))
  }

  /** The first page as it is now. */
  read() { return this.visit.get(this.path, this.params) }

  async load() {
    const page = await this.read()
    this.#next = page.next
    refill(this.body, page.items.map((item) => this.row(item)))
    this.table.hidden = !page.items.length
    this.button.hidden = !page.next
    this.element.querySelector(".empty")?.remove()
    if (!page.items.length) this.element.prepend(this.nothing())
    return this
  }

  async more() {
    this.button.disabled = true
    const page = await this.visit.get(this.path, { ...this.params, cursor: this.#next }).finally(() => {
      this.button.disabled = false
    })
    const rows = page.items.map((item) => this.row(item))
    this.body.append(...rows)
    this.#next = page.next
    this.button.hidden = !page.next
    if (!page.next) rows[0]?.querySelector("a")?.focus()
  }
}
