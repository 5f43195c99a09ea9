// Signing in with a token.
import { go, session, signIn } from "../app.js"
import { h } from "../ui.js"

export async function show(visit) {
  const field = h("input", { type: "password", name: "token", required: true, autocomplete: "off",
    id: "token" })
  const trouble = h("p", { class: "trouble", role: "alert" })
  const form = h("form", { class: "stack narrow" },
    h("label", { class: "field" }, "Token", field), trouble,
    h("p", {}, h("button", { class: "primary", type: "submit" }, "Sign in")))
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    try {
      await signIn(field.value.trim())
      const back = visit.query.get("back") ?? "/"
      go(back.startsWith("/") && !back.startsWith("//") ? back : "/")
    } catch (problem) {
      trouble.textContent = problem.status === 401 ? "This token is unknown, expired or revoked."
        : problem.message
      field.focus()
    }
  })
  return h("section", {}, h("h1", {}, "Sign in"),
    session.signed_in && h("p", {}, `You are signed in as ${session.name}, ${session.role}.`),
    h("p", {}, "On the server's machine, ", h("code", {}, "heddle token create --role operator"),
      " makes one; ", h("code", {}, "heddle serve"), " prints a link that needs none."), form)
}
