// When each task waited and ran: pale is waiting, solid running, a gap between bars a retry; outlined is the
// path that took the time.
import { clock, duration, empty, glyph, h, look, word, zone } from "../ui.js"

export async function gantt(visit, run) {
  const order = visit.query.get("sort") ?? "start"
  const chart = h("div", { class: "gantt", role: "table", "aria-label": "When each task waited and ran" })
  const more = h("button", { type: "button", hidden: true, on: { click: () => load(true) } },
    "Show more tasks")
  let items = []
  let next = null
  let span = null

  async function load(further) {
    const page = await visit.get(`/runs/${run.id}/timeline`,
      { limit: further ? 200 : Math.max(200, Math.min(500, items.length)), cursor: further ? next : null })
    items = further ? [...items, ...page.items] : page.items
    next = page.next
    span = page
    draw()
  }

  function draw() {
    const first = span.start ?? span.now
    const last = Math.max(span.end ?? span.now, first + 1)
    const scale = (moment) => `${((moment - first) / (last - first)) * 100}%`
    const sorted = [...items].sort(sorts[order] ?? sorts.start)
    chart.replaceChildren(axis(first, last),
      ...sorted.map((item) => row(visit, item, { scale, last, first })))
    more.hidden = !next
  }

  await load(false)
  const pill = (name, text) => h("a", {
    class: "pill", href: visit.address({ sort: name === "start" ? null : name }),
      "aria-current": order === name ? "true" : null,
  }, text)
  return {
    element: items.length ? h("div", {},
      h("nav", { class: "filters", "aria-label": "Order" }, pill("start", "by start"),
        pill("duration", "by duration"), pill("place", "by place in the graph")),
      chart, h("p", { class: "more" }, more),
      h("p", { class: "legend" }, "Thin: waiting. Solid: running. Outlined: the path that took the time.",
        span.median_ms !== null && ` The median run takes ${duration(span.median_ms)}.`,
          ` Times are in ${zone()}.`))
      : empty("Nothing of this run has been ready to start yet.", null),
    refresh: () => load(false),
  }
}

const never = Number.MAX_SAFE_INTEGER
const took = (item) => item.attempts.reduce((sum, [start, end]) => sum + ((end ?? Date.now()) - start), 0)
const sorts = {
  start: (a, b) => (a.ready_at ?? never) - (b.ready_at ?? never) || a.place - b.place || a.index - b.index,
  duration: (a, b) => took(b) - took(a),
  place: (a, b) => a.place - b.place || a.index - b.index,
}

function axis(first, last) {
  const start = clock(new Date(first))
  const end = clock(new Date(last))
  return h("div", { class: "axis", role: "row" }, h("span", { class: "label", role: "columnheader" }, "Task"),
    h("span", { class: "track", role: "columnheader" }, h("span", {}, `${start.time} ${start.offset}`),
      h("span", {}, `${end.time} ${end.offset}`)),
    h("span", { class: "number", role: "columnheader" }, "Ran"))
}

function row(visit, item, { scale, last, first }) {
  const track = h("span", { class: "track", role: "cell" })
  const piece = (kind, from, to) => {
    const bar = h("i", { class: kind })
    bar.style.left = scale(from)
    bar.style.width = `calc(${scale(to)} - ${scale(from)})`
    track.append(bar)
  }
  const start = item.attempts[0]?.[0] ?? item.finished_at ?? last
  if (item.ready_at !== null && start > item.ready_at) piece(`wait s-queued`, item.ready_at, start)
  for (const [from, to, state] of item.attempts) piece(`try s-${look(state)}${to ? "" : " open"}`, from,
    to ?? last)
  const name = item.index ? `${item.task}[${item.index}]` : item.task
  const text = item.attempts.length ? duration(took(item)) : "–"
  track.setAttribute("aria-label",
    `${word(item.state)}${item.attempts.length > 1 ? `, ${item.attempts.length} attempts` : ""}, `
    + `after ${duration(start - first)}${item.critical ? ", critical" : ""}`)
  return h("div", { role: "row", class: item.critical ? "critical" : null, "data-row": "" },
    h("span", { class: "label", role: "rowheader" }, glyph(item.state), h("a", {
      href: visit.address({ task: item.task, index: item.index || null }), "data-task": item.task,
        "data-index": item.index, title: name,
    }, name)), track, h("span", { class: "number", role: "cell" }, text))
}
