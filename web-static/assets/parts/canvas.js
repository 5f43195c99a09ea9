// A graph too large for elements: a canvas for the eye, and beside it a tree that keys and ears can walk.
import { glyph, h, look, word } from "../ui.js"
import { described, neighbour, nodeHeight, nodeWidth, shortened } from "./graph.js"
import { Viewport } from "./viewport.js"

const rowHeight = 26

export function largeGraph(data, options) {
  const canvas = h("canvas", { "aria-hidden": "true" })
  const paint = new Painter(canvas, data)
  const viewport = new Viewport(canvas, data, () => paint.soon(viewport))
  const choose = (index) => {
    paint.chosen = index
    viewport.reveal(paint.data.nodes.x[index], paint.data.nodes.y[index])
    options.sight?.choose(paint.data.nodes.id[index])
  }
  const tree = new Tree(data, options, choose)
  // Whoever comes to the tree by keys is at an item that nobody has chosen yet.
  tree.element.addEventListener("focusin", ({ target }) => {
    if (paint.chosen === null && target.matches("[tabindex='0']")) choose(tree.order[tree.active])
  })
  canvas.addEventListener("click", (event) => {
    const index = paint.at(viewport, event)
    if (index !== null && !event.defaultPrevented) tree.choose(index)
  })
  return {
    element: h("div", { class: "graph" }, canvas, viewport.tools), twin: tree.element,
    repaint(now) {
      paint.data = tree.data = now
      paint.soon(viewport)
      tree.draw()
    },
    /** Shows which node is chosen; none is at -1. */
    mark(index) {
      if (index < 0 || index === paint.chosen) return
      paint.chosen = index
      tree.active = tree.order.indexOf(index)
      tree.draw()
    },
    keep(kept) {
      if (kept === paint.kept) return
      paint.kept = kept
      paint.soon(viewport)
    },
  }
}

/** Draws what is in sight. */
class Painter {
  #asked = false
  chosen = null
  kept = null

  constructor(canvas, data) {
    Object.assign(this, { canvas, data })
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change",
      () => this.view && this.soon(this.view))
  }

  soon(view) {
    this.view = view
    if (this.#asked) return
    this.#asked = true
    requestAnimationFrame(() => {
      this.#asked = false
      this.#draw(view)
    })
  }

  #draw({ x, y, scale, box }) {
    const ratio = devicePixelRatio
    this.canvas.width = box.width * ratio
    this.canvas.height = box.height * ratio
    const pen = this.canvas.getContext("2d")
    pen.setTransform(ratio * scale, 0, 0, ratio * scale, -x * scale * ratio, -y * scale * ratio)
    this.area = { left: x, top: y, right: x + box.width / scale, bottom: y + box.height / scale }
    this.#wires(pen, scale)
    this.#nodes(pen, scale)
  }

  #inSight(left, top, right, bottom) {
    const { area } = this
    return right >= area.left && left <= area.right && bottom >= area.top && top <= area.bottom
  }

  #wires(pen, scale) {
    const { edges } = this.data
    pen.strokeStyle = colour("--edge")
    pen.lineWidth = Math.max(1, .7 / scale)
    pen.globalAlpha = .6
    pen.beginPath()
    for (let index = 0; index < edges.from.length; index++) {
      const points = edges.points[index]
      const last = points.length - 2
      const [top, bottom] = [Math.min(points[1], points[last + 1]), Math.max(points[1], points[last + 1])]
      if (!this.#inSight(points[0], top, points[last], bottom)) continue
      if (this.kept && !(this.kept.has(edges.from[index]) && this.kept.has(edges.to[index]))) continue
      pen.moveTo(points[0], points[1])
      for (let place = 2; place < points.length; place += 2) pen.lineTo(points[place], points[place + 1])
    }
    pen.stroke()
    pen.globalAlpha = 1
  }

  /** Far off a node is a block of its state's colour; near by it has its name. */
  #nodes(pen, scale) {
    const { nodes } = this.data
    const [surface, text, edge, accent] = ["--surface", "--text", "--edge", "--accent"].map(colour)
    const colours = new Map()
    const near = scale > .45
    pen.font = "12.5px system-ui, 'DejaVu Sans', sans-serif"
    pen.textBaseline = "middle"
    pen.lineWidth = 1
    for (let index = 0; index < nodes.id.length; index++) {
      const [left, top] = [nodes.x[index] - nodeWidth / 2, nodes.y[index] - nodeHeight / 2]
      if (!this.#inSight(left, top, left + nodeWidth, top + nodeHeight)) continue
      const kind = nodes.state[index] ? look(nodes.state[index]) : "queued"
      if (!colours.has(kind)) colours.set(kind,
        colour(kind === "broken" ? "--failed" : kind === "never" ? "--skipped" : `--${kind}`))
      pen.globalAlpha = this.kept && !this.kept.has(index) ? .15 : 1
      if (near) {
        pen.fillStyle = surface
        pen.fillRect(left, top, nodeWidth, nodeHeight)
        pen.fillStyle = colours.get(kind)
        pen.fillRect(left, top, 6, nodeHeight)
        pen.strokeStyle = edge
        pen.strokeRect(left, top, nodeWidth, nodeHeight)
        pen.fillStyle = text
        pen.fillText(shortened(nodes.label[index], 19), left + 14, top + 13)
        if (nodes.state[index]) pen.fillText(word(nodes.state[index]), left + 14, top + 29)
      } else {
        pen.fillStyle = colours.get(kind)
        pen.fillRect(left, top, nodeWidth, nodeHeight)
      }
      if (index === this.chosen) {
        pen.strokeStyle = accent
        pen.lineWidth = 4 / scale
        pen.strokeRect(left, top, nodeWidth, nodeHeight)
        pen.lineWidth = 1
      }
    }
    pen.globalAlpha = 1
  }

  /** The node under the pointer. */
  at(view, event) {
    const { left, top } = view.box
    const x = view.x + (event.clientX - left) / view.scale
    const y = view.y + (event.clientY - top) / view.scale
    const index = this.data.nodes.id.findIndex((_, one) =>
      Math.abs(this.data.nodes.x[one] - x) <= nodeWidth / 2
        && Math.abs(this.data.nodes.y[one] - y) <= nodeHeight / 2)
    return index < 0 ? null : index
  }
}

const probe = h("i", { class: "unseen", "aria-hidden": "true" })

/** A colour of the stylesheet as the canvas understands it: light or dark is decided here. */
function colour(name) {
  if (!probe.isConnected) document.body.append(probe)
  probe.style.color = `var(${name})`
  return getComputedStyle(probe).color
}

/** The nodes as a tree: a level for each rank. Only the rows in sight exist. */
class Tree {
  constructor(data, options, chosen) {
    Object.assign(this, { data, options, chosen, active: 0 })
    this.order = data.nodes.id.map((_, index) => index)
      .sort((a, b) => data.nodes.rank[a] - data.nodes.rank[b] || data.nodes.y[a] - data.nodes.y[b])
    this.space = h("div", { role: "presentation" })
    this.element = h("div", { class: "tree", role: "tree", "aria-label": "The graph as a list, by rank" },
      this.space)
    this.element.addEventListener("scroll", () => this.draw())
    this.element.addEventListener("keydown", (event) => this.#key(event))
    new ResizeObserver(() => this.draw()).observe(this.element)
  }

  draw() {
    const first = Math.max(0, Math.floor(this.element.scrollTop / rowHeight) - 5)
    const last = Math.min(this.order.length, first + Math.ceil(340 / rowHeight) + 10)
    const focused = this.element.contains(document.activeElement)
    const rows = []
    for (let place = first; place < last; place++) rows.push(this.#row(place))
    if (this.active < first || this.active >= last) rows.push(this.#row(this.active))
    this.space.style.height = `${this.order.length * rowHeight}px`
    this.space.style.position = "relative"
    this.space.replaceChildren(...rows)
    if (focused) this.space.querySelector("[tabindex='0']")?.focus({ preventScroll: true })
  }

  #row(place) {
    const index = this.order[place]
    const { nodes } = this.data
    const task = this.options.task?.(nodes.id[index])
    const row = h("div", {
      role: "treeitem", tabindex: place === this.active ? 0 : -1, "aria-level": nodes.rank[index] + 1,
        "aria-selected": place === this.active,
      "aria-setsize": this.order.length, "aria-posinset": place + 1, "aria-label": described(nodes, index),
      on: { click: () => this.choose(index) },
    }, nodes.state[index] && glyph(nodes.state[index]), h("a", {
      href: this.options.address(nodes.id[index]), tabindex: -1, "data-task": task, "data-index": task && 0,
    }, nodes.label[index]), h("span", { class: "faint" },
      [nodes.state[index] && word(nodes.state[index]), nodes.kind[index]].filter(Boolean).join(" · ")))
    Object.assign(row.style, { position: "absolute", top: `${place * rowHeight}px`, left: 0, right: 0 })
    return row
  }

  choose(index) { this.#go(this.order.indexOf(index)) }

  #go(place) {
    this.active = Math.min(this.order.length - 1, Math.max(0, place))
    const top = this.active * rowHeight
    const lowest = top + rowHeight - this.element.clientHeight
    this.element.scrollTop = Math.min(top, Math.max(lowest, this.element.scrollTop))
    this.draw()
    this.space.querySelector("[tabindex='0']").focus({ preventScroll: true })
    this.chosen(this.order[this.active])
  }

  #key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12, Home: -Infinity, End: Infinity }
    if (event.key in steps) {
      event.preventDefault()
      return this.#go(this.active + steps[event.key])
    }
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      event.preventDefault()
      const next = neighbour(this.data, this.order[this.active], event.key)
      if (next !== null) this.choose(next)
    }
    if (event.key === "Enter") this.space.querySelector("[tabindex='0'] a")?.click()
  }
}

