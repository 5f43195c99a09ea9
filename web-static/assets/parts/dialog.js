// Dialogs: the browser's own, which keep the focus inside and give it back.
import { h } from "../ui.js"
import { focusHeading } from "./focus.js"

let number = 0

/** Opens a dialog with a title; what it gives has `close`. `closed` is called when it goes, however it does.
* One that goes with its page leaves the focus to the page that comes. */
export function dialog(title, content, { wide = false, closed } = {}) {
  const before = document.activeElement
  const id = `dialog-${++number}`
  const close = () => box.close()
  const box = h("dialog", { class: wide ? "wide" : null, "aria-labelledby": id },
    h("header", {},
      h("h2", { id }, title),
      h("button", { type: "button", class: "quiet", "aria-label": "Close", on: { click: close } }, "✕")),
    content)
  box.addEventListener("close", () => {
    box.remove()
    closed?.()
    if (box.returnValue === "left") return
    if (before?.isConnected) before.focus({ preventScroll: true })
    else focusHeading(document.querySelector("main"))
  })
  box.addEventListener("click", (event) => { if (event.target === box) close() })
  document.body.append(box)
  box.showModal()
  content.querySelector("input, select, button.primary")?.focus()
  return { box, close }
}

/** What went wrong, what may help, and the name by which the server's log knows the request. */
export const told = ({ message, help, request }) =>
  [message, help].filter(Boolean).join(": ") + (request ? ` (request ${request})` : "")

/** Asks before something is done; `act` does it, and what it throws is shown in the dialog. */
export function confirm(title, content, verb, act, { danger = false } = {}) {
  const trouble = h("p", { class: "trouble", role: "alert" })
  const yes = h("button", { type: "submit", class: danger ? "danger" : "primary" }, verb)
  const form = h("form", { class: "stack", method: "dialog" }, content, trouble,
    h("footer", {}, h("button", { type: "button", on: { click: () => shown.close() } }, "Not now"), yes))
  const shown = dialog(title, form)
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    yes.disabled = true
    trouble.textContent = ""
    try {
      await act(new FormData(form))
      shown.close()
    } catch (problem) {
      trouble.textContent = told(problem)
      yes.disabled = false
    }
  })
  return shown
}
