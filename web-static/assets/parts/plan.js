// The backfill dialog is its plan, made anew with every change of the form.
import { go, may, say } from "../app.js"
import { h, link, many } from "../ui.js"
import { dialog, told } from "./dialog.js"
import { planned } from "./planned.js"

const pause = 300
/** More runs than this, or good data replaced, and the number has to be typed. */
const boldly = 100
const moved = "The state has moved since this was planned. This is the plan as it is now: confirm it again."

export function planDialog(visit, { select = "", from = "", to = "", mode = "missing" } = {}) {
  new PlanDialog(visit, { select, from, to, mode })
}

class PlanDialog {
  #timer = null
  #asked = 0
  #plan = null
  /** What was to be confirmed when the state moved. */
  #before = null

  constructor(visit, start) {
    this.visit = visit
    this.result = h("div", { class: "plan", "aria-live": "polite" },
      h("p", { class: "faint" }, "Say what to make, and the plan appears here."))
    this.trouble = h("p", { class: "trouble", role: "alert" })
    this.typed = h("input", { name: "typed", inputmode: "numeric", autocomplete: "off", size: 8 })
    this.question = h("label", { class: "field", hidden: true }, h("span", {}), this.typed)
    this.button = h("button", { type: "submit", class: "primary", disabled: true }, "Create runs")
    this.form = h("form", { class: "plan", method: "dialog" }, fields(start), this.result, this.trouble,
      this.question,
      h("footer", {}, h("button", { type: "button", on: { click: () => this.dialog.close() } }, "Not now"),
        this.button))
    this.form.addEventListener("input", (event) => event.target === this.typed ? this.#judge() : this.#soon())
    this.form.addEventListener("submit", (event) => {
      event.preventDefault()
      this.#apply()
    })
    this.dialog = dialog("Plan a backfill", this.form,
      { wide: true, closed: () => clearTimeout(this.#timer) })
    if (start.select) this.#read()
  }

  /** What the form asks for, as the API and the command line have it. */
  get ask() {
    const form = new FormData(this.form)
    const text = (name) => form.get(name)?.trim() || null
    return {
      select: text("select") ?? "", from: text("from"), to: text("to"), mode: form.get("mode"),
        exclude: text("exclude"),
      upstream: form.has("upstream"), downstream: form.has("downstream"), external: form.has("external"),
      backwards: form.has("backwards"),
      max_active: text("max_active") === null ? null : Number(text("max_active")), params: {},
    }
  }

  #soon() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#read(), pause)
    // What was asked for before is not asked for any more, nor is its number the one to type.
    this.#asked++
    this.result.removeAttribute("aria-busy")
    this.typed.value = ""
    this.#plan = this.#before = null
    this.#judge()
  }

  async #read(stale = false) {
    const asked = ++this.#asked
    if (!this.ask.select) return
    this.result.setAttribute("aria-busy", "true")
    try {
      const plan = await this.visit.post("/backfills/plan", this.ask)
      if (asked !== this.#asked) return
      this.trouble.textContent = stale ? moved : ""
      this.#plan = plan
      this.#show(plan)
    } catch (problem) {
      if (asked !== this.#asked) return
      this.#plan = null
      this.trouble.textContent = told(problem)
      this.result.replaceChildren()
    } finally {
      if (asked === this.#asked) this.result.removeAttribute("aria-busy")
    }
    this.#judge()
  }

  #show(plan) {
    this.result.replaceChildren(...planned(plan, this.#before))
    if (plan.runs) return
    const isGood = plan.standing === plan.stays.length + plan.stays_left_out && !plan.omissions.length
    this.trouble.textContent ||= `There is nothing to do${isGood ? ": all of it is good" : ""}.`
  }

  /** Whether it may be confirmed, and what the button says. */
  #judge() {
    const plan = this.#plan
    const number = plan?.replacements || (plan?.runs > boldly ? plan.runs : 0)
    this.question.hidden = !number
    this.question.firstChild.textContent = plan?.replacements
      ? `${many(plan.replacements, "good partition")} will be replaced. Type ${number} to confirm.`
        : `Type ${number} to confirm.`
    this.button.textContent = plan ? `Create ${many(plan.runs, "run")}` : "Create runs"
    this.button.disabled = !plan?.runs || !may("operator")
      || (number && this.typed.value.trim() !== String(number))
    this.button.title = may("operator") ? "" : "This needs the role of an operator."
  }

  async #apply() {
    const plan = this.#plan
    this.button.disabled = true
    try {
      const { message, backfill } = await this.visit.post("/backfills",
        { ...this.ask, plan: plan.plan, overwrite: plan.replacements })
      say(message)
      go(link.backfill(backfill))
    } catch (problem) {
      this.typed.value = ""
      if (problem.code === "plan_stale") {
        this.#before = plan
        return this.#read(true)
      }
      this.trouble.textContent = told(problem)
      this.#judge()
    }
  }
}

function fields({ select, from, to, mode }) {
  const field = (name, text, attributes, style) =>
    h("label", { class: `field ${style ?? ""}` }, text,
    h("input", { name, autocomplete: "off", ...attributes }))
  const choice = (name, text) => h("label", { class: "choice" }, h("input", { type: "checkbox", name }), text)
  return h("div", { class: "form" },
    field("select", "Selection: pipelines, domain/*, +x, x+",
      { value: select, required: true, placeholder: "insights/*" }, "wide"),
    field("from", "From partition, in each pipeline's own zone", { value: from, placeholder: "2013-01-01" }),
    field("to", "To partition, included", { value: to, placeholder: "2013-01-31" }),
    h("label", { class: "field" }, "Mode",
      h("select", { name: "mode" }, ["missing", "failed", "missing+failed", "stale", "all"]
      .map((name) => h("option", { value: name, selected: name === mode }, name)))),
    field("exclude", "Leave out (a selection)", {}),
    field("max_active", "At most so many runs at once", { inputmode: "numeric", pattern: "[0-9]*" }),
    h("div", {}, choice("upstream", "upstream: what it needs"),
      choice("downstream", "downstream: what needs it"), choice("external", "external: effects outside"),
      choice("backwards", "backwards: the newest first")))
}
