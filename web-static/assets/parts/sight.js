// What of a graph is kept in sight while the rest is dimmed: what failed and what it needed, or what is near
// one node.
import { h } from "../ui.js"
import { shortened } from "./graph.js"

const steps = [1, 2, 3, 5]
const unchosen = "Choose a node first: with Tab and the arrows, or with Shift and a click."

export class Sight {
  #data = null
  #drawn = null

  /** `chosen` is the node around which one looks, until another one has the focus. */
  constructor(chosen) {
    this.chosen = chosen
    this.failed = h("button", { type: "button", "aria-pressed": "false", on: { click: () => this.#press() } },
      "Only what failed, and what it needed")
    this.around = h("span")
    this.hops = h("select", { on: { change: () => this.#keep(false) } }, h("option", { value: "" }, "all"),
      steps.map((step) => h("option", { value: step }, step === 1 ? "1 hop" : `${step} hops`)))
    this.near = h("label", { class: "choice" }, this.around, this.hops)
  }

  /** A picture has been drawn, or its states have changed. */
  show(data, drawn) {
    this.#data = data
    this.#drawn = drawn
    this.failed.hidden = !data.nodes.state.includes("failed")
    this.near.hidden = !data.edges.from.length
    this.choose(this.chosen)
  }

  /** From now on this node is the one around which one looks. */
  choose(id) {
    this.chosen = id
    const index = this.#index
    this.hops.disabled = index < 0
    this.near.title = index < 0 ? unchosen : ""
    this.around.textContent = index < 0 ? "Around a chosen node:"
      : `Around ${shortened(this.#data.nodes.label[index], 32)}:`
    this.#drawn.mark(index)
    this.#keep(this.#onlyFailed)
  }

  get #index() { return this.#data.nodes.id.indexOf(this.chosen) }
  get #onlyFailed() { return this.failed.getAttribute("aria-pressed") === "true" }

  #press() {
    this.hops.value = ""
    this.#keep(!this.#onlyFailed)
  }

  /** One way to look releases the other. */
  #keep(onlyFailed) {
    const { nodes, edges } = this.#data
    this.failed.setAttribute("aria-pressed", String(onlyFailed))
    const up = (starts, most) => reached(starts, edges.to, edges.from, most)
    const down = (starts, most) => reached(starts, edges.from, edges.to, most)
    const hops = this.#index < 0 ? 0 : Number(this.hops.value)
    if (onlyFailed) {
      this.#drawn.keep(up(nodes.state.flatMap((state, index) => state === "failed" ? [index] : []), Infinity))
    } else if (hops) {
      this.#drawn.keep(new Set([...up([this.#index], hops), ...down([this.#index], hops)]))
    } else this.#drawn.keep(null)
  }
}

/** Some places, and where edges lead from there in so many steps at most. */
function reached(starts, from, to, most) {
  const next = new Map()
  from.forEach((one, edge) => {
    if (!next.has(one)) next.set(one, [])
    next.get(one).push(to[edge])
  })
  const found = new Set(starts)
  let last = found
  for (let step = 0; step < most && last.size; step++) {
    last = new Set([...last].flatMap((one) => next.get(one) ?? []).filter((one) => !found.has(one)))
    for (const one of last) found.add(one)
  }
  return found
}
