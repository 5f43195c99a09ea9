// The switch of domains in the head of the page.
import { ask } from "../app.js"
import { h } from "../ui.js"

export async function listDomains() {
  const select = document.getElementById("domain")
  try {
    const { domains } = await ask("GET", "/system")
    select.append(...domains.map(({ name }) => h("option", { value: name }, name)))
    select.value = new URLSearchParams(location.search).get("domain") ?? ""
  } catch {
    select.hidden = true
  }
}
