// What somebody should know of: open alerts, and on demand those that are over.
import { may, say } from "../app.js"
import { empty, h, link, mark, when } from "../ui.js"
import { confirm } from "../parts/dialog.js"
import { Paged } from "../parts/paged.js"

const rereading = 1_000

/** How each kind is called, and what it looks like. */
const kinds = {
  run_failed: ["failed", "run failed"], deadline_missed: ["queued", "deadline missed"],
  freshness_broken: ["stale", "too old"], wait_timed_out: ["retrying", "waited too long"],
}

export async function show(visit) {
  const kind = visit.query.get("kind")
  const all = visit.query.get("all") === "true"
  const params = {
    kind, all: all || null, domain: visit.domain, select: visit.query.get("select"), limit: 50,
  }
  const filtered = Boolean(kind || params.domain || params.select)
  const silences = h("section", { class: "stack", "aria-label": "Silences" })
  const list = new Paged(visit, {
    caption: "Alerts, the newest first", path: "/alerts", params,
    columns: [["Kind", "tight"], ["About"], ["Why"], ["Raised", "tight"], ["Standing"], ["Told"],
      ["What to do", "tight"]],
    nothing: () => filtered
      ? empty("No alert is like that.", null,
        h("p", {}, h("a", { href: "/alerts" }, "Show all that are open")))
      : empty(all ? "No alert was ever raised." : "No alert is open. Who is told when one is, says:",
        all ? null : "notify: [{on: [run_failed], run: [./tell.sh]}]"),
    row: (alert) => row(visit, alert),
  })
  const read = async () => {
    await list.load()
    const { silences: lasting } = await visit.get("/alerts", { limit: 1 })
    silences.replaceChildren(...lasting.map((silence) => standing(visit, silence)))
  }
  await read()
  let timer = null
  visit.refresh = () => list.body.contains(document.activeElement) ? null : read().catch(() => {})
  visit.on((change) => {
    if (change.kind !== "alert" && change.kind !== "silences") return
    timer ??= setTimeout(() => { timer = null; visit.refresh() }, rereading)
  })
  const pill = (changes, current, ...text) => h("a", {
    class: "pill", href: visit.address(changes), "aria-current": current ? "true" : null,
  }, text)
  return h("div", {},
    h("div", { class: "head" }, h("h1", {}, "Alerts"),
      h("nav", { class: "pills", "aria-label": "Filters" },
        pill({ kind: null }, !kind, "all kinds"),
        Object.entries(kinds).map(([name, [state, text]]) =>
          pill({ kind: name }, name === kind, mark(state, text))),
        pill({ all: all ? null : "true" }, all, "also those that are over")),
      h("div", { class: "actions" }, may("operator")
        && h("button", {
          type: "button", on: { click: () => silence(visit, visit.domain && `${visit.domain}/*`) },
        }, "Silence…"))),
    silences, list.element)
}

function row(visit, alert) {
  const [state, text] = kinds[alert.kind] ?? ["never", alert.kind]
  const about = alert.dataset ? link.dataset(alert.dataset)
    : alert.run ? link.run(alert.run) : link.pipeline(alert.pipeline)
  return h("tr", { "data-row": "" },
    h("td", { class: "tight" }, mark(state, text)),
    h("td", { class: "mono" }, h("a", { href: about }, alert.subject)),
    h("td", {}, alert.reason?.text, alert.note && h("p", { class: "faint" }, alert.note)),
    h("td", { class: "tight" }, when(alert.raised_at)),
    h("td", {}, alert.state === "acknowledged" ? `acknowledged by ${alert.acknowledged_by}`
      : alert.state === "resolved" ? `over: ${alert.resolution}` : "open"),
    h("td", {}, told(alert)),
    h("td", { class: "tight" }, actions(visit, alert)))
}

/** Who was told, or why nobody was. */
function told(alert) {
  if (!alert.deliveries.length) return alert.silence ? `silence ${alert.silence}` : "nobody"
  return alert.deliveries.map(({ channel, state, reason }) => h("p", {},
    `${channel} ${state}`, reason && h("span", { class: "faint" }, ` (${reason.text})`)))
}

function actions(visit, alert) {
  if (!may("operator", alert.pipeline.split("/")[0])) return null
  const open = alert.state === "open"
  return h("div", { class: "actions" },
    open && h("button", {
      type: "button", "aria-label": `Acknowledge alert ${alert.id}`,
      on: { click: () => acknowledge(visit, alert) },
    }, "Acknowledge…"),
    alert.state !== "resolved" && h("button", {
      type: "button", "aria-label": `Silence ${alert.pipeline}`,
      on: { click: () => silence(visit, alert.pipeline) },
    }, "Silence…"))
}

function acknowledge(visit, alert) {
  confirm(`Acknowledge alert ${alert.id}`, h("div", { class: "stack" },
    h("p", {}, h("span", { class: "mono" }, alert.subject), `: ${alert.reason?.text}`),
    h("label", { class: "field" }, "What is known, or being done",
      h("input", { name: "note", maxlength: 1000 }))),
  "Acknowledge", async (form) => {
    const { message } = await visit.post(`/alerts/${alert.id}/ack`, { note: form.get("note") || null })
    say(message)
    visit.refresh()
  })
}

function silence(visit, selector) {
  confirm("Tell nobody of alerts", h("div", { class: "stack" },
    h("p", {}, "They are recorded and shown, and nobody is told of them."),
    h("label", { class: "field" }, "About what is selected by",
      h("input", { name: "select", required: true, value: selector || null, placeholder: "domain/*" })),
    h("label", { class: "field" }, "For how long",
      h("input", { name: "for", required: true, value: "2h", placeholder: "30m, 2h, 7d" })),
    h("label", { class: "field" }, "Why", h("input", { name: "reason", maxlength: 1000 }))),
  "Silence", async (form) => {
    const { message } = await visit.post("/silences",
      { select: form.get("select"), for: form.get("for"), reason: form.get("reason") || null })
    say(message)
    visit.refresh()
  })
}

/** A silence that lasts. */
function standing(visit, silence) {
  return h("p", { class: "notice" },
    h("span", { class: "mono" }, silence.selector), " is silenced by ", silence.by, ", it ends ",
    when(silence.until), silence.reason && `: ${silence.reason}`, " ",
    may("operator") && h("button", {
      type: "button", "aria-label": `End silence ${silence.id}`,
      on: {
        click: async () => {
          const { message } = await visit.post(`/silences/${silence.id}/end`)
          say(message)
          visit.refresh()
        },
      },
    }, "End it"))
}
