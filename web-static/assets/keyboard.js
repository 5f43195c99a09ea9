// The keyboard map. Single keys can be turned off (in the help), and never work while one types.
import { wishes } from "./ui.js"

/** What each key does, as the help shows it. */
export const keys = [
  ["/", "search"], ["Ctrl K", "search, also while typing"], ["?", "this help"],
  ["g o", "overview"], ["g r", "runs"], ["g b", "backfills"], ["g d", "datasets"], ["g l", "lineage"],
  ["g a", "alerts"],
  ["j  k", "next and previous row"], ["Enter", "open the row"],
  ["x", "select the row, or not"], ["a", "what can be done with the selection"],
  ["[  ]", "previous and next run"],
  ["f", "next failure"], ["w", "why"], ["e", "log of the first failure"], ["t", "follow the log"],
  ["n  N", "next and previous hit in a log"], ["Shift R", "retry the run"], ["p", "pause or go on"],
  ["Esc", "close, select nothing"],
]

const places = { o: "/", r: "/runs", b: "/b", d: "/datasets", l: "/lineage", a: "/alerts" }

export function listenToKeys({ go, visit, pause }) {
  let leading = false

  const actions = {
    "/": () => document.getElementById("query").focus(),
    "?": showHelp,
    j: () => step(1), k: () => step(-1),
    f: nextFailure,
    x: () => held()?.querySelector(".pick input")?.click(),
    a: () => document.querySelector("#main .selection button:not([hidden])")?.focus(),
    p: pause,
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented) return
    if ((event.ctrlKey || event.metaKey) && event.key === "k") {
      event.preventDefault()
      return document.getElementById("query").focus()
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (document.querySelector("dialog[open]")) return
    if (event.key === "Escape") return visit().close?.()
    if (typing(event.target) || wishes.get("keys") === "off") return
    if (leading) {
      leading = false
      if (places[event.key]) {
        event.preventDefault()
        return go(places[event.key])
      }
    }
    if (event.key === "g") return void (leading = true)
    const action = visit().keys?.[event.key] ?? actions[event.key]
    if (!action) return
    event.preventDefault()
    action()
  })

  document.getElementById("help").addEventListener("click", showHelp)
  document.getElementById("zone").addEventListener("click", showHelp)
}

/** A box takes no letters, so the keys work there as well. */
const typing = (element) =>
  element.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null

async function showHelp() {
  const { help } = await import("./parts/help.js")
  help()
}

/** The rows that can be walked: those of the page, as they stand. */
const rows = () => [...document.querySelectorAll("#main [data-row]")].filter((row) =>
  row.offsetParent !== null)

/** The row that has the focus. */
const held = (all = rows()) => all.find((row) => row.contains(document.activeElement))

/** Moves the focus to the next row's link. */
function step(by) {
  const all = rows()
  const now = all.indexOf(held(all))
  const next = all[Math.min(all.length - 1, Math.max(0, now + by))]
  focus(next)
}

/** Moves the focus to the next row that has failed, from the first again after the last. */
function nextFailure() {
  const all = rows()
  const now = all.indexOf(held(all))
  const failed = (row) => row.querySelector(".mark .s-failed") !== null
  focus(all.slice(now + 1).find(failed) ?? all.find(failed))
}

function focus(row) {
  if (!row) return
  const target = row.matches("a, button") ? row : row.querySelector("a, button")
  target?.focus()
  row.scrollIntoView({ block: "nearest" })
}
