// Changes a part of the page without taking the focus away from it.

/** Fills a part anew; what had the focus there gets it back, as the same link or the button of the same
* words. Where that is gone, the part's heading has it, for whoever goes on by keys. */
export function refill(part, content) {
  const focused = part.contains(document.activeElement) ? document.activeElement : null
  const key = focused && keyOf(focused)
  part.replaceChildren(...content.flat(Infinity).filter((child) => child instanceof Node))
  if (!key) return
  const same = [...part.querySelectorAll("a, button")].find((element) => keyOf(element) === key)
  if (same) same.focus({ preventScroll: true })
  else focusHeading(part)
}

/** Gives the focus to the heading of a part, where what had it is gone. */
export function focusHeading(part) {
  const heading = part.querySelector("h1, h2")
  heading?.setAttribute("tabindex", "-1")
  heading?.focus({ preventScroll: true })
}

const keyOf = (element) => element.getAttribute("href") ?? element.textContent
