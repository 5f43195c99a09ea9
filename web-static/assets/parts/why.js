// The why panel: the checks that a run or a task must pass, and what to do about those that hold it.
import { glyph, h, word } from "../ui.js"
import { dialog } from "./dialog.js"

const looks = { done: ["success", "passed"], blocking: ["failed", "holds it"],
  pending: ["queued", "to come"] }

/** The checks as a list: each with its glyph, its fact and the command that may help. */
function checks(list) {
  return h("ol", { class: "checks" }, list.map((check) => {
    const [state, said] = looks[check.state] ?? ["never", check.state]
    return h("li", {}, glyph(state), h("div", {}, h("span", { class: "unseen" }, `${said}: `), check.text,
      check.next && h("div", {}, h("code", {}, check.next))))
  }))
}

/** Everything that `explain` says, as the content of a panel or dialog. */
export function explanation(explained) {
  const parts = []
  if (explained.verdict) parts.push(h("p", {}, explained.verdict))
  if (explained.checks?.length) parts.push(checks(explained.checks))
  for (const task of explained.tasks ?? []) {
    if (task.checks?.length) parts.push(h("h3", {}, `${task.task}: ${word(task.state)}`), checks(task.checks))
  }
  return parts.length ? parts : [h("p", {}, "Nothing holds it.")]
}

/** Opens the why of a run, or of a pipeline's latest. */
export async function why(visit, path, title, params) {
  const explained = await visit.get(`${path}/explain`, params)
  dialog(title, h("div", { class: "stack" }, explanation(explained)))
}
