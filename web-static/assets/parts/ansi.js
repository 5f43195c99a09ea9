// What terminals are told about colours, as classes; every other control sequence is dropped.

const sequence = new RegExp([
  /\u001b\[([0-?]*)[ -/]*([@-~])/, // a control sequence; those that end in m select colours
  /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?/, // an operating system command
  /\u001b[ -/]*[0-~]/, // any other escape
  /[\u0000-\u0008\u000b-\u001f\u007f]/, // a control character that is no tab or line's end
].map((one) => one.source).join("|"), "g")

/** The pieces of a line as `{text, classes}`; `style` is what the lines before left on. */
export function pieces(line, style = {}) {
  const found = []
  let from = 0
  const push = (text) => {
    if (text) found.push({ text, ...appearance(style) })
  }
  for (const match of line.matchAll(sequence)) {
    push(line.slice(from, match.index))
    from = match.index + match[0].length
    if (match[2] === "m") select(style, match[1])
  }
  push(line.slice(from))
  return found
}

/** The line without any of it. */
export const plain = (line) => line.replace(sequence, "")

const attributes = { 1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "inverse", 9: "strike" }
const endings = { 22: ["bold", "dim"], 23: ["italic"], 24: ["underline"], 27: ["inverse"], 29: ["strike"] }

/** Select graphic rendition: changes the style in place. */
function select(style, text) {
  const codes = text.split(/[;:]/).map(Number)
  for (let place = 0; place < codes.length; place++) {
    const code = codes[place]
    if (code === 0) for (const name of Object.keys(style)) delete style[name]
    else if (attributes[code]) style[attributes[code]] = true
    else if (endings[code]) for (const name of endings[code]) delete style[name]
    else if (code === 39) delete style.fore
    else if (code === 49) delete style.back
    else if (code === 38 || code === 48) place += extended(style, code === 38 ? "fore" : "back", codes, place)
    else if (code >= 30 && code <= 37) style.fore = code - 30
    else if (code >= 90 && code <= 97) style.fore = code - 90
    else if (code >= 40 && code <= 47) style.back = code - 40
    else if (code >= 100 && code <= 107) style.back = code - 100
  }
}

/** 256 colours and true colours become the nearest of the eight, which both themes can show legibly. */
function extended(style, name, codes, place) {
  if (codes[place + 1] === 5) {
    style[name] = nearest(...indexed(codes[place + 2] ?? 7))
    return 2
  }
  if (codes[place + 1] === 2) {
    style[name] = nearest(codes[place + 2] ?? 0, codes[place + 3] ?? 0, codes[place + 4] ?? 0)
    return 4
  }
  return 0
}

const eight = [[0, 0, 0], [205, 0, 0], [0, 205, 0], [205, 205, 0], [0, 0, 238], [205, 0, 205], [0, 205, 205],
  [229, 229, 229]]

function indexed(number) {
  if (number < 16) return eight[number % 8]
  if (number >= 232) return Array(3).fill(8 + (number - 232) * 10)
  const level = (value) => value ? 55 + value * 40 : 0
  return [level(Math.floor((number - 16) / 36)), level(Math.floor((number - 16) / 6) % 6),
    level((number - 16) % 6)]
}

function nearest(red, green, blue) {
  const far = ([r, g, b]) => (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2
  return eight.reduce((best, colour, index) => far(colour) < far(eight[best]) ? index : best, 0)
}

function appearance(style) {
  const classes = Object.values(attributes).filter((name) => style[name]).map((name) => `a-${name}`)
  if (style.fore !== undefined) classes.push(`a-f${style.fore}`)
  if (style.back !== undefined) classes.push(`a-b${style.back}`)
  return { classes: classes.join(" ") }
}
