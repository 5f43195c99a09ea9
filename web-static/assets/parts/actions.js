// What a reader with the role may do to pipelines and runs. Each says what it will do before it does it.
import { go, may, say } from "../app.js"
import { h, link, many } from "../ui.js"
import { confirm } from "./dialog.js"
import { isLive } from "./runlist.js"

const domainOf = (pipeline) => pipeline.split("/")[0]

/** The buttons of a pipeline. */
export function pipelineActions(visit, pipeline) {
  if (!may("operator", domainOf(pipeline.pipeline))) return null
  const path = `/pipelines/${pipeline.pipeline}`
  const hold = pipeline.paused ? "resume" : "pause"
  return h("div", { class: "actions" },
    button("Run…", () => trigger(visit, pipeline)),
    button("Backfill…", async () => {
      const { planDialog } = await import("./plan.js")
      planDialog(visit, { select: pipeline.pipeline })
    }),
    button(pipeline.paused ? "Resume" : "Pause", () => confirm(
      `${pipeline.paused ? "Resume" : "Pause"} ${pipeline.pipeline}`,
      h("p", {}, pipeline.paused
        ? "What is due starts; the ticks of the pause are counted as its schedule says."
        : "Nothing new starts; running attempts go on."),
      pipeline.paused ? "Resume" : "Pause", () => done(visit, `${path}/${hold}`))),
    pipeline.running + pipeline.queued > 0 && button("Cancel…", () => cancelAll(visit, pipeline, path)))
}

function cancelAll(visit, pipeline, path) {
  const { running, queued } = pipeline
  const question = `${many(running, "running run")} and ${many(queued, "queued run")} will be stopped.`
  confirm(`Cancel the runs of ${pipeline.pipeline}`, h("p", {}, question), "Cancel them",
    () => done(visit, `${path}/cancel`), { danger: true })
}

/** The buttons of a run. */
export function runActions(visit, run) {
  if (!may("operator", domainOf(run.pipeline))) return null
  return h("div", { class: "actions" },
    isLive(run) ? button("Cancel…", () => confirm(`Cancel run #${run.id}`,
      h("p", {}, "What runs is stopped, what waits will not start."), "Cancel the run",
      () => done(visit, `/runs/${run.id}/cancel`), { danger: true }))
      : button("Retry…", () => retry(visit, run), run.state === "failed" ? "primary" : null))
}

const button = (text, act, style) => h("button", { type: "button", class: style, on: { click: act } }, text)

async function done(visit, path, body) {
  const answer = await visit.post(path, body)
  say(answer.message)
  visit.refresh()
  return answer
}

/** Asks how to do a final run again; the new run is opened. */
export function retry(visit, run) {
  confirm(`Retry run #${run.id}`, retryChoices(run.state !== "success"), "Retry", async (form) => {
    const { message, runs } = await visit.post(`/runs/${run.id}/retry`,
      { scope: form.get("scope"), task: null, files: form.get("kept") ? "kept" : "latest" })
    say(message)
    go(runs?.length ? link.run(runs[0]) : location.href)
  })
}

/** How to do final runs again; `failed`: something in them failed. */
export function retryChoices(failed) {
  const choice = (value, text, checked) => h("label", { class: "choice" },
    h("input", { type: "radio", name: "scope", value, checked }), text)
  return h("fieldset", { class: "plain stack" },
    h("legend", { class: "unseen" }, "What to do again"),
    failed && choice("failed", "what failed, and what comes after it", true),
    choice("all", "everything", !failed),
    h("label", { class: "choice" }, h("input", { type: "checkbox", name: "kept" }),
      "with the files as the run had them"))
}

/** Asks for a partition and params, and makes a run. */
function trigger(visit, pipeline) {
  const fields = pipeline.params.map((param) => h("label", { class: "field" },
    `${param.name} (${param.type}${param.default === null ? "" : `, default ${param.default}`})`,
    h("input", { name: `param.${param.name}`, placeholder: param.default ?? "",
      required: param.default === null })))
  confirm(`Run ${pipeline.pipeline}`, h("div", { class: "stack" },
    pipeline.partition && h("label", { class: "field" },
      `Partition (${pipeline.partition}, in ${pipeline.timezone ?? "UTC"})`,
      h("input", { name: "partition", required: true,
        placeholder: pipeline.runs.at(-1)?.[2] ?? "2013-01-31" })), fields),
  "Run", async (form) => {
    const params = {}
    for (const param of pipeline.params) {
      const text = form.get(`param.${param.name}`)
      if (text) params[param.name] = typed(text, param.type)
    }
    const { message, runs } = await visit.post(`/pipelines/${pipeline.pipeline}/trigger`,
      { task: null, partition: form.get("partition") || null, params })
    say(message)
    go(runs?.length ? link.run(runs[0]) : location.href)
  })
}

function typed(text, type) {
  if (type === "boolean") return text === "true"
  return type === "integer" || type === "real" || type === "number" ? Number(text) : text
}

/** Decides about a task that waits for a person. */
export function decide(visit, run, task) {
  if (task.kind !== "approve" || task.state !== "deferred") return null
  if (!may("operator", domainOf(run.pipeline))) return null
  const choice = (verb, reject, effect) => button(`${verb}…`, () => confirm(`${verb} ${task.task}`,
    h("div", { class: "stack" }, h("p", {}, effect),
      h("label", { class: "field" }, "Why (kept with the decision)",
        h("input", { name: "note", maxlength: 1000 }))),
    verb, (form) => done(visit, `/runs/${run.id}/tasks/${task.task}/${task.index}/approve`,
      { reject, note: form.get("note") || null }), { danger: reject }), reject ? null : "primary")
  return h("div", { class: "actions" }, choice("Approve", false, "What comes after it goes on."),
    choice("Reject", true, "The task fails, and is not tried again."))
}

/** Declares what is stale of a dataset good as it is. */
export function acceptStale(visit, dataset) {
  if (!may("operator", dataset.dataset.split(".")[0])) return null
  const path = `/datasets/${encodeURIComponent(dataset.dataset)}/accept`
  const ask = () => confirm(`Accept ${dataset.dataset} as it is`, h("p", {},
    "What is stale of it counts as made by the code, and of the inputs, of now. The data stays as it is."),
  "Accept", () => done(visit, path, {}))
  return h("div", { class: "actions" }, button("Accept…", ask))
}

/** Whether it has not begun, or waits without a worker: then it can be said how it ends. */
export const isMarkable = (task) => ["waiting", "deferred"].includes(task.state)

/** Declares how a task ends that can be marked. */
export function markTask(visit, run, task) {
  if (!isMarkable(task) || !may("operator", domainOf(run.pipeline))) return null
  const as = (state) => button(`Mark ${state}…`, () => confirm(`Mark ${task.task} as ${state}`,
    h("p", {}, "Nothing runs; what comes after goes on as if it had ended so."), `Mark ${state}`,
    () => done(visit, `/runs/${run.id}/tasks/${task.task}/${task.index}/mark`, { as: state })))
  return h("div", { class: "actions" }, as("success"), as("failed"), as("skipped"))
}
