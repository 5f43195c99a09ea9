// Lines of a log for the clipboard: as plain text, and no more of them than one would paste.
import { many } from "../ui.js"
import { plain } from "./ansi.js"

const mostLines = 5000
const mostText = 1 << 20
const denied = "The browser allows no copying here."

/** The texts of lines, in parts; `fetch(from, count)` gives lines. */
export async function* texts(fetch, from, to) {
  while (from <= to) {
    const { items } = await fetch(from, Math.min(mostLines, to - from + 1))
    if (!items.length) return
    yield items
    from += items.length
  }
}

/** Copies the texts of lines that come in parts; what then is to be said. */
export async function copy(parts) {
  // Only those pages have a clipboard that come from this machine or encrypted.
  if (!navigator.clipboard?.write) return denied
  const gathered = gather(parts)
  const text = gathered.then(({ lines }) => new Blob([lines.join("\n")], { type: "text/plain" }))
  try {
    // It is asked for at once: a browser that has waited no longer believes that somebody wants it.
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": text })])
  } catch {
    return gathered.then(() => denied, () => "The log cannot be read now.")
  }
  const { lines, isCut } = await gathered
  return isCut ? `Copied the first ${many(lines.length, "line")}; Raw has all of it.`
    : `Copied ${many(lines.length, "line")}`
}

async function gather(parts) {
  const lines = []
  let size = 0
  for await (const part of parts) {
    for (const text of part.map(plain)) {
      size += text.length + 1
      if (lines.length === mostLines || size > mostText) return { lines, isCut: true }
      lines.push(text)
    }
  }
  return { lines, isCut: false }
}
