// One backfill: how far it is, its partitions and its runs, and what can still be done about it.
import { may, say } from "../app.js"
import { at, count, duration, fact, glyph, h, link, look, many, mark, tally, urgency, word } from "../ui.js"
import { confirm } from "../parts/dialog.js"
import { refill } from "../parts/focus.js"
import { runList } from "../parts/runlist.js"

const rereading = 500

export async function show(visit) {
  const path = `/backfills/${visit.names.id}`
  const backfill = await visit.get(path)
  const head = h("div", {}, top(visit, backfill, path))
  const strip = h("ol", { class: "strip", "aria-label": "Partitions" }, partitions(backfill))
  const runs = await runList(visit, { backfill: backfill.id },
    { belongs: (run) => run.backfill === backfill.id })
  const readRuns = visit.refresh

  let timer = null
  const reread = async () => {
    timer = null
    const now = await visit.get(path).catch(() => null)
    if (!now) return
    Object.assign(backfill, now)
    refill(head, top(visit, backfill, path))
    refill(strip, partitions(backfill))
  }
  visit.refresh = async () => {
    await reread()
    await readRuns()
  }
  visit.on((change) => {
    if (change.id === backfill.id || change.patch?.backfill === backfill.id) timer ??= setTimeout(reread,
      rereading)
  })
  return h("div", {}, head, h("h2", {}, "Partitions"), strip, h("h2", { class: "spaced" }, "Runs"), runs)
}

function top(visit, backfill, path) {
  const done = Object.entries(backfill.runs).filter(([state]) =>
    ["success", "failed", "cancelled"].includes(state))
    .reduce((sum, [, number]) => sum + number, 0)
  return [
    h("div", { class: "head" }, h("h1", {}, `Backfill ${backfill.id}`), mark(backfill.state),
      backfill.paused && h("span", { class: "badge paused" }, "paused"), actions(visit, backfill, path)),
    backfill.stopped && h("p", { class: "notice" }, backfill.stopped),
    h("p", { class: "sentence" }, h("code", {}, backfill.request)),
    progress(backfill, done),
    h("dl", { class: "facts" }, fact("Done", `${count(done)} of ${many(backfill.planned, "run")}`),
      fact("Runs", h("span", { class: "pills" }, tally(backfill.runs))),
      fact("Created", at(backfill.created_at)), left(backfill, done),
      backfill.finished_at && fact("Finished", at(backfill.finished_at)),
      backfill.max_active && fact("At once", `at most ${backfill.max_active}`)),
  ]
}

/** How long it still takes, if the rest goes as what is done. */
function left(backfill, done) {
  if (backfill.state !== "running" || backfill.paused || !done) return null
  const spent = Date.now() - new Date(backfill.created_at)
  return fact("Left", `about ${duration(spent * (backfill.planned - done) / done)}`)
}

function progress(backfill, done) {
  const states = Object.keys(backfill.runs).filter((state) => backfill.runs[state])
  states.sort((a, b) => urgency.indexOf(b) - urgency.indexOf(a))
  return h("div", { class: "progress", role: "img",
    "aria-label": `${done} of ${backfill.planned} runs done` }, states.map((state) => {
    const part = h("span", { class: `s-${look(state)}` })
    part.style.flexGrow = backfill.runs[state]
    return part
  }))
}

const partitions = (backfill) => backfill.strip.map(([pipeline, partition, run, state]) => {
  const text = `${pipeline}${partition ? ` ${partition}` : ""}: ${word(state)}`
  return h("li", {}, h(run ? "a" : "span",
    { href: run && link.run(run), "aria-label": text, title: text, role: run ? null : "img" }, glyph(state)))
})

function actions(visit, backfill, path) {
  if (!may("operator") || backfill.state !== "running") return null
  const hold = backfill.paused ? "resume" : "pause"
  const act = async (verb) => {
    const answer = await visit.post(`${path}/${verb}`)
    say(answer.message)
    visit.refresh()
    return answer
  }
  const button = (text, click, style) => h("button", { type: "button", class: style, on: { click } }, text)
  return h("div", { class: "actions" },
    button(backfill.paused ? "Resume" : "Pause",
      () => confirm(`${backfill.paused ? "Resume" : "Pause"} ${backfill.id}`,
      h("p", {}, backfill.paused ? "Its runs start again." : "Nothing new of it starts; what runs goes on."),
      backfill.paused ? "Resume" : "Pause", () => act(hold))),
    button("Cancel…", () => cancel(backfill, act)))
}

/** Says what a cancel would stop; afterwards, what it did stop. */
function cancel(backfill, act) {
  const { queued = 0, running = 0 } = backfill.runs
  const question = h("p", {}, `${many(queued, "queued run")} will not start and `,
    `${many(running, "running run")} will be stopped. What is done stays done.`)
  confirm(`Cancel ${backfill.id}`, question, "Cancel the backfill", async () => {
    const { cancelled: tasks } = await act("cancel")
    const counts = ["waiting", "queued", "running"].map((state) => `${count(tasks?.[state])} ${state}`)
    const text = tasks ? `Stopped: ${counts.join(", ")} tasks.` : "The backfill is cancelled."
    say(text)
    backfill.stopped = text
  }, { danger: true })
}
