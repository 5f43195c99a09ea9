// What is shown where a page cannot be: gone, not allowed, not reachable.
import { go, session } from "../app.js"
import { h } from "../ui.js"

export async function show() {
  return sorry({ status: 404, message: "there is no page at this address" })
}

/** The page of a problem, with what can be done about it. */
export function sorry(problem, visit) {
  if (problem.name === "AbortError") return h("div")
  const [title, advice] = words(problem)
  const again = h("button", { type: "button", on: { click: () => go(location.href, { quiet: true }) } },
    "Try again")
  if (!problem.status) console.error(problem)
  if (visit) visit.refresh = () => problem.status !== 404 && go(location.href, { quiet: true })
  return h("section", { class: "sorry", "aria-labelledby": "sorry" },
    h("h1", { id: "sorry" }, title), h("p", {}, sentence(problem.message)),
    problem.help && h("p", {}, h("code", {}, problem.help)), advice && h("p", {}, advice), h("p", {}, again),
    problem.request && h("p", { class: "faint" }, `Request ${problem.request}`))
}

const sentence = (text) => text ? `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`
  : ""

function words({ status }) {
  const signIn = h("a", { href: `/sign-in?back=${encodeURIComponent(location.pathname + location.search)}` },
    "Sign in")
  switch (status) {
    case 401: return ["This needs signing in", signIn]
    case 403: return ["Not yours to see",
      session.signed_in ? `You are signed in as ${session.name}.` : signIn]
    case 404: return ["Not here",
      "It may have been removed: `retention:` in mesh.yaml says how long runs are kept."]
    case 400: case 422: return ["That cannot be asked", null]
    case 429: return ["Too many requests", null]
    case undefined: return ["The server cannot be reached", [h("code", {}, "heddle serve"), " starts it."]]
    default: return ["The server could not answer", null]
  }
}
