// One dataset: who makes it and who reads it, its partitions, its columns.
import { at, empty, fact, glyph, h, link, mark, when, word } from "../ui.js"
import { Paged } from "../parts/paged.js"
import { refill } from "../parts/focus.js"
import { tabs } from "../parts/tabs.js"
import { acceptStale } from "../parts/actions.js"
import { standing, writer } from "./datasets.js"

const rereading = 1_000

export async function show(visit) {
  const name = encodeURIComponent(visit.names.name)
  const path = `/datasets/${name}`
  const dataset = await visit.get(path)
  const { chosen, bar } = tabs(visit,
    [["partitions", "Partitions"], ["lineage", "Lineage"], ["columns", "Columns"]], "Dataset")
  const head = h("div")
  let now = dataset
  // The dataset tells of its last partitions only; an older one may be stale that the list shows.
  const seen = { stale: false }
  const draw = () => refill(head, top(visit, { ...now, stale: now.stale || seen.stale }))
  const content = await view(visit, dataset, chosen, seen, draw)
  draw()
  let timer = null
  visit.refresh = async () => {
    timer = null
    const read = await visit.get(path).catch(() => null)
    if (!read) return
    now = read
    draw()
    if (await content.refresh?.().catch(() => false)) draw()
  }
  visit.on((change) => {
    if (change.id === dataset.dataset) timer ??= setTimeout(() => visit.refresh(), rereading)
  })
  return h("div", {}, head, bar, content.element)
}

function top(visit, dataset) {
  const names = (list, address) => list.length
    ? list.map((name, index) => [index ? ", " : "", h("a", { href: address(name) }, name)]) : "nobody"
  return [
    h("div", { class: "head" }, h("h1", {}, dataset.dataset), standing(dataset),
      dataset.stale && acceptStale(visit, dataset)),
    dataset.description && h("p", { class: "sentence" }, dataset.description),
    h("dl", { class: "facts" }, fact("Made by", writer(dataset.writer)),
      fact("Owner", dataset.owner ?? "–"),
      fact("Latest partition", dataset.latest ?? "–"), fact("Changed", at(dataset.changed_at)),
      fact("Made of", dataset.reads.length ? names(dataset.reads, link.dataset) : "nothing of the mesh"),
      fact("Read by", names(dataset.read_by, (task) => link.pipeline(task.split(".")[0])))),
  ].filter(Boolean)
}

async function view(visit, dataset, chosen, seen, draw) {
  if (chosen === "columns") return { element: columns(dataset) }
  if (chosen === "lineage") {
    const { lineageGraph } = await import("../parts/graph.js")
    const graph = await lineageGraph(visit, dataset.dataset, { up: 1, down: 1 })
    return { ...graph, element: h("div", {}, graph.element,
      h("p", { class: "more" },
      h("a", { class: "button", href: link.lineage(dataset.dataset) }, "Open in Lineage"))) }
  }
  return partitions(visit, dataset, seen, draw)
}

function columns(dataset) {
  if (!dataset.columns_detail.length) return empty(
    "Its columns are not known: nothing declares them and no SQL makes them.", null)
  return h("table", {}, h("caption", { class: "unseen" }, "Columns"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Column"), h("th", { scope: "col" }, "Type"))),
    h("tbody", {}, dataset.columns_detail.map((column) =>
      h("tr", {}, h("td", { class: "tight mono" }, column.name), h("td", {}, column.type ?? "any")))))
}

async function partitions(visit, dataset, seen, draw) {
  const strip = h("ol", { class: "strip", "aria-label": "Partitions, the newest first" })
  const list = new Paged(visit, {
    caption: "Partitions, the newest first",
      path: `/datasets/${encodeURIComponent(dataset.dataset)}/partitions`, params: { limit: 100 },
    columns: [["Standing", "tight"], ["Partition", "tight"], ["Changed", "tight"],
      ["Version", "tight number"], ["Run", "tight"], ["Why"]],
    nothing: () => empty("Nothing of it has been made yet.",
      dataset.writer && `heddle run ${dataset.writer.split(".")[0]}`),
    begin: () => {
      strip.replaceChildren()
      seen.stale = false
    },
    row: (item) => {
      const state = item.stale ? "stale" : item.standing
      if (item.stale && !seen.stale) {
        seen.stale = true
        draw()
      }
      const text = `${item.partition ?? "all of it"}: ${word(state)}`
      strip.append(h("li", {}, h(item.run ? "a" : "span", {
        href: item.run && link.run(item.run), role: item.run ? null : "img", "aria-label": text, title: text,
      }, glyph(state))))
      return h("tr", { "data-row": "" }, h("td", { class: "tight" }, mark(state)),
        h("td", { class: "tight mono" }, item.partition ?? "all of it"),
        h("td", { class: "tight" }, when(item.changed_at)),
          h("td", { class: "tight number" }, String(item.version ?? "–")),
        h("td", { class: "tight" }, item.run ? h("a", { href: link.run(item.run) }, `#${item.run}`) : "–"),
        h("td", { class: "faint" }, item.reason?.text ?? item.reason ?? ""))
    },
  })
  await list.load()
  return {
    element: h("div", {}, strip, list.element),
    refresh: async () => {
      if (list.body.contains(document.activeElement) || strip.contains(document.activeElement)) return false
      await list.reload()
      return true
    },
  }
}
