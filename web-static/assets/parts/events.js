// What happened to a run, in order.
import { empty, glyph, h, stamp } from "../ui.js"
import { Paged } from "./paged.js"

export async function events(visit, run) {
  const list = new Paged(visit, {
    caption: "Events, the oldest first", path: `/runs/${run.id}/events`, params: { limit: 200 },
    columns: [["When", "tight"], ["Task", "tight"], ["What"]],
    nothing: () => empty("Nothing has happened to this run yet.", null),
    row: (event) => h("tr", {}, h("td", { class: "tight mono" }, stamp(event.at)),
      h("td", { class: "tight" }, event.task
        ? `${event.task}${event.index ? `[${event.index}]` : ""}${event.attempt ? ` #${event.attempt}` : ""}`
          : "–"),
      h("td", {}, event.state && [glyph(event.state), " "], event.text)),
  })
  await list.load()
  return { element: list.element, refresh: () => list.button.hidden ? list.load() : null }
}
