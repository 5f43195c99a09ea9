// One pipeline: how it stands in a sentence, and its grid, graph, runs, calendar, definition and schedule.
import { at, bars, duration, fact, h, link, mark, when } from "../ui.js"
import { pipelineActions } from "../parts/actions.js"
import { runList } from "../parts/runlist.js"
import { refill } from "../parts/focus.js"
import { tabs } from "../parts/tabs.js"
import { why } from "../parts/why.js"

const rereading = 1_000

export async function show(visit) {
  const name = `${encodeURIComponent(visit.names.domain)}/${encodeURIComponent(visit.names.name)}`
  const path = `/pipelines/${name}`
  const pipeline = await visit.get(path)
  const { chosen, bar } = tabs(visit,
    [["grid", "Grid"], ["graph", "Graph"], ["runs", "Runs"], ["calendar", "Calendar"],
    ["definition", "Definition"], ["schedule", "Schedule"]], "Pipeline")
  const head = h("div", {}, top(visit, pipeline, path))
  const sides = h("div", { class: "split" })
  const content = await view(visit, pipeline, chosen, sides)
  sides.prepend(h("div", {}, content.element))

  let timer = null
  const reread = async () => {
    timer = null
    const now = await visit.get(path).catch(() => null)
    if (!now) return
    Object.assign(pipeline, now)
    refill(head, top(visit, pipeline, path))
    await content.refresh?.()
  }
  // The list of runs looks after itself.
  const listed = visit.refresh
  visit.refresh = chosen === "runs" ? async () => { await listed(); await reread() } : reread
  visit.on((change) => {
    const ours = change.kind === "release" || change.id === pipeline.pipeline
      || change.patch?.pipeline === pipeline.pipeline
    if (ours) timer ??= setTimeout(reread, rereading)
  })
  visit.keys = { w: () => why(visit, path, `Why ${pipeline.pipeline} is as it is`) }
  return h("div", {}, head, bar, sides)
}

function top(visit, pipeline, path) {
  const sign = { failed: "✕", success: "✓", running: "▶", broken: "!" }[pipeline.state] ?? "·"
  return [
    h("div", { class: "head" },
      h("h1", { "data-title": `${sign} ${pipeline.pipeline} · Heddle` }, pipeline.pipeline),
      mark(pipeline.state), ["late",
        "paused"].filter((badge) => pipeline[badge]).map((badge) =>
        h("span", { class: `badge ${badge}` }, badge)),
      pipelineActions(visit, pipeline)),
    pipeline.problems?.length > 0 && h("div", { class: "notice" },
      "Its file has errors; what was good before stays in force:\n", pipeline.problems.join("\n")),
    h("p", { class: "sentence" }, pipeline.health, " ",
      pipeline.first_failure && h("a", { href: link.run(pipeline.first_failure.run) },
        `First failing run #${pipeline.first_failure.run}`), " ",
      h("button", { type: "button", class: "quiet",
        on: { click: () => why(visit, path, `Why ${pipeline.pipeline} is as it is`) } }, "Why?")),
    pipeline.description && h("p", { class: "sentence faint" }, pipeline.description),
    h("dl", { class: "facts" },
      fact("Last 14 runs", bars(pipeline.runs)), fact("Owner", pipeline.owner ?? "–"),
      fact("Next tick", pipeline.next_tick ? at(pipeline.next_tick) : pipeline.scheduled ? "–"
        : "by hand only"),
      pipeline.partition && fact("Partitions", `${pipeline.partition}, in ${pipeline.timezone ?? "UTC"}`),
      pipeline.fresh_until && fact("Data up to", at(pipeline.fresh_until)),
      fact("Last success", pipeline.last_success_at ? when(pipeline.last_success_at) : "none yet"),
      fact("Median run", duration(pipeline.median_ms)),
      pipeline.tags?.length > 0 && fact("Tags", pipeline.tags.join(", "))),
  ].filter(Boolean)
}

async function view(visit, pipeline, chosen, sides) {
  switch (chosen) {
    case "graph": return (await import("../parts/graph.js")).pipelineGraph(visit, pipeline)
    case "runs": return {
      element: await runList(visit, { pipeline: pipeline.pipeline, state: visit.query.get("state") },
        { pipeline: false, belongs: (run) => run.pipeline === pipeline.pipeline }),
    }
    case "calendar": return (await import("../parts/calendar.js")).calendar(visit, pipeline)
    case "definition": return (await import("../parts/definition.js")).definition(visit, pipeline)
    case "schedule": return (await import("../parts/definition.js")).schedule(visit, pipeline)
    default: return (await import("../parts/grid.js")).grid(visit, pipeline, cellPanel(visit, sides))
  }
}

/** Opens a cell's task beside the grid, which stays as it is. */
function cellPanel(visit, sides) {
  let shown = null
  let from = null
  const close = () => {
    shown?.remove()
    shown = null
    sides.classList.remove("open")
    from?.focus({ preventScroll: true })
  }
  visit.close = () => shown && close()
  return async (run, task, cell) => {
    const { taskPanel } = await import("../parts/task.js")
    const panel = await taskPanel(visit, run, task, 0, close).catch((problem) =>
      h("aside", { class: "panel" }, h("p", { class: "trouble" }, problem.message)))
    panel.querySelector("header")?.after(
      h("p", {}, h("a", { href: `${link.run(run)}?task=${encodeURIComponent(task)}` }, `Run #${run}`)))
    shown?.remove()
    shown = panel
    from = cell
    sides.append(panel)
    sides.classList.add("open")
    panel.querySelector("h2")?.focus({ preventScroll: true })
  }
}

