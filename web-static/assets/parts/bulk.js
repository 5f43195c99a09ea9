// What is done to all that is selected: asked for once, done to one after the other, and told row by row.
import { say } from "../app.js"
import { count, glyph, h, link, many } from "../ui.js"
import { retryChoices } from "./actions.js"
import { confirm, dialog, told as words } from "./dialog.js"
import { isLive } from "./runlist.js"

/** Ends the live ones of some runs, the newest first: what waits is not to begin where another has ended. */
export function cancelRuns(visit, runs, selection) {
  const live = runs.filter(isLive)
  const effect = sentence(live.length, "run", "will be stopped", [runs.length - live.length, "over already"])
  ask(visit, selection, {
    title: `Cancel ${many(live.length, "run")}`, content: h("p", {}, effect), verb: "Cancel them",
    danger: true, chosen: () => live, does: (run) => visit.post(`/runs/${run.id}/cancel`),
  })
}

/** Does the final ones of some runs again, the oldest first, as they were made. */
export function retryRuns(visit, runs, selection) {
  const final = runs.filter((run) => !isLive(run)).reverse()
  const unsuccessful = final.filter((run) => run.state !== "success")
  const chosen = (form) => form.get("scope") === "failed" ? unsuccessful : final
  const effect = h("p", { role: "status" })
  const content = h("div", { class: "stack" }, effect, retryChoices(unsuccessful.length > 0))
  const { box } = ask(visit, selection, {
    title: `Retry ${many(final.length, "run")}`, content, verb: "Retry", chosen,
    does: (run, form) => visit.post(`/runs/${run.id}/retry`,
      { scope: form.get("scope"), task: null, files: form.get("kept") ? "kept" : "latest" }),
  })
  const tell = () => {
    const meant = chosen(new FormData(box.querySelector("form"))).length
    effect.textContent = sentence(meant, "run", `will be done again${meant > 1 ? ", each" : ""} in a new run`,
      [final.length - meant, "without a failure"], [runs.length - final.length, "not over yet"])
  }
  content.addEventListener("change", tell)
  tell()
}

/** Declares how some tasks of a run end, the last first: what comes after one begins when that has ended. */
export function markTasks(visit, run, state, tasks, selection) {
  ask(visit, selection, {
    title: `Mark ${many(tasks.length, "task")} as ${state}`, verb: `Mark ${state}`,
    content: h("p", {}, sentence(tasks.length, "task", `will be marked ${state}`),
      " Nothing runs; what comes after goes on as if they had ended so."),
    chosen: () => tasks.toReversed(),
    does: (task) => visit.post(`/runs/${run.id}/tasks/${task.task}/${task.index}/mark`, { as: state }),
  })
}

/** "2 runs will be stopped; 1 is over already and stays." */
function sentence(number, what, effect, ...others) {
  const rest = others.filter(([some]) => some).map(([some, how]) =>
    `; ${count(some)} ${some === 1 ? `is ${how} and stays` : `are ${how} and stay`}`)
  return `${many(number, what)} ${effect}${rest.join("")}.`
}

/** Asks, does it to each that is chosen then, and tells how each went. What is done leaves the selection. */
function ask(visit, selection, { title, content, verb, danger, chosen, does }) {
  const progress = h("p", { class: "faint" })
  const shown = confirm(title, h("div", { class: "stack" }, content, progress), verb, async (form) => {
    const items = chosen(form)
    const told = []
    for (const item of items) {
      progress.textContent = `${count(told.length)} of ${count(items.length)} asked for`
      // Whoever closes the dialog wants no more of it.
      const answer = shown.box.open ? await does(item, form).then(done, refused) : unasked
      told.push({ item, ...answer })
    }
    shown.close()
    report(visit, selection, told)
  }, { danger })
  return shown
}

const done = ({ message, runs }) => ({ state: "success", word: "done", text: message, runs })
const refused = (problem) => ({ state: "failed", word: "refused", text: words(problem) })
const unasked = { state: "skipped", word: "not asked for", text: "the dialog was closed before" }

function report(visit, selection, told) {
  const numbers = new Map()
  for (const { word } of told) numbers.set(word, (numbers.get(word) ?? 0) + 1)
  const title = [...numbers].map(([word, number]) => `${count(number)} ${word}`).join(", ")
  // Whoever has gone on to another page hears of it there, and keeps that page in sight.
  if (visit.signal.aborted) return say(title)
  const anew = (id) => h("a", { href: link.run(id) }, `#${id}`)
  const row = ({ item, state, word, text, runs }) => h("li", {}, glyph(state),
    h("p", {}, `${selection.name(item)}: ${word}: `, runs?.length ? ["again as ", runs.map(anew)] : text))
  const closed = () => {
    selection.drop(told.filter(({ state }) => state === "success").map(({ item }) => item))
    selection.focus()
  }
  dialog(title, h("ul", { class: "checks" }, told.map(row)), { closed })
  say(title)
  visit.refresh()
}
