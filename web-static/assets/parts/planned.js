// A backfill's plan: what would be made, what stays, what others make, each partition with its reason.
import { count, duration, glyph, h, link, many, mark, word } from "../ui.js"

/** So many partitions are drawn; the list has more of them. */
const drawn = 400
/** The order in which the strip's words are counted. */
const actions = ["make", "again", "rest", "replace", "skip", "missing", "locked"]

/** The parts of a plan; `before` is the one that was about to be confirmed when the state moved. */
export const planned = (plan, before) => [
  h("p", {}, h("strong", {}, sums(plan))),
  before ? differences(before, plan) : "",
  ...plan.warnings.map((text) => h("p", { class: "notice" }, text)),
  ...plan.conflicts.slice(0, 20).map(({ run, text }) =>
    h("p", { class: "notice" }, h("a", { href: link.run(run) }, `Run ${run}`), text.replace(/^run \d+/, ""))),
  ...plan.uncertain.map((text) => h("p", { class: "faint" }, `Uncertain: ${text}`)),
  strip(plan), list(plan), omissions(plan),
  h("p", { class: "faint" }, "In a terminal: ",
    h("code", {}, plan.words.startsWith("heddle") ? plan.words : `heddle ${plan.words}`)),
]

function sums(plan) {
  const guess = plan.uncertain.length ? ", a guess" : ""
  return [many(plan.runs, "run"), `with ${many(plan.tasks, "task")}`,
    plan.standing && `${many(plan.standing, "good one")} ${plan.standing === 1 ? "stays" : "stay"}`,
    missing(plan) && `${count(missing(plan))} ${missing(plan) === 1 ? "stays" : "stay"} missing`,
    plan.replacements
      && `${many(plan.replacements, "good one")} ${plan.replacements === 1 ? "is" : "are"} replaced`,
    plan.estimate_ms !== null
      && `${plan.estimate_is_cut ? "more than" : "about"} ${duration(plan.estimate_ms)}${guess}`,
  ].filter(Boolean).join(", ")
}

/** How many are not there, and the mode asks for something else. */
const missing = (plan) => plan.stays.length + plan.stays_left_out - plan.standing

/** Everything that was asked for: what is made, what stays, and what a live run makes already. */
function partitions(plan) {
  const stays = plan.stays.map((one) => ({ ...one, action: one.good ? "skip" : "missing" }))
  const locked = plan.omissions.filter(({ reason }) => reason?.code === "under_way")
    .map((one) => ({ ...one, action: "locked" }))
  const place = ({ pipeline, partition }) => `${pipeline} ${partition ?? ""}`
  return [...plan.strip, ...stays, ...locked].sort((a, b) => place(a) < place(b) ? -1 : 1)
}

function strip(plan) {
  const all = partitions(plan)
  const left = plan.strip_left_out + plan.stays_left_out + plan.omissions_left_out
  const counts = actions.map((action) => [action, all.filter((one) => one.action === action).length])
  return h("figure", {},
    h("ol", { class: "strip", "aria-label": "Partitions of the plan" }, all.slice(0, drawn).map((item) => {
      const text = `${name(item)}: ${word(item.action)}`
      return h("li", {}, h("span", { role: "img", "aria-label": text, title: text }, glyph(item.action)))
    })),
    h("figcaption", { class: "pills" },
      counts.filter(([, number]) => number).map(([action, number]) =>
        mark(action, `${count(number)} ${word(action)}`)),
      all.length > drawn && h("span", { class: "faint" }, `the first ${drawn} are drawn`),
      left > 0 && h("span", { class: "faint" }, `counted without ${count(left)} more`)))
}

const name = ({ pipeline, partition }) => `${pipeline}${partition ? ` ${partition}` : ""}`

/** What is not as it was in the plan that was to be confirmed. */
function differences(before, now) {
  const said = (plan) => new Map(plan.strip.map((item) =>
    [name(item), `${name(item)}: ${word(item.action)}, ${item.tasks.join(", ")}`]))
  const [old, fresh] = [said(before), said(now)]
  const gone = [...old].filter(([key, text]) => fresh.get(key) !== text).map(([, text]) => `− ${text}`)
  const come = [...fresh].filter(([key, text]) => old.get(key) !== text).map(([, text]) => `+ ${text}`)
  const lines = [...gone, ...come]
  return h("section", { class: "notice", "aria-label": "What has changed" },
    h("p", {}, lines.length ? `${many(lines.length, "line")} of the plan differ:`
      : before.strip_left_out + now.strip_left_out ? "What differs is beyond its part that is listed."
        : "Its order differs."),
    h("ul", {}, lines.slice(0, 50).map((line) => h("li", {}, line)),
      lines.length > 50 && h("li", {}, `and ${count(lines.length - 50)} more`)))
}

function list(plan) {
  if (!plan.strip.length) return ""
  return h("div", { class: "list", tabindex: "0", role: "region", "aria-label": "The plan in full" },
    h("table", {},
    h("caption", { class: "unseen" }, "The plan in full"),
    h("thead", {}, h("tr", {},
      ["Action", "Pipeline", "Partition", "Tasks", "Why"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, plan.strip.slice(0, 1000).map((item) => h("tr", {},
      h("td", { class: "tight" }, h("span", { class: "mark" }, glyph(item.action), word(item.action))),
        h("td", { class: "tight" }, item.pipeline),
      h("td", { class: "tight mono" }, item.partition ?? "–"),
        h("td", {}, item.tasks.length ? item.tasks.join(", ") : "–"),
      h("td", { class: "faint" }, item.reason?.text ?? ""))))))
}

function omissions(plan) {
  if (!plan.omissions.length) return ""
  return h("details", {}, h("summary", {}, `Left out: ${plan.omissions.length + plan.omissions_left_out}`),
    h("ul", {}, plan.omissions.slice(0, 200).map((item) =>
    h("li", {}, [item.pipeline, item.task && `.${item.task}`, item.partition && ` ${item.partition}`,
      `: ${item.reason?.text ?? "left out"}`].filter(Boolean).join("")))))
}
