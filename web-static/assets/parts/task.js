// The panel of one task instance: its state, why, attempts with their logs, what it read and made.
import { at, duration, fact, h, instance, link, mark, word } from "../ui.js"
import { may } from "../app.js"
import { decide, markTask } from "./actions.js"
import { explanation } from "./why.js"

const final = ["success", "failed", "skipped", "cancelled", "upstream_failed"]

export async function taskPanel(visit, run, name, index, close) {
  const path = `/runs/${run}/tasks/${encodeURIComponent(name)}/${index}`
  const task = await visit.get(path)
  const explained = final.includes(task.state) ? null
    : await visit.get(`/runs/${run}/explain`, { task: name }).catch(() => null)
  return h("aside", { class: "panel", "aria-labelledby": "task-title" },
    h("header", {}, h("h2", { id: "task-title", tabindex: "-1" }, instance(task)),
      h("button", { type: "button", class: "quiet", "aria-label": "Close", on: { click: close } }, "✕")),
    h("p", { class: "sentence" }, mark(task.state), task.reason && ` ${task.reason.text}`),
    decide(visit, { id: run, pipeline: task.pipeline }, task),
    h("dl", { class: "facts" }, fact("Kind", task.kind),
      task.value !== null && fact("Value", String(task.value)),
      fact("Waited", duration(task.wait_ms)), fact("Ran", duration(task.duration_ms)),
      task.rows !== null && fact("Rows", task.rows.toLocaleString("en"))),
    explained && [h("h3", {}, "Why"), explanation(explained)],
    h("h3", {}, "Attempts"), attempts(run, task),
    data("Reads", task.reads), made(task), !task.made?.length && data("Writes", task.writes),
    markTask(visit, { id: run, pipeline: task.pipeline }, task))
}

function attempts(run, task) {
  if (!task.attempts_detail.length) return h("p", { class: "faint" }, "It has not been tried.")
  return h("ul", { class: "stack" }, [...task.attempts_detail].reverse().map((attempt) => h("li", {},
    h("div", {}, mark(attempt.state, `${attempt.number}: ${word(attempt.state)}`), " ",
      attempt.has_log && may("viewer")
        && h("a", { href: link.log(run, task.task, task.index, attempt.number) }, "log")),
    h("div", { class: "faint" }, [duration(attempt.duration_ms),
      attempt.exit_code !== null && attempt.exit_code !== undefined && `exit ${attempt.exit_code}`,
      attempt.signal && `signal ${attempt.signal}`, attempt.reason?.text,
      attempt.peak_memory && `${Math.round(attempt.peak_memory / 1048576)} MiB`,
      attempt.processor_ms && `${duration(attempt.processor_ms)} of processor`].filter(Boolean).join(" · ")),
    h("div", { class: "faint" }, at(attempt.started_at)),
    attempt.output && h("pre", { class: "tail" }, JSON.stringify(attempt.output, null, 1)))))
}

const data = (title, names) => names?.length ? [h("h3", {}, title),
  h("ul", {}, names.map((name) => h("li", {}, h("a", { href: link.dataset(name) }, name))))] : null

function made(task) {
  if (!task.made?.length) return null
  return [h("h3", {}, "Made"), h("ul", { class: "stack" }, task.made.map((item) => h("li", {},
    h("a", { href: link.dataset(item.dataset) }, item.dataset), item.partition && ` ${item.partition}`,
    h("div", { class: "faint" },
      `version ${item.version}, ${Number(item.rows ?? 0).toLocaleString("en")} rows`),
    item.inputs?.length > 0 && h("div", { class: "faint" },
      `from ${item.inputs.map(versioned).join(", ")}`))))]
}

const versioned = (input) => [input.dataset, input.partition].filter(Boolean).join(" ")
