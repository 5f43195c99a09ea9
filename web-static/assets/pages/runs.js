// All runs, the newest first.
import { empty, h, mark } from "../ui.js"
import { runList } from "../parts/runlist.js"

const states = ["failed", "running", "queued", "success", "cancelled"]

export async function show(visit) {
  const asked = visit.query.get("state")
  const params = {
    domain: visit.domain, state: asked, select: visit.query.get("select"),
      pipeline: visit.query.get("pipeline"),
    partition: visit.query.get("partition"),
  }
  const filtered = Object.values(params).some(Boolean)
  const nothing = () => filtered
    ? empty("No run is like that.", null, h("p", {}, h("a", { href: "/runs" }, "Show all runs")))
    : empty("No runs yet. This makes one:", "heddle run PIPELINE")
  const belongs = (run) => (!asked || run.state === asked) && !params.select && !params.partition
    && (!params.domain || run.pipeline.startsWith(`${params.domain}/`))
      && (!params.pipeline || run.pipeline === params.pipeline)
  return h("div", {}, h("div", { class: "head" }, h("h1", {}, "Runs"),
    h("nav", { class: "pills", "aria-label": "Filters by state" },
      h("a", { class: "pill", href: visit.address({ state: null }), "aria-current": asked ? null : "true" },
        "all"),
      states.map((state) => h("a", {
        class: "pill", href: visit.address({ state }), "aria-current": state === asked ? "true" : null,
      }, mark(state))))),
    await runList(visit, params, { belongs, nothing }))
}
