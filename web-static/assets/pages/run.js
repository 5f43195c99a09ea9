// One run: the verdict with the first failure and what it last said; tasks, graph, Gantt, events, params.
import { go, may } from "../app.js"
import {
  at, count, duration, empty, fact, glyph, h, link, look, tally, urgency, when, word,
} from "../ui.js"
import { retry, runActions } from "../parts/actions.js"
import { pieces } from "../parts/ansi.js"
import { refill } from "../parts/focus.js"
import { cause } from "../parts/runlist.js"
import { tabs } from "../parts/tabs.js"
import { why } from "../parts/why.js"

const final = ["success", "failed", "cancelled"]
/** A run whose tasks end quickly is read anew at most so often. */
const rereading = 500

export async function show(visit) {
  const path = `/runs/${visit.names.id}`
  const run = await visit.get(path)
  const page = h("div")
  const sides = h("div", { class: "split" })
  const { chosen, bar } = tabs(visit,
    [["tasks", `Tasks ${count(run.total)}`], ["graph", "Graph"], ["gantt", "Gantt"],
    ["events", "Events"], ["params", "Params"]], "Run")
  const head = h("div", {}, top(visit, run))
  const content = await view(visit, run, chosen)
  sides.append(h("div", {}, content.element))
  page.append(head, bar, sides)

  const panel = panelOf(visit, run, sides)
  if (visit.query.get("task")) await panel.open(visit.query.get("task"),
    Number(visit.query.get("index") ?? 0), false)
  page.addEventListener("click", (event) => {
    const anchor = event.target.closest("a[data-task]")
    if (!anchor || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    panel.open(anchor.dataset.task, Number(anchor.dataset.index), true, anchor)
  })

  let timer = null
  const reread = async () => {
    timer = null
    const now = await visit.get(path).catch(() => null)
    if (!now) return
    Object.assign(run, now)
    refill(head, top(visit, run))
    await content.refresh?.()
    await panel.refresh()
  }
  visit.refresh = reread
  visit.watch(run.id)
  visit.on((change) => {
    const ours = (change.kind === "run" && change.id === run.id)
      || (change.kind === "task" && change.run === run.id)
    if (!ours) return
    if (change.kind === "task") content.take?.(change)
    timer ??= setTimeout(reread, rereading)
  })
  visit.close = () => panel.close() || content.clear?.()
  visit.keys = {
    "[": () => run.previous && go(link.run(run.previous)), "]": () => run.next && go(link.run(run.next)),
    w: () => why(visit, path, `Why run #${run.id} is as it is`),
    e: () => run.verdict?.failure && may("viewer") && go(logOf(run)),
    R: () => final.includes(run.state) && may("operator", run.pipeline.split("/")[0]) && retry(visit, run),
  }
  return page
}

const logOf = ({ id, verdict: { failure } }) => link.log(id, failure.task, failure.index, failure.attempt)

function top(visit, run) {
  const sign = { success: "✓", failed: "✕", cancelled: "⊘" }[run.state] ?? "▶"
  const title = h("h1", { "data-title": `${sign} #${run.id} ${run.pipeline} · Heddle` },
    `Run #${run.id} of `, h("a", { href: link.pipeline(run.pipeline) }, run.pipeline),
    run.partition && ` for ${run.partition}`)
  return [
    h("div", { class: "head" }, title, h("div", { class: "actions" },
      run.previous && h("a", { class: "button", href: link.run(run.previous) }, `‹ #${run.previous}`),
      run.next && h("a", { class: "button", href: link.run(run.next) }, `#${run.next} ›`))),
    verdict(visit, run),
  ]
}

function verdict(visit, run) {
  const failure = run.verdict?.failure
  const path = `/runs/${run.id}`
  return h("section", { class: `verdict s-${look(run.state)}`, "aria-label": "Verdict" },
    h("div", { class: "say" },
      h("span", { class: "mark" }, glyph(run.state), run.verdict?.text ?? word(run.state)),
      h("div", { class: "actions" }, runActions(visit, run),
        h("button", { type: "button",
          on: { click: () => why(visit, path, `Why run #${run.id} is as it is`) } }, "Why?"))),
    failure?.log?.length && h("pre",
      { class: "tail", tabindex: "0", "aria-label": `Last lines of ${failure.task}` },
      colourful(failure.log)),
    failure && h("p", {}, may("viewer", run.pipeline.split("/")[0])
      ? h("a", { href: logOf(run) }, `Log of ${failure.task}, attempt ${failure.attempt}`)
      : ["Its log is for those who ",
        h("a", { href: `/sign-in?back=${encodeURIComponent(link.run(run.id))}` }, "sign in"), "."]),
    bar(run),
    h("dl", { class: "facts" },
      fact("Done", `${count(run.done)} of ${count(run.total)}`),
        fact("Tasks", h("span", { class: "pills" }, tally(run.counts))),
      fact("Took", duration(run.duration_ms),
        run.median_ms !== null && h("span", { class: "faint" }, ` (median ${duration(run.median_ms)})`)),
      run.eta && fact("Done about", when(run.eta)),
      fact("Created", at(run.created_at)), fact("Cause", cause(run)), fact("Release", String(run.release)),
      run.retried_by?.length > 0
        && fact("Done again in", run.retried_by.map((id) =>
        [h("a", { href: link.run(id) }, `#${id}`), " "]))))
}

/** Lines of a log with their colours. */
const colourful = (lines) => lines.map((line) => [
  pieces(line).map((piece) => h("span", { class: piece.classes || null }, piece.text)), "\n",
])

/** How the instances stand, as one bar. */
function bar(run) {
  const states = Object.keys(run.counts).filter((state) => run.counts[state])
  states.sort((a, b) => urgency.indexOf(b) - urgency.indexOf(a))
  const parts = states.map((state) => {
    const part = h("span", { class: `s-${look(state)}` })
    part.style.flexGrow = run.counts[state]
    return part
  })
  const rest = run.total - states.reduce((sum, state) => sum + run.counts[state], 0)
  if (rest > 0) {
    const part = h("span", { class: "rest" })
    part.style.flexGrow = rest
    parts.push(part)
  }
  return h("div", { class: "progress", role: "img", "aria-label": `${run.done} of ${run.total} tasks done` },
    parts)
}

async function view(visit, run, chosen) {
  switch (chosen) {
    case "graph": return (await import("../parts/graph.js")).runGraph(visit, run)
    case "gantt": return (await import("../parts/gantt.js")).gantt(visit, run)
    case "events": return (await import("../parts/events.js")).events(visit, run)
    case "params": return { element: params(run) }
    default: return (await import("../parts/tasklist.js")).taskList(visit, run)
  }
}

function params(run) {
  if (!run.params) return empty("Params are for those who sign in.", null,
    h("p", {}, h("a", { href: "/sign-in" }, "Sign in")))
  const names = Object.keys(run.params)
  if (!names.length) return empty("This run has no params.", null)
  return h("table", {}, h("caption", { class: "unseen" }, "Params"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Name"), h("th", { scope: "col" }, "Value"))),
    h("tbody", {}, names.map((name) => h("tr", {}, h("td", { class: "tight mono" }, name),
      h("td", { class: "mono" }, JSON.stringify(run.params[name]))))))
}

/** The panel beside the page, for one task; it is in the address, so that it can be sent to somebody. */
function panelOf(visit, run, sides) {
  let shown = null
  const place = (task, index) => {
    const url = visit.address({ task, index: index || null })
    history.replaceState(history.state, "", url)
    visit.query = new URLSearchParams(location.search)
  }
  const close = () => {
    if (!shown) return false
    shown.element.remove()
    sides.classList.remove("open")
    shown.from?.focus?.()
    shown = null
    place(null, null)
    return true
  }
  const fetch = async (task, index) =>
    (await import("../parts/task.js")).taskPanel(visit, run.id, task, index, close)
  return {
    close,
    async open(task, index, focus, from = null) {
      const element = await fetch(task, index).catch((problem) =>
        h("aside", { class: "panel" }, h("p", { class: "trouble" }, problem.message)))
      shown?.element.remove()
      shown = { task, index, element, from }
      sides.append(element)
      sides.classList.add("open")
      place(task, index)
      if (focus) element.querySelector("h2")?.focus()
    },
    async refresh() {
      if (!shown || final.includes(run.state) && shown.settled) return
      const element = await fetch(shown.task, shown.index).catch(() => null)
      if (!element || !shown || element.isEqualNode(shown.element)) return
      const focused = shown.element.contains(document.activeElement)
      shown.element.replaceWith(element)
      shown.element = element
      shown.settled = final.includes(run.state)
      if (focused) element.querySelector("h2").focus({ preventScroll: true })
    },
  }
}

