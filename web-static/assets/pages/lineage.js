// Lineage: one dataset, what it is made of and what is made of it; one step each way until more is asked for.
import { ask, go } from "../app.js"
import { empty, glyph, h, link } from "../ui.js"
import { lineageGraph } from "../parts/graph.js"

const furthest = 10

export async function show(visit) {
  const chosen = visit.query.get("sel")
  const steps = (name) => Math.min(furthest, Math.max(0, Number(visit.query.get(name) ?? 1) || 0))
  const [up, down] = [steps("up"), steps("down")]
  const page = h("div", {},
    h("div", { class: "head" }, h("h1", {}, chosen ? `Lineage of ${chosen}` : "Lineage"),
    picker(visit, chosen)))
  if (!chosen) {
    page.append(empty("Choose a dataset: its sources and its readers appear, one step each way.",
      "heddle lineage DATASET"))
    return page
  }
  const graph = await lineageGraph(visit, encodeURIComponent(chosen), { up, down }, { chosen })
  visit.refresh = () => graph.refresh?.()
  const step = (name, value, text) =>
    h("a", { class: "button", id: `${name}-${text.split(" ")[0]}`,
    href: visit.address({ [name]: String(value) }) }, text)
  page.append(h("div", { class: "filters", role: "group", "aria-label": "How far" },
    h("span", {}, `Made of: ${up} ${up === 1 ? "step" : "steps"}`), up > 0 && step("up", up - 1, "fewer"),
      up < furthest && step("up", up + 1, "more"),
    h("span", { class: "faint" }, "·"), h("span", {}, `Read by: ${down} ${down === 1 ? "step" : "steps"}`),
    down > 0 && step("down", down - 1, "fewer"), down < furthest && step("down", down + 1, "more"),
    h("a", { class: "button", href: link.dataset(chosen) }, "Open the dataset")),
  graph.element, twin(graph.data, chosen))
  return page
}

/** The same as text: for each dataset, what it is made of. */
function twin({ nodes, edges }, chosen) {
  return h("section", { class: "spaced" }, h("h2", {}, "As a list"),
    h("ul", { class: "twin" }, nodes.id.map((id, index) => {
    const from = edges.to.flatMap((to, edge) => to === index ? [[nodes.id[edges.from[edge]], edges.via[edge]]]
      : [])
    return h("li", { "data-row": "" }, glyph(nodes.kind[index] === "source" ? "never" : "made"), " ",
      h("a", { href: link.lineage(id), "aria-current": id === chosen ? "true" : null }, id),
      from.length > 0 && h("span", { class: "faint" }, " ← ",
        from.map(([name, via]) => via ? `${name} by ${via}` : name).join(", ")))
  })))
}

/** A field that knows the names of datasets. */
function picker(visit, chosen) {
  const names = h("datalist", { id: "dataset-names" })
  const field = h("input", { type: "search", list: "dataset-names", value: chosen ?? "",
    placeholder: "domain.name", "aria-label": "Dataset", id: "sel" })
  field.addEventListener("focus", async () => {
    if (names.childNodes.length) return
    const { items } = await ask("GET", "/datasets", { params: { limit: 500 } }).catch(() => ({ items: [] }))
    names.append(...items.map(({ dataset }) => h("option", { value: dataset })))
  })
  const form = h("form", { class: "actions", role: "search", "aria-label": "Dataset" }, field, names,
    h("button", { type: "submit" }, "Show"))
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    go(visit.address({ sel: field.value.trim(), up: null, down: null }))
  })
  return form
}
