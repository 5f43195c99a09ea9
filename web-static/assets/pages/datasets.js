// All datasets: who makes them, from when they are, whether they are stale.
import { empty, h, link, mark, when } from "../ui.js"
import { Paged } from "../parts/paged.js"

const rereading = 5_000

export async function show(visit) {
  const q = visit.query.get("q")
  const list = new Paged(visit, {
    caption: "Datasets by name", path: "/datasets",
      params: { domain: visit.domain, q, select: visit.query.get("select"), limit: 200 },
    columns: [["Dataset"], ["Made by"], ["Owner", "tight"], ["Latest partition", "tight"],
      ["Changed", "tight"], ["Standing", "tight"], ["Readers", "tight number"]],
    nothing: () => visit.domain || q
      ? empty("No dataset is like that.", null,
        h("p", {}, h("a", { href: "/datasets" }, "Show all datasets")))
      : empty("No datasets yet. A task's `into:` or `writes:` makes one; so does this:", "heddle init demo"),
    row: (dataset) => h("tr", { "data-row": "" },
      h("td", {}, h("a", { href: link.dataset(dataset.dataset) }, dataset.dataset)),
      h("td", {}, writer(dataset.writer)), h("td", { class: "tight" }, dataset.owner ?? "–"),
      h("td", { class: "tight mono" }, dataset.latest ?? "–"),
        h("td", { class: "tight" }, when(dataset.changed_at)),
      h("td", { class: "tight" }, standing(dataset)),
        h("td", { class: "tight number" }, String(dataset.readers))),
  })
  await list.load()
  let timer = null
  visit.refresh = () => list.body.contains(document.activeElement) ? null : list.load().catch(() => {})
  visit.on((change) => {
    if (change.kind === "dataset"
      || change.kind === "release") timer ??= setTimeout(() => { timer = null; visit.refresh() }, rereading)
  })
  const find = h("input", { type: "search", id: "find", value: q ?? "", placeholder: "Part of a name",
    "aria-label": "Part of a dataset's name" })
  const form = h("form", { class: "filters", role: "search", "aria-label": "Datasets" }, find,
    h("button", { type: "submit" }, "Filter"))
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const { go } = await import("../app.js")
    go(visit.address({ q: find.value.trim() }), { replace: true })
  })
  return h("div", {}, h("div", { class: "head" }, h("h1", {}, "Datasets"), form), list.element)
}

/** A link to the pipeline of a task's full name. */
export function writer(name) {
  if (!name) return "outside"
  return h("a", { href: link.pipeline(name.split(".")[0]) }, name)
}

export function standing(dataset) {
  if (dataset.stale) return mark("stale")
  return dataset.changed_at ? mark("made", "good")
    : mark("never", dataset.writer ? "not made yet" : "outside")
}
