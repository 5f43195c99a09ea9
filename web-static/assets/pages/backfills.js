// All backfills, the newest first.
import { may } from "../app.js"
import { empty, h, link, mark, tally, when } from "../ui.js"
import { Paged } from "../parts/paged.js"

const rereading = 1_000

export async function show(visit) {
  const plan = async () => {
    const { planDialog } = await import("../parts/plan.js")
    planDialog(visit, { select: visit.query.get("select") ?? "" })
  }
  const list = new Paged(visit, {
    caption: "Backfills, the newest first", path: "/backfills", params: { limit: 50 },
    columns: [["State", "tight"], ["Backfill", "tight"], ["What was asked"], ["Runs", "tight"],
      ["Created", "tight"]],
    nothing: () => empty("No backfills yet. This plans one, and asks before it makes anything:",
      "heddle backfill 'DOMAIN/*' --from KEY --to KEY"),
    row: (backfill) => h("tr", { "data-row": "" },
      h("td", { class: "tight" }, mark(backfill.state),
        backfill.paused && h("span", { class: "badge paused" }, "paused")),
      h("td", { class: "tight" }, h("a", { href: link.backfill(backfill.id) }, backfill.id)),
      h("td", { class: "mono" }, backfill.request),
      h("td", { class: "tight" }, h("span", { class: "pills" }, tally(backfill.runs))),
      h("td", { class: "tight" }, when(backfill.created_at))),
  })
  await list.load()
  let timer = null
  visit.refresh = () => list.body.contains(document.activeElement) ? null : list.load().catch(() => {})
  visit.on((change) => {
    if (change.kind !== "backfill") return
    timer ??= setTimeout(() => { timer = null; visit.refresh() }, rereading)
  })
  if (visit.query.get("new")) visit.settled = plan
  return h("div", {}, h("div", { class: "head" }, h("h1", {}, "Backfills"), h("div", { class: "actions" },
    may("viewer") && h("button", { type: "button", class: "primary", on: { click: plan } },
      "Plan a backfill…"))), list.element)
}
