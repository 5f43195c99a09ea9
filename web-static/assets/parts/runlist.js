// A list of runs that changes while one looks: known rows in place, new ones behind a button when they would
// move
// what is under the pointer or the caret.
import { may } from "../app.js"
import { duration, empty, h, link, many, mark, when } from "../ui.js"
import { Paged } from "./paged.js"
import { pick, Selection } from "./selection.js"

export const isLive = (run) => run.state === "running" || run.state === "queued"

const mayChange = (pipeline, domain) => may("operator", pipeline ? pipeline.split("/")[0] : domain)

export async function runList(visit, params, { pipeline = true, belongs = () => true, nothing } = {}) {
  const rows = new Map()
  const waiting = new Map()
  const button = h("button", { type: "button", class: "fresh", hidden: true, on: { click: () => showNew() } })
  const selection = selectionOf(visit, params)
  const list = new Paged(visit, {
    selection, begin: () => rows.clear(),
    caption: "Runs, the newest first", path: "/runs", params: { limit: 50, ...params }, row: makeRow,
    columns: [["State", "tight"], ["Run", "tight"], ...(pipeline ? [["Pipeline"]] : []),
      ["Partition", "tight"], ["Cause", "tight"],
      ["Created", "tight"], ["Took", "tight number"], ["Why"]],
    nothing: nothing ?? (() => empty("No runs yet. This makes one:", "heddle run PIPELINE")),
  })

  function makeRow(run) {
    const row = h("tr", { "data-row": "" })
    rows.set(run.id, { row, run })
    paint(row, run, pipeline, selection)
    return row
  }

  function showNew() {
    list.body.prepend(...[...waiting.values()].reverse().map(makeRow))
    waiting.clear()
    selection?.update()
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
      paint(rows.get(id).row, run, pipeline, selection)
      return selection?.update()
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
    await list.reload()
    // What waited is among them.
    waiting.clear()
    button.hidden = true
  }

  function remove(ids) {
    for (const id of ids) {
      rows.get(id)?.row.remove()
      rows.delete(id)
    }
    selection?.update()
  }

  visit.on((change) => {
    if (change.kind === "removed") remove(change.runs)
    if (change.kind === "run") take(change.id, change.patch)
  })
  visit.refresh = () => refresh().catch(() => {})
  if (selection) visit.close = () => selection.clear()
  await list.load()
  list.element.prepend(button)
  return list.element
}

/** What whoever may change runs can do with many at once; null for all others. */
function selectionOf(visit, { pipeline, domain }) {
  if (!mayChange(pipeline, domain)) return null
  const bulk = (name) => async (runs, selection) => (await import("./bulk.js"))[name](visit, runs, selection)
  return new Selection({
    what: "runs", key: (run) => run.id, name: (run) => `run #${run.id}`, acts: [
      { text: "Retry…", fits: (run) => !isLive(run), does: bulk("retryRuns") },
      { text: "Cancel…", fits: isLive, does: bulk("cancelRuns") },
    ],
  })
}

function paint(row, run, pipeline, selection) {
  const focused = row.contains(document.activeElement) ? document.activeElement : null
  row.replaceChildren(
    ...pick(selection, run, mayChange(run.pipeline)),
    h("td", { class: "tight" }, mark(run.state)),
    h("td", { class: "tight" }, h("a", { href: link.run(run.id) }, `#${run.id}`)),
    pipeline ? h("td", {}, h("a", { href: link.pipeline(run.pipeline) }, run.pipeline)) : "",
    h("td", { class: "tight mono" }, run.partition ?? "–"),
    h("td", { class: "tight" }, cause(run)),
    h("td", { class: "tight" }, when(run.created_at)),
    h("td", { class: "tight number" }, duration(run.duration_ms)),
    h("td", { class: "faint" }, run.reason?.text ?? ""))
  if (focused) (focused.isConnected ? focused : row.querySelector("a")).focus({ preventScroll: true })
}

/** Why a run was made, with links. */
export function cause(run) {
  if (run.backfill) return h("a", { href: link.backfill(run.backfill) }, `backfill ${run.backfill}`)
  if (run.retry_of) return [`retry of `, h("a", { href: link.run(run.retry_of) }, `#${run.retry_of}`)]
  return String(run.cause ?? "–").replaceAll("_", " ")
}

