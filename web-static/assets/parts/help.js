// Help, and what the reader may choose: zone, theme, single keys; and who is signed in.
import { applyTheme, go, session, showZone, signOut } from "../app.js"
import { keys } from "../keyboard.js"
import { h, ownZone, wishes, zone } from "../ui.js"
import { dialog } from "./dialog.js"

export function help() {
  const shown = dialog("Help and settings", h("div", { class: "help" },
    h("section", {}, h("h3", {}, "Settings"), h("div", { class: "stack" }, zones(), themes(), singleKeys())),
    h("section", {}, h("h3", {}, "Keyboard"), keyTable()),
    h("section", {}, h("h3", {}, "Signed in"), who(() => shown.close())),
    h("section", {}, h("h3", {}, "In a terminal"), h("p", {},
      h("code", {}, "heddle status"), " shows what is wrong, ", h("code", {}, "heddle explain RUN"),
      " why something does not run. All that this page shows is at ",
      h("a", { href: "/api/v1/openapi.json" }, "/api/v1"), "."))), { wide: true })
}

function zones() {
  const known = [...new Set([ownZone, "UTC", zone(), ...(Intl.supportedValuesOf?.("timeZone") ?? [])])]
  const select = h("select", {}, known.map((name) => h("option", { value: name, selected: name === zone() },
    name === ownZone ? `${name} (this browser's)` : name)))
  select.addEventListener("change", () => {
    wishes.set("zone", select.value)
    showZone()
    go(location.href, { quiet: true })
  })
  return h("label", { class: "field" }, "Time zone of moments", select)
}

function themes() {
  const select = h("select", {}, [["system", "as the system"], ["light", "light"], ["dark", "dark"]]
    .map(([value, text]) => h("option", { value, selected: wishes.get("theme", "system") === value }, text)))
  select.addEventListener("change", () => {
    wishes.set("theme", select.value)
    applyTheme()
  })
  return h("label", { class: "field" }, "Theme", select)
}

function singleKeys() {
  const box = h("input", { type: "checkbox", checked: wishes.get("keys") !== "off" })
  box.addEventListener("change", () => wishes.set("keys", box.checked ? "on" : "off"))
  return h("label", { class: "choice" }, box, "Single keys do something")
}

function keyTable() {
  return h("dl", { class: "keys" }, keys.map(([key, does]) => h("div", {},
    h("dt", {}, key.split("  ").map((one, index) => [index ? " " : "", h("kbd", {}, one)])),
      h("dd", {}, does))))
}

function who(close) {
  if (!session.signed_in) {
    return h("p", {}, "Nobody: logs and changes need it. ",
      h("a", { href: "/sign-in", on: { click: close } }, "Sign in"),
      " with a token, or with the link that ", h("code", {}, "heddle serve"), " printed.")
  }
  const domains = session.domains ? ` in ${session.domains.join(", ")}` : ""
  const leave = async () => {
    await signOut()
    close()
    go(location.href, { quiet: true })
  }
  return h("p", {}, `${session.name ?? "You"}, ${session.role}${domains}. `,
    h("button", { type: "button", on: { click: leave } }, "Sign out"))
}
