// Tabs are links: each has an address of its own.
import { h } from "../ui.js"

/** The chosen tab's name and the bar; the first is the one without a word in the address. */
export function tabs(visit, names, label) {
  const asked = visit.query.get("tab")
  const chosen = names.some(([name]) => name === asked) ? asked : names[0][0]
  const bar = h("nav", { class: "tabs", "aria-label": label }, names.map(([name, text], index) => h("a", {
    href: visit.address({ tab: index ? name : null, task: null, index: null }),
    "aria-current": name === chosen ? "page" : null,
  }, text)))
  return { chosen, bar }
}
