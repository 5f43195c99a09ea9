// What the frame of the page says of the whole mesh: the switch of domains, and how many alerts are open.
import { ask } from "../app.js"
import { h } from "../ui.js"

const rereading = 1_000

export async function listDomains() {
  const select = document.getElementById("domain")
  try {
    const system = await ask("GET", "/system")
    select.append(...system.domains.map(({ name }) => h("option", { value: name }, name)))
    select.value = new URLSearchParams(location.search).get("domain") ?? ""
    showAlerts(system)
  } catch {
    select.hidden = true
  }
}

let timer = null

/** Counts the open alerts anew, once for all that changes within a second. */
export function countAlerts() {
  timer ??= setTimeout(async () => {
    timer = null
    try { showAlerts(await ask("GET", "/system")) } catch { /* the banner says what is wrong */ }
  }, rereading)
}

function showAlerts({ unacknowledged_alerts: number }) {
  const badge = document.getElementById("alerts")
  badge.hidden = !number
  badge.replaceChildren(String(number), h("span", { class: "unseen" }, " to look at"))
}
