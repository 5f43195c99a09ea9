// Graphs. The server says where nodes stand; here they are drawn: as links in an SVG while they are few, on
// a canvas
// with a list beside it where they are many.
import { empty, h, link, look, s, word } from "../ui.js"
import { Sight } from "./sight.js"
import { Viewport } from "./viewport.js"

const fewest = 300
export const nodeWidth = 160
export const nodeHeight = 40

/** The tasks of a run. */
export async function runGraph(visit, run) {
  const fold = visit.query.get("fold")
  const load = () => visit.get(`/runs/${run.id}/graph`, { fold })
  const options = {
    nothing: "This run has no tasks.", sight: new Sight(visit.query.get("task")),
    address: (id) => id.endsWith("*")
      ? visit.address({ tab: null, q: id.slice(0, -1) }) : visit.address({ task: id, index: null }),
    task: (id) => id.endsWith("*") ? null : id,
  }
  return graph(visit, load, options)
}

/** The tasks of a pipeline. */
export const pipelineGraph = (visit, pipeline) =>
  graph(visit, () => visit.get(`/pipelines/${pipeline.pipeline}/graph`), {
  nothing: "This pipeline has no tasks.", sight: new Sight(null),
  address: () => `${link.pipeline(pipeline.pipeline)}?tab=definition`,
})

/** What a dataset is made of, and what is made of it. */
export const lineageGraph = (visit, dataset, params, options) =>
  graph(visit, () => visit.get(`/datasets/${dataset}/lineage`, params), {
    nothing: "Nothing is known about where this comes from.", address: (id) => link.dataset(id),
      chosen: dataset, ...options,
  })

async function graph(visit, load, options) {
  let data = await load()
  if (!data.nodes.id.length) return { element: empty(options.nothing, null), data }
  const element = h("div")
  let drawn = null

  async function draw() {
    if (data.nodes.id.length <= fewest) drawn = new Drawing(data, options)
    else drawn = (await import("./canvas.js")).largeGraph(data, options)
    element.replaceChildren(controls(visit, data, options), drawn.element,
      drawn.twin ?? legend(data, options))
    options.sight?.show(data, drawn)
  }

  await draw()
  return {
    element, data,
    async refresh() {
      const now = await load().catch(() => null)
      if (!now) return
      const same = now.nodes.id.length === data.nodes.id.length
        && now.nodes.id.every((id, index) => id === data.nodes.id[index])
      data = now
      if (!same) return draw()
      drawn.repaint(now)
      options.sight?.show(now, drawn)
    },
  }
}

/** Folding, and what is kept in sight. */
function controls(visit, data, { sight }) {
  const parts = []
  if (data.folded || visit.query.get("fold")) {
    parts.push(h("a", { class: "pill", href: visit.address({ fold: data.folded ? "false" : null }) },
      data.folded ? "unfold groups" : "fold groups"))
  }
  if (sight) parts.push(sight.failed, sight.near)
  return parts.length ? h("div", { class: "filters" }, parts) : ""
}

function legend({ edges, critical }, { sight }) {
  const texts = []
  if (critical?.length) texts.push("Heavy lines: the path that took the time.")
  if (edges.cross?.some(Boolean)) texts.push("Dashed: from one domain to another.")
  if (sight) texts.push("A click with Shift chooses a node without opening it.")
  texts.push("Ctrl and the wheel zoom; so do + and − once the drawing has the focus.")
  return h("p", { class: "legend" }, texts.join(" "))
}

/** Describes a node in words, for those who hear it. */
export function described(nodes, index) {
  const state = nodes.state[index] ? `, ${word(nodes.state[index])}` : ""
  const many = nodes.count[index] > 1 ? `, ${nodes.count[index]} instances` : ""
  return `${nodes.label[index]}, ${nodes.kind[index] ?? "task"}${state}${many}`
}

class Drawing {
  constructor(data, options) {
    this.data = data
    this.options = options
    this.svg = s("svg", { role: "group", "aria-label": `Graph of ${data.node_count} nodes` })
    const critical = new Set(data.critical)
    this.wires = data.edges.from.map((from, index) => {
      const kinds = ["wire", critical.has(from) && critical.has(data.edges.to[index]) && "critical",
        data.edges.cross?.[index] && "cross"]
      const via = data.edges.via[index]
      return s("path", { class: kinds.filter(Boolean).join(" "), d: curve(data.edges.points[index]) },
        via && s("title", {}, via))
    })
    this.nodes = data.nodes.id.map((id, index) => this.#node(id, index))
    this.svg.append(...this.wires, ...this.nodes)
    this.viewport = new Viewport(this.svg, data, ({ x, y, scale, box }) =>
      this.svg.setAttribute("viewBox", `${x} ${y} ${box.width / scale} ${box.height / scale}`))
    this.svg.addEventListener("keydown", (event) => this.#keys(event))
    for (const kind of ["focusin", "click"]) this.svg.addEventListener(kind, (event) => this.#choose(event))
    this.element = h("div", { class: "graph" }, this.svg, this.viewport.tools)
    this.svg.style.setProperty("--tall", `${data.height + 60}px`)
  }

  #node(id, index) {
    const { nodes } = this.data
    const task = this.options.task?.(id)
    const left = nodes.state[index] ? 32 : 12
    // A dataset's domain stands below its name.
    const [name, domain] = nodes.label[index].split(".").reverse()
    const said = [domain, nodes.count[index] > 1 && `×${nodes.count[index]}`,
      nodes.state[index] && word(nodes.state[index]), nodes.kind[index]]
    const [x, y] = [nodes.x[index] - nodeWidth / 2, nodes.y[index] - nodeHeight / 2]
    return s("a", {
      class: `node${id === this.options.chosen ? " chosen" : ""}`, href: this.options.address(id),
        "aria-label": described(nodes, index),
      transform: `translate(${x} ${y})`, "data-task": task, "data-index": task && 0,
    }, s("title", {}, described(nodes, index)),
    s("rect", { width: nodeWidth, height: nodeHeight, rx: 5 }),
    nodes.state[index] && s("use",
      { class: `i s-${look(nodes.state[index])}`, href: `#i-${look(nodes.state[index])}`, x: 10, y: 13,
      width: 14, height: 14 }),
    s("text", { x: left, y: 17 }, shortened(name, nodes.state[index] ? 17 : 20)),
    s("text", { class: "kind", x: left, y: 31 }, shortened(said.filter(Boolean).join(" · "), 24)))
  }

  /** Other states of the same nodes. */
  repaint(data) {
    this.data = data
    data.nodes.state.forEach((state, index) => {
      const node = this.nodes[index]
      if (node.getAttribute("aria-label") === described(data.nodes, index)) return
      const focused = document.activeElement === node
      const fresh = this.#node(data.nodes.id[index], index)
      node.replaceWith(fresh)
      this.nodes[index] = fresh
      if (focused) fresh.focus({ preventScroll: true })
    })
  }

  /** The node that has the focus or is pressed is the chosen one; with Shift it is not opened as well. */
  #choose(event) {
    const index = this.nodes.indexOf(event.target.closest(".node"))
    if (index < 0 || !this.options.sight) return
    if (event.shiftKey) event.preventDefault()
    this.options.sight.choose(this.data.nodes.id[index])
  }

  /** Shows which node is chosen; none is at -1. */
  mark(chosen) {
    this.nodes.forEach((node, index) => {
      node.classList.toggle("chosen", index === chosen)
      if (index === chosen) node.setAttribute("aria-current", "true")
      else node.removeAttribute("aria-current")
    })
  }

  /** Dims all but some nodes; null shows all again. */
  keep(kept) {
    this.element.classList.toggle("thin", kept !== null)
    this.nodes.forEach((node, index) => node.classList.toggle("kept", kept?.has(index) ?? false))
    this.wires.forEach((wire, index) => wire.classList.toggle("kept",
      (kept?.has(this.data.edges.from[index]) && kept.has(this.data.edges.to[index])) ?? false))
  }

  /** Arrows with Shift move the picture; without, they follow the edges. */
  #keys(event) {
    const index = this.nodes.indexOf(document.activeElement)
    if (event.shiftKey || index < 0 || !event.key.startsWith("Arrow")) return this.viewport.key(event)
    const next = neighbour(this.data, index, event.key)
    event.preventDefault()
    if (next === null) return
    this.nodes[next].focus({ preventScroll: true })
    this.viewport.reveal(this.data.nodes.x[next], this.data.nodes.y[next])
  }
}

/** Where an arrow leads from a node: along an edge, or to the nearest of the same rank. */
export function neighbour({ nodes, edges }, index, key) {
  const nearest = (candidates) => candidates.reduce((best, one) =>
    best === null || Math.abs(nodes.y[one] - nodes.y[index]) < Math.abs(nodes.y[best] - nodes.y[index]) ? one
      : best, null)
  if (key === "ArrowRight") return nearest(edges.to.filter((_, edge) => edges.from[edge] === index))
  if (key === "ArrowLeft") return nearest(edges.from.filter((_, edge) => edges.to[edge] === index))
  const side = key === "ArrowDown" ? 1 : -1
  return nearest(nodes.id.map((_, one) => one).filter((one) => one !== index
    && nodes.rank[one] === nodes.rank[index] && (nodes.y[one] - nodes.y[index]) * side > 0))
}

/** A smooth line through the points of a polyline from left to right. */
function curve(points) {
  let d = `M${points[0]} ${points[1]}`
  for (let index = 2; index < points.length; index += 2) {
    const [x, y] = [points[index], points[index + 1]]
    const middle = (points[index - 2] + x) / 2
    d += `C${middle} ${points[index - 1]} ${middle} ${y} ${x} ${y}`
  }
  return d
}

export const shortened = (text, length) => text.length > length ? `${text.slice(0, length - 1)}…` : text

