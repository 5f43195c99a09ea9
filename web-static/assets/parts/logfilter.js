// The lines of one level in a log. The server finds them, in a part of a long log at a time.

/** More lines than anybody reads; their numbers alone are kept of all of them. */
const mostLines = 100_000
const mostText = 16 << 20
/** What the server tells at once. */
const page = 1000

export class LogFilter {
  /** The numbers of the lines that are known, in their order. */
  lines = []
  /** The log was looked through up to its end, or has more such lines than are shown. */
  isWhole = false
  #next = 1
  #kept = 0
  #turn = Promise.resolve()

  /** `fetch(params)` searches the log. */
  constructor(level, fetch) {
    Object.assign(this, { level, fetch })
  }

  get isCut() { return this.lines.length >= mostLines }

  /**
   * Looks on from where it ended before; `found` is given each part as `[line, text]` and says whether to
   * go on. The log is known to have so many lines. Who comes meanwhile waits for their turn.
   */
  more(known, found) {
    this.#turn = this.#turn.catch(() => {}).then(() => this.#look(known, found))
    return this.#turn
  }

  async #look(known, found) {
    this.isWhole = this.isCut
    while (!this.isCut) {
      const from = this.#next
      const { items, next } = await this.fetch({ level: this.level, from, limit: page })
      // The line at which it goes on was looked at before, when less was written of it.
      while (this.lines.at(-1) >= from) this.lines.pop()
      for (const [line] of items) this.lines.push(line)
      // What grows meanwhile has no end: the next turn goes on at the last line there is.
      const goesOn = next > from
      this.#next = goesOn ? next : Math.max(known, this.lines.at(-1) ?? 1)
      this.isWhole = !goesOn || this.isCut
      if (!found(this.#keep(items)) || !goesOn) return
    }
  }

  /** Texts as far as there is room for them; the others are fetched when they come into sight. */
  #keep(items) {
    for (const [, text] of items) this.#kept += text.length
    return this.#kept > mostText ? [] : items
  }

  /** The texts, as they are now, in parts. */
  async *texts() {
    for (let from = this.lines[0]; from;) {
      const { items, next } = await this.fetch({ level: this.level, from, limit: page })
      yield items.map(([, text]) => text)
      from = next > from ? next : null
    }
  }
}
