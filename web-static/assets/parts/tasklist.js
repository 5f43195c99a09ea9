// The tasks of a run as a list, filtered by state and name; what changes is painted where it stands.
import { duration, empty, h, instance, link, mark } from "../ui.js"
import { may } from "../app.js"
import { isMarkable } from "./actions.js"
import { Paged } from "./paged.js"
import { isLive } from "./runlist.js"
import { pick, Selection } from "./selection.js"

export async function taskList(visit, run) {
  const rows = new Map()
  const selection = selectionOf(visit, run)
  const list = new Paged(visit, {
    selection,
    caption: "Tasks in the order in which they run", path: `/runs/${run.id}/tasks`,
    params: { state: visit.query.get("state"), q: visit.query.get("q"), limit: 200 }, row: makeRow,
    columns: [["State", "tight"], ["Task"], ["Kind", "tight"], ["Tries", "tight number"],
      ["Waited", "tight number"],
      ["Ran", "tight number"], ["Why"], ["Log", "tight"]],
    nothing: () => empty("No task of this run is like that.", null,
      h("p", {}, h("a", { href: visit.address({ state: null, q: null }) }, "Show all tasks"))),
  })

  function makeRow(task) {
    const row = h("tr", { "data-row": "" })
    rows.set(`${task.task}/${task.index}`, { row, task })
    paint(visit, run, row, task, selection)
    return row
  }

  await list.load()
  const states = Object.keys(run.counts).filter((state) => run.counts[state])
  const chosen = visit.query.get("state")
  const pill = (state, content) => h("a", {
    class: "pill", href: visit.address({ state }), "aria-current": chosen === state ? "true" : null,
  }, content)
  const filters = states.length > 1 || chosen
    ? h("nav", { class: "filters", "aria-label": "Filters by state" }, pill(null, "all"),
      states.map((state) => pill(state, mark(state))))
    : null
  return {
    element: h("div", {}, filters, list.element),
    take({ task, index, patch }) {
      const known = rows.get(`${task}/${index}`)
      if (!known) return
      Object.assign(known.task, patch)
      paint(visit, run, known.row, known.task, selection)
      selection?.update()
    },
    clear: () => selection?.clear(),
    // Instances that `each` made since are not known yet.
    refresh: () => rows.size < run.total && run.total <= 200 ? list.load() : null,
  }
}

/** What an operator can say of many tasks at once while the run lasts; null for all others. */
function selectionOf(visit, run) {
  if (!isLive(run) || !may("operator", run.pipeline.split("/")[0])) return null
  const as = (state) => ({
    text: `Mark ${state}…`, fits: isMarkable,
    does: async (tasks, selection) =>
      (await import("./bulk.js")).markTasks(visit, run, state, tasks, selection),
  })
  return new Selection({
    what: "tasks", key: ({ task, index }) => `${task}/${index}`, name: (task) => `task ${instance(task)}`,
    acts: ["success", "failed", "skipped"].map(as),
  })
}

function paint(visit, run, row, task, selection) {
  const focused = row.contains(document.activeElement) ? document.activeElement : null
  const log = task.attempts > 0 && may("viewer", run.pipeline.split("/")[0])
  row.replaceChildren(
    ...pick(selection, task, isMarkable(task)),
    h("td", { class: "tight" }, mark(task.state)),
    h("td", {}, h("a", {
      href: visit.address({ task: task.task, index: task.index || null }), "data-task": task.task,
        "data-index": task.index,
    }, instance(task))),
    h("td", { class: "tight faint" }, task.kind),
    h("td", { class: "tight number" }, task.attempts || "–"),
    h("td", { class: "tight number" }, duration(task.wait_ms)),
    h("td", { class: "tight number" }, duration(task.duration_ms)),
    h("td", { class: "faint" }, task.reason?.text ?? ""),
    h("td", { class: "tight" }, log ? h("a", {
      href: link.log(run.id, task.task, task.index, task.attempts), "aria-label": `log of ${instance(task)}`,
    }, "log") : ""))
  if (focused) (focused.isConnected ? focused : row.querySelector("a")).focus({ preventScroll: true })
}
