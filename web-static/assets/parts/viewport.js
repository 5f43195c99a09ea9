// Zoom and pan of a drawing: by wheel (with Ctrl, or once the drawing has the focus), by dragging, by
// buttons and
// by arrow keys.
import { h } from "../ui.js"

export class Viewport {
  /** `draw` is called with `{x, y, scale}` of what is to be seen, in the drawing's own measure. */
  constructor(surface, { width, height }, draw) {
    Object.assign(this, { surface, width, height, draw, x: 0, y: 0, scale: 1 })
    surface.addEventListener("wheel", (event) => this.#wheel(event), { passive: false })
    surface.addEventListener("pointerdown", (event) => this.#drag(event))
    this.tools = h("div", { class: "tools", role: "group", "aria-label": "Zoom" },
      this.#button("−", "Zoom out", () => this.zoom(1 / 1.4)),
        this.#button("+", "Zoom in", () => this.zoom(1.4)),
      this.#button("⤢", "Show all", () => this.fit()))
    new ResizeObserver(() => this.#resized()).observe(surface)
  }

  #button(text, label, act) {
    return h("button", { type: "button", "aria-label": label, title: label, on: { click: act } }, text)
  }

  get box() { return this.surface.getBoundingClientRect() }

  #resized() {
    if (!this.box.width) return
    if (!this.fitted) this.fit()
    else this.draw(this)
  }

  /** Everything at once, but not larger than life; a wide drawing on a narrow page begins at its left. */
  fit() {
    const { width, height } = this.box
    const margin = 24
    this.scale = Math.min(1, (width - margin) / this.width, (height - margin) / this.height)
    if (!this.fitted) this.scale = Math.max(this.scale, Math.min(1, .45))
    this.x = Math.min((this.width - width / this.scale) / 2, -margin / 2 / this.scale)
    if (this.width * this.scale > width) this.x = this.fitted ? this.x : -margin / 2 / this.scale
    this.y = (this.height - height / this.scale) / 2
    this.fitted = true
    this.draw(this)
  }

  zoom(factor, at) {
    const { width, height } = this.box
    const point = at ?? { x: width / 2, y: height / 2 }
    const scale = Math.min(3, Math.max(.01, this.scale * factor))
    this.x += point.x / this.scale - point.x / scale
    this.y += point.y / this.scale - point.y / scale
    this.scale = scale
    this.draw(this)
  }

  pan(x, y) {
    this.x += x / this.scale
    this.y += y / this.scale
    this.draw(this)
  }

  /** Brings a place into sight, moving no further than it must. */
  reveal(x, y, margin = 100) {
    const { width, height } = this.box
    const left = (x - this.x) * this.scale
    const top = (y - this.y) * this.scale
    const over = (value, size) => value < margin ? value - margin : Math.max(0, value - size + margin)
    this.pan(over(left, width), over(top, height))
  }

  key(event) {
    const step = 60
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }
    if (moves[event.key]) this.pan(...moves[event.key])
    else if (event.key === "+" || event.key === "=") this.zoom(1.4)
    else if (event.key === "-") this.zoom(1 / 1.4)
    else if (event.key === "0") this.fit()
    else return
    event.preventDefault()
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey
      && !this.surface.parentElement.contains(document.activeElement)) return
    event.preventDefault()
    const { left, top } = this.box
    this.zoom(Math.exp(-event.deltaY / 400), { x: event.clientX - left, y: event.clientY - top })
  }

  #drag(event) {
    if (event.button !== 0) return
    let { clientX: x, clientY: y } = event
    let moved = false
    const move = (next) => {
      if (!moved && Math.hypot(next.clientX - x, next.clientY - y) < 4) return
      if (!moved) this.surface.setPointerCapture(event.pointerId)
      moved = true
      this.surface.classList.add("dragged")
      this.pan(x - next.clientX, y - next.clientY)
      x = next.clientX
      y = next.clientY
    }
    const end = () => {
      this.surface.removeEventListener("pointermove", move)
      this.surface.classList.remove("dragged")
      // What was dragged was not meant to be opened.
      if (moved) this.surface.addEventListener("click", (click) => click.preventDefault(),
        { once: true, capture: true })
    }
    this.surface.addEventListener("pointermove", move)
    this.surface.addEventListener("pointerup", end, { once: true })
    this.surface.addEventListener("pointercancel", end, { once: true })
  }
}
