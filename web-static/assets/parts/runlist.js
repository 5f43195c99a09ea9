// A list of runs that changes while one looks: known rows in place, new ones behind a button when they would
// move
// what is under the pointer or the caret.
import { duration, empty, h, link, many, mark, when } from "../ui.js"
import { Paged } from "./paged.js"

export async function runList(visit, params, { pipeline = true, belongs = () => true, nothing } = {}) {
  const rows = new Map()
  const waiting = new Map()
  const button = h("button", { type: "button", class: "fresh", hidden: true, on: { click: () => showNew() } })
  const list = new Paged(visit, {
    caption: "Runs, the newest first", path: "/runs", params: { limit: 50, ...params }, row: makeRow,
    columns: [["State", "tight"], ["Run", "tight"], ...(pipeline ? [["Pipeline"]] : []),
      ["Partition", "tight"], ["Cause", "tight"],
      ["Created", "tight"], ["Took", "tight number"], ["Why"]],
    nothing: nothing ?? (() => empty("No runs yet. This makes one:", "heddle run PIPELINE")),
  })

  function makeRow(run) {
    const row = h("tr", { "data-row": "" })
    rows.set(run.id, { row, run })
    paint(row, run, pipeline)
    return row
  }

  function showNew() {
    list.body.prepend(...[...waiting.values()].reverse().map(makeRow))
    waiting.clear()
    list.table.hidden = false
    list.element.querySelector(".empty")?.remove()
    button.hidden = true
  }

  /** Somebody is at a row, which is not to move. */
  const isHeld = () => scrollY >= 40 || list.body.contains(document.activeElement)
    || list.body.matches(":hover")

  function take(id, patch) {
    const run = { ...rows.get(id)?.run, id, ...patch }
    if (rows.has(id)) {
      rows.get(id).run = run
      return paint(rows.get(id).row, run, pipeline)
    }
    const newest = Math.max(0, ...rows.keys())
    if (run.id < newest || !belongs(run)) return
    waiting.set(run.id, run)
    if (!isHeld()) return showNew()
    button.textContent = `${many(waiting.size, "new run")}: show`
    button.hidden = false
  }

  async function refresh() {
    if (isHeld() && rows.size) {
      const { items } = await list.read()
      for (const run of items.toReversed()) take(run.id, run)
      return
    }
    await list.load()
    // What waited is among them.
    waiting.clear()
    button.hidden = true
  }

  visit.on((change) => {
    if (change.kind === "removed") for (const id of change.runs) rows.get(id)?.row.remove()
    if (change.kind === "run") take(change.id, change.patch)
  })
  visit.refresh = () => refresh().catch(() => {})
  await list.load()
  list.element.prepend(button)
  return list.element
}

function paint(row, run, pipeline) {
  const focused = row.contains(document.activeElement)
  row.replaceChildren(
    h("td", { class: "tight" }, mark(run.state)),
    h("td", { class: "tight" }, h("a", { href: link.run(run.id) }, `#${run.id}`)),
    pipeline ? h("td", {}, h("a", { href: link.pipeline(run.pipeline) }, run.pipeline)) : "",
    h("td", { class: "tight mono" }, run.partition ?? "–"),
    h("td", { class: "tight" }, cause(run)),
    h("td", { class: "tight" }, when(run.created_at)),
    h("td", { class: "tight number" }, duration(run.duration_ms)),
    h("td", { class: "faint" }, run.reason?.text ?? ""))
  if (focused) row.querySelector("a").focus({ preventScroll: true })
}

/** Why a run was made, with links. */
export function cause(run) {
  if (run.backfill) return h("a", { href: link.backfill(run.backfill) }, `backfill ${run.backfill}`)
  if (run.retry_of) return [`retry of `, h("a", { href: link.run(run.retry_of) }, `#${run.retry_of}`)]
  return String(run.cause ?? "–").replaceAll("_", " ")
}

