// A year of outcomes, a mark per day.
import { empty, glyph, h, link, many, word } from "../ui.js"

const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September",
  "October", "November", "December"]
const weekdays = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
const weekday = (year, month, day) => (new Date(Date.UTC(year, month, day)).getUTCDay() + 6) % 7

export async function calendar(visit, pipeline) {
  const asked = visit.query.get("year")
  const latest = pipeline.runs.at(-1)
  const guess = /^\d{4}/.exec(latest?.[2] ?? latest?.[4] ?? new Date().toISOString())[0]
  const load = () => visit.get(`/pipelines/${pipeline.pipeline}/calendar`, { year: asked ?? guess })
  let data = await load()
  const sheet = h("div", { class: "calendar" }, year(data))
  return {
    element: h("div", {}, h("nav", { class: "filters", "aria-label": "Year" },
      h("a", { class: "button", href: visit.address({ year: data.year - 1 }) }, `‹ ${data.year - 1}`),
        h("strong", {}, String(data.year)),
      h("a", { class: "button", href: visit.address({ year: data.year + 1 }) }, `${data.year + 1} ›`),
      h("span", { class: "faint" },
        `Days in ${data.timezone ?? "UTC"}, the pipeline's zone; the worst of each day's runs.`)),
    data.days.length ? sheet : empty(`Nothing ran for a day of ${data.year}.`, null)),
    async refresh() {
      data = await load().catch(() => data)
      if (!sheet.contains(document.activeElement)) sheet.replaceChildren(...year(data))
    },
  }
}

function year(data) {
  const days = new Map(data.days.map(([day, ...rest]) => [day, rest]))
  const used = [...new Set(data.days.map(([day]) => Number(day.slice(5, 7)) - 1))]
  const [first, last] = [Math.min(...used), Math.max(...used)]
  return months.map((name, month) => month < first || month > last ? null
    : h("div", { class: "month" }, h("table", {},
    h("caption", {}, name), h("thead", {},
      h("tr", {}, weekdays.map((day) => h("th", { scope: "col" }, day)))),
    h("tbody", {}, weeks(data.year, month, days))))).filter(Boolean)
}

function weeks(year, month, days) {
  const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const cells = Array.from({ length: weekday(year, month, 1) }, () => h("td"))
  for (let day = 1; day <= length; day++) cells.push(h("td", {}, mark(year, month, day, days)))
  const rows = []
  for (let place = 0; place < cells.length; place += 7) rows.push(h("tr", {}, cells.slice(place, place + 7)))
  return rows
}

function mark(year, month, day, days) {
  const key = `${year}-${String(month + 1).padStart(2, "0")}-${String(day).padStart(2, "0")}`
  const known = days.get(key)
  if (!known) return h("span", {}, String(day))
  const [run, state, number] = known
  const text = `${key}: ${word(state)}${number > 1 ? `, ${many(number, "run")}` : ""}`
  return h("a", { href: link.run(run), "aria-label": text, title: text }, glyph(state))
}
