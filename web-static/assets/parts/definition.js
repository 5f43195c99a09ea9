// What a pipeline's files say, and when it is due.
import { may } from "../app.js"
import { at, empty, h, link, mark } from "../ui.js"

export async function definition(visit, pipeline) {
  if (!may("viewer", pipeline.domain)) {
    return { element: h("div", {}, tasks(pipeline),
      empty("The files are for those who sign in.", null,
      h("p", {}, h("a", { href: "/sign-in" }, "Sign in")))) }
  }
  const said = await visit.get(`/pipelines/${pipeline.pipeline}/definition`)
  const source = ({ file, text }, line) => [h("h2", {}, h("code", {}, `${file}${line ? `:${line}` : ""}`)),
    h("pre", { class: "source", tabindex: "0", "aria-label": file }, text)]
  return {
    element: h("div", {}, h("p", { class: "sentence" }, `As of release ${said.release}.`),
      source(said, said.line),
      said.files.map((file) => source(file)), tasks(pipeline)),
  }
}

function tasks(pipeline) {
  const names = (list) => list.map((name, index) =>
    [index ? ", " : "", h("a", { href: link.dataset(name) }, name)])
  return h("div", {}, h("h2", {}, "Tasks"),
    h("table", { class: "cards" }, h("caption", { class: "unseen" }, "Tasks"), h("thead", {}, h("tr", {},
    ["Task", "Kind", "Reads", "Writes", "After"].map((name) => h("th", { scope: "col" }, name)))),
  h("tbody", {}, pipeline.tasks.map((task) => h("tr", {}, h("td", { class: "tight" }, task.name,
    task.external && h("span", { class: "badge" }, "external"),
      task.each && h("span", { class: "badge" }, "each")),
  h("td", { class: "tight" }, task.kind), h("td", {}, names(task.reads)), h("td", {}, names(task.writes)),
    h("td", {}, task.after.join(", ")))))))
}

export async function schedule(visit, pipeline) {
  const said = await visit.get(`/pipelines/${pipeline.pipeline}/schedule`, { n: 5 })
  if (!said.text) {
    return { element: empty("It has no schedule: it runs by hand, or when a backfill asks.",
      `heddle run ${pipeline.pipeline}`) }
  }
  return {
    element: h("div", {}, h("p", { class: "sentence" }, h("code", {}, said.text), ` in ${said.timezone}`,
      said.catchup && `; intervals missed while down: ${said.catchup}`),
    h("h2", {}, "Next ticks"),
      h("table", { class: "cards" }, h("caption", { class: "unseen" }, "Next ticks"),
      h("thead", {}, h("tr", {},
      ["Your zone", said.timezone, "Partition", "Note"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, said.ticks.map((tick) => h("tr", {}, h("td", {}, at(tick.at)), h("td", {}, tick.local),
      h("td", { class: "mono" }, tick.partition ?? "–"), h("td", {}, tick.note ?? ""))))),
    h("h2", { class: "spaced" }, "Past ticks"),
      said.ledger.length ? ledger(said.ledger) : h("p", { class: "faint" }, "None yet.")),
  }
}

const ledger = (entries) =>
  h("table", { class: "cards" }, h("caption", { class: "unseen" }, "Past ticks"), h("thead", {}, h("tr", {},
  ["Tick", "Outcome", "Run", "Why"].map((name) => h("th", { scope: "col" }, name)))),
h("tbody", {}, entries.map((entry) => h("tr", {}, h("td", { class: "tight" }, at(entry.at)),
  h("td", { class: "tight" },
    mark({ run: "success", missed: "failed" }[entry.outcome] ?? "skipped", entry.outcome)),
  h("td", { class: "tight" }, entry.run ? h("a", { href: link.run(entry.run) }, `#${entry.run}`) : "–"),
  h("td", { class: "faint" }, entry.reason ?? "")))))
