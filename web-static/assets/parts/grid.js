// The history of a pipeline: a row per task in the order in which they run, a column per run, the oldest
// left.
import { at, duration, empty, glyph, h, link, look, many, repaint, stamp, urgency, word } from "../ui.js"

const height = 34

export async function grid(visit, pipeline, openCell) {
  const path = `/pipelines/${pipeline.pipeline}/grid`
  const before = visit.query.get("before")
  const first = Number(visit.query.get("first") ?? 0)
  const params = { runs: narrow() ? 10 : 25, tasks: 50, before, first }
  let data = await visit.get(path, params)
  if (!data.runs.length) {
    const key = pipeline.partition ? " --partition KEY" : ""
    return { element: empty("No runs yet. This makes one:", `heddle run ${pipeline.pipeline}${key}`) }
  }
  const holder = h("div", { class: "scroll" }, table(data, openCell))
  return {
    element: h("div", {}, holder, h("div", { class: "more" },
      data.before && h("a", { class: "button", href: visit.address({ before: data.before }) },
        "‹ Older runs"),
      before && h("a", { class: "button", href: visit.address({ before: null }) }, "The newest runs"),
      data.first > 0 && h("a", { class: "button",
        href: visit.address({ first: Math.max(0, first - 50) || null }) }, "Tasks before"),
      data.first + data.tasks.length < data.task_count
        && h("a", { class: "button", href: visit.address({ first: first + 50 }) },
          `Tasks ${first + 51} and on of ${data.task_count}`)),
    legend(data)),
    async refresh() {
      const now = await visit.get(path, params).catch(() => null)
      if (!now?.runs.length) return
      const same = now.tasks.length === data.tasks.length && now.runs.length === data.runs.length
        && now.runs.every((run, index) => run.id === data.runs[index].id)
      data = now
      if (same) return patch(holder.firstChild, data)
      const place = placeOf(holder)
      holder.replaceChildren(table(data, openCell))
      place?.()
    },
  }
}

const narrow = () => innerWidth < 640

const named = (run) => `run ${run.id}${run.partition ? ` for ${run.partition}` : ""}`
const label = (task, run, state) => `${task.name}, ${named(run)}: ${state ? word(state) : "not part of it"}`

function table(data, openCell) {
  const longest = Math.max(1, ...data.runs.map((run) => run.duration_ms ?? 0))
  const element = h("table", { class: "grid", role: "grid", "aria-label": "Tasks by runs" },
    h("thead", {}, h("tr", { role: "row" }, h("th", { scope: "col", role: "columnheader" }, "Task"),
      data.runs.map((run) => head(run, longest)))),
    h("tbody", {}, data.tasks.map((task, row) => h("tr", { role: "row" },
      h("th", { scope: "row", role: "rowheader", title: `${task.name} (${task.kind})` }, task.name),
      data.runs.map((run, column) => cell(data, row, column))))))
  element.addEventListener("click", (event) => {
    const chosen = event.target.closest("td[data-run]")
    if (!chosen) return
    enter(element, chosen)
    openCell(Number(chosen.dataset.run), chosen.dataset.name, chosen)
  })
  element.addEventListener("keydown", (event) => walk(element, event))
  element.querySelector("tbody td:last-child")?.setAttribute("tabindex", "0")
  return element
}

function head(run, longest) {
  const bar = h("span", { class: `bar s-${look(run.state)}` })
  bar.style.height = `${Math.max(3, Math.round(height * (run.duration_ms ?? 0) / longest))}px`
  const text = `${named(run)}, ${word(run.state)}, ${duration(run.duration_ms)}`
  return h("th", { scope: "col", role: "columnheader" }, h("a", {
    class: "column", href: link.run(run.id), "aria-label": text, title: `${text}\n${stamp(run.created_at)}`,
  }, bar, glyph(run.state)))
}

function cell(data, row, column) {
  const [task, run, state] = [data.tasks[row], data.runs[column], data.cells[row][column]]
  return h("td", {
    role: "gridcell", tabindex: "-1", "aria-label": label(task, run, state), title: label(task, run, state),
      "data-run": run.id, "data-name": task.name,
  }, state && glyph(state))
}

/** Changes only the cells that are in another state than they were. */
function patch(element, data) {
  const longest = Math.max(1, ...data.runs.map((run) => run.duration_ms ?? 0))
  const heads = element.tHead.rows[0].cells
  data.runs.forEach((run, column) => {
    const fresh = head(run, longest)
    const old = heads[column + 1]
    if (!old.contains(document.activeElement) && !old.isEqualNode(fresh)) old.replaceWith(fresh)
  })
  data.tasks.forEach((task, row) => data.runs.forEach((run, column) => {
    const old = element.tBodies[0].rows[row].cells[column + 1]
    const state = data.cells[row][column]
    const text = label(task, run, state)
    if (old.getAttribute("aria-label") === text) return
    old.setAttribute("aria-label", text)
    old.title = text
    if (old.firstChild && state) repaint(old.firstChild, state)
    else old.replaceChildren(...(state ? [glyph(state)] : []))
  }))
}

/** How to put the focus back to the same task and run once the columns have moved. */
function placeOf(holder) {
  const focused = document.activeElement.closest?.("td[data-run]")
  if (!focused || !holder.contains(focused)) return null
  const { run, name } = focused.dataset
  return () => {
    const same = [...holder.querySelectorAll("td[data-run]")].find((td) => td.dataset.run === run
      && td.dataset.name === name)
    if (same) enter(holder.firstChild, same)
  }
}

/** One stop for the tab key; arrows, Home, End and the page keys walk. */
function walk(element, event) {
  const now = event.target.closest("td")
  if (!now) return
  const rows = [...element.tBodies[0].rows]
  const row = rows.indexOf(now.parentElement)
  const column = now.cellIndex
  const last = now.parentElement.cells.length - 1
  const places = {
    ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
    Home: [event.ctrlKey ? 0 : row, 1], End: [event.ctrlKey ? rows.length - 1 : row, last],
      PageUp: [row - 10, column], PageDown: [row + 10, column],
  }
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault()
    return now.click()
  }
  const place = places[event.key]
  if (!place) return
  event.preventDefault()
  const target = rows[Math.min(rows.length - 1, Math.max(0, place[0]))].cells[Math.min(last,
    Math.max(1, place[1]))]
  enter(element, target)
}

function enter(element, target) {
  element.querySelector("td[tabindex='0']")?.setAttribute("tabindex", "-1")
  target.setAttribute("tabindex", "0")
  target.focus()
}

/** The states that are in sight, each with its glyph and its word. */
function legend(data) {
  const seen = [...new Set([...data.cells.flat(), ...data.runs.map((run) => run.state)].filter(Boolean))]
  seen.sort((a, b) => urgency.indexOf(a) - urgency.indexOf(b))
  const [oldest, newest] = [data.runs[0], data.runs.at(-1)]
  return h("p", { class: "legend" },
    seen.map((state) => h("span", { class: "mark" }, glyph(state), word(state))),
    h("span", {}, `${many(data.runs.length, "run")}, from `, at(oldest.created_at), " to ",
      at(newest.created_at), "; bars: how long they took"))
}
