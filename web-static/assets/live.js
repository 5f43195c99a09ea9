// One stream of events for all tabs of a browser: the tab that holds the lock reads it and hands it on.
import { clock, h, wishes } from "./ui.js"

const silence = 30_000
const patience = 3_000
const again = 2_000
const polling = 10_000

export class Live {
  #tab = crypto.getRandomValues(new Uint32Array(2)).join("-")
  #channel = "BroadcastChannel" in window ? new BroadcastChannel("heddle.events") : null
  #scopes = new Map()
  #scope = []
  #leads = false
  #source = null
  #retry = null
  #seq = null
  #heard = Date.now()
  #broken = null
  #paused = wishes.get("paused") === "yes"
  #missed = false
  #shown = null

  /**
   * `changes` gets lists of patches, `refresh` is called where something may have been missed, and `begun`
   * with the
   * number after which events are told.
   */
  constructor({ changes, refresh, begun }) {
    Object.assign(this, { changes, refresh, begun })
    if (this.#channel) this.#channel.onmessage = ({ data }) => this.#hear(data)
    addEventListener("pagehide", () => this.#tell({ kind: "bye", tab: this.#tab }))
    document.addEventListener("visibilitychange", () => this.#catchUp())
    document.getElementById("pulse").addEventListener("click", () => this.toggle())
    setInterval(() => this.#look(), 1_000)
    setInterval(() => this.#isStale() && this.#usable() && this.refresh(), polling)
    this.#campaign()
    this.#look()
  }

  /** Says which runs' tasks this tab shows. */
  follow(scope) {
    this.#scope = scope
    this.#scopes.set(this.#tab, scope)
    this.#tell({ kind: "scope", tab: this.#tab, scope })
    this.#open()
  }

  /** Holds the page still, or lets it go on. */
  toggle() {
    this.#paused = !this.#paused
    wishes.set("paused", this.#paused ? "yes" : "no")
    this.#look()
    this.#catchUp()
  }

  #usable() { return !this.#paused && !document.hidden }
  #isStale() {
    const now = Date.now()
    return now - this.#heard > silence || (this.#broken !== null && now - this.#broken > patience)
  }

  /** Leads as soon as no other tab does, and until this one closes. */
  #campaign() {
    const lead = () => {
      this.#leads = true
      this.#tell({ kind: "who" })
      this.#open()
      return new Promise(() => {})
    }
    // Locks need a secure context; where there is none each tab has a stream of its own.
    if (navigator.locks && this.#channel) navigator.locks.request("heddle.events", lead)
    else lead()
  }

  #tell(message) { this.#channel?.postMessage(message) }

  /** What other tabs say: the leader what happened, the others what they show. */
  #hear(message) {
    if (message.kind === "scope") {
      this.#scopes.set(message.tab, message.scope)
      this.#open()
    } else if (message.kind === "bye") {
      this.#scopes.delete(message.tab)
      this.#open()
    } else if (message.kind === "who") {
      this.#tell({ kind: "scope", tab: this.#tab, scope: this.#scope })
    } else {
      this.#take(message)
    }
  }

  /** Opens the stream, anew where the tabs ask for more than it tells. */
  #open(force = false) {
    if (!this.#leads) return
    const scope = [...new Set([...this.#scopes.values()].flat())].sort().slice(0, 32).join(",")
    if (!force && this.#source && this.#source.scope === scope) return
    clearTimeout(this.#retry)
    this.#source?.close()
    const query = new URLSearchParams()
    if (scope) query.set("scope", scope)
    if (this.#seq !== null) query.set("last", this.#seq)
    const source = this.#source = new EventSource(`/api/v1/events${query.size ? `?${query}` : ""}`)
    source.scope = scope
    for (const kind of ["hello", "changes", "gap", "beat"]) {
      source.addEventListener(kind, (event) => this.#pass({ kind, ...JSON.parse(event.data) }))
    }
    source.onerror = () => {
      source.close()
      this.#pass({ kind: "broken" })
      this.#retry = setTimeout(() => this.#open(true), again)
    }
  }

  #pass(message) {
    this.#tell(message)
    this.#take(message)
  }

  #take(message) {
    if (message.kind === "broken") {
      this.#broken ??= Date.now()
      return this.#look()
    }
    const wasBroken = this.#broken !== null || this.#isStale()
    this.#heard = Date.now()
    this.#broken = null
    // A daemon whose record is younger than what was seen has begun anew: its numbers say nothing about ours.
    if (message.kind === "hello" && this.#seq !== null && message.seq < this.#seq) this.#seq = null
    if (message.kind === "hello") this.#seq ??= message.seq
    else this.#seq = message.seq ?? this.#seq
    this.#look()
    if (!this.#usable()) this.#missed ||= message.kind !== "beat"
    else if (message.kind === "gap" || wasBroken) this.refresh()
    else if (message.kind === "changes") this.changes(message.changes)
    else if (message.kind === "hello") this.begun(message.seq)
  }

  #catchUp() {
    if (!this.#usable() || !this.#missed) return
    this.#missed = false
    this.refresh()
  }

  /** Shows how the connection is. */
  #look() {
    const state = this.#paused ? "paused" : this.#isStale() ? "stale" : this.#broken ? "reconnecting" : "live"
    if (state === this.#shown) return
    this.#shown = state
    const since = clock(new Date(this.#broken ?? this.#heard))
    const text = state === "stale" ? `stale since ${since.time.slice(0, 5)} ${since.offset}` : state
    const pulse = document.getElementById("pulse")
    pulse.dataset.state = state
    pulse.querySelector(".word").textContent = text
    pulse.setAttribute("aria-label", `${text}: ${this.#paused ? "go on" : "pause"}`)
    const banner = document.getElementById("banner")
    banner.replaceChildren(...(state === "stale" ? [h("p", { class: "notice stale" },
      `The server has not been heard since ${since.time} ${since.offset}. What you see may be old; `,
      "it is asked again every 10 s.")] : []))
  }
}
