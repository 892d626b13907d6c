/** A place in a chart, in the units of its axes. */
export type Point = readonly [x: number, y: number]

/** What a series is drawn with; told apart by dashes too, not by colour alone. */
export type Look = 'blue' | 'blue-dashed' | 'orange' | 'orange-dashed' | 'grey' | 'thin' | 'dots'

export interface Series {
  readonly look: Look
  /** What the legend says; without one it is not in the legend. */
  readonly name?: string
  /** Lines with gaps between them, none of them empty; of `dots`, the points. */
  readonly parts: readonly (readonly Point[])[]
}

export interface Axis {
  readonly name: string
  readonly scale: 'linear' | 'log'
  readonly from: number
  readonly to: number
  readonly ticks: readonly (readonly [at: number, text: string])[]
}

export interface Chart {
  readonly title: string
  /** What there is to see, for those who can not see it. */
  readonly description: string
  readonly x: Axis
  readonly y: Axis
  /** In the order in which they are drawn. */
  readonly series: readonly Series[]
}

const WIDTH = 760
const HEIGHT = 440
const PLOT = { left: 70, right: WIDTH - 34, top: 76, bottom: HEIGHT - 52 }
const LEGEND = { y: 48, keyWidth: 26, gap: 20, characterWidth: 6.4 }

/** Own paper, so that a viewer that knows no colour scheme shows dark on light, on whatever page. */
const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-size: 15px; font-weight: 600 }
.middle { text-anchor: middle }
.end { text-anchor: end }
.paper { fill: #ffffff }
path { fill: none; stroke-width: 2; stroke-linejoin: round }
.grid { stroke: #d8dee4; stroke-width: 1 }
.blue, .blue-dashed, .thin { stroke: #0969da }
.orange, .orange-dashed { stroke: #bc4c00 }
.blue-dashed, .orange-dashed { stroke-dasharray: 6 4 }
.grey { stroke: #57606a; stroke-dasharray: 2 3 }
.thin { stroke-width: 1; opacity: 0.45 }
.dots { stroke: #6e7781; stroke-width: 3; stroke-linecap: round; opacity: 0.65 }
@media (prefers-color-scheme: dark) {
  text { fill: #d0d7de }
  .paper { fill: #161b22 }
  .grid { stroke: #30363d }
  .blue, .blue-dashed, .thin { stroke: #58a6ff }
  .orange, .orange-dashed { stroke: #f0883e }
  .grey, .dots { stroke: #8b949e }
}`

/** The chart as an SVG file of its own. */
export function svgOf({ title, description, x, y, series }: Chart): string {
  const toX = placing(x, [PLOT.left, PLOT.right])
  const toY = placing(y, [PLOT.bottom, PLOT.top])
  const onPaper = (part: readonly Point[]): readonly Point[] => part.map(([px, py]) => [toX(px), toY(py)])
  const box = `x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.right - PLOT.left}" height="${PLOT.bottom - PLOT.top}"`
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="desc">${escaped(description)}</desc>`,
    `<style>${STYLE}\n</style>`,
    `<clipPath id="plot"><rect ${box}/></clipPath>`,
    '<rect class="paper" width="100%" height="100%" rx="6"/>',
    textAt([PLOT.left, 26], title, 'title'),
    ...legend(series),
    ...x.ticks.flatMap(([at, text]) => verticalTick(toX(at), text)),
    ...y.ticks.flatMap(([at, text]) => horizontalTick(toY(at), text)),
    textAt([(PLOT.left + PLOT.right) / 2, HEIGHT - 14], x.name, 'middle'),
    `<g transform="translate(18 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)">${textAt([0, 0], y.name, 'middle')}</g>`,
    '<g clip-path="url(#plot)">',
    ...series.map(({ look, parts }) => pathOf(look, parts.map(onPaper))),
    '</g>',
    '</svg>',
  ].join('\n')}\n`
}

/** From the units of an axis to places on the paper. */
function placing({ scale, from, to }: Axis, [start, end]: readonly [number, number]): (value: number) => number {
  const on = scale === 'log' ? Math.log : (value: number): number => value
  return (value) => start + ((end - start) * (on(value) - on(from))) / (on(to) - on(from))
}

/** Whole pixels and tenths: more would make large files and no better picture. */
const pixel = (place: number): string => String(Math.round(10 * place) / 10)

function pathOf(look: Look, parts: readonly (readonly Point[])[]): string {
  const pair = ([px, py]: Point): string => `${pixel(px)} ${pixel(py)}`
  const drawn =
    look === 'dots'
      ? parts.flat().map((point) => `M${pair(point)}h0`)
      : parts.map((part) => `M${part.map(pair).join('L')}`)
  return `<path class="${look}" d="${drawn.join('')}"/>`
}

const textAt = ([px, py]: Point, text: string, look: 'title' | 'start' | 'middle' | 'end'): string =>
  `<text class="${look}" x="${pixel(px)}" y="${pixel(py)}">${escaped(text)}</text>`

const verticalTick = (at: number, text: string): readonly string[] => [
  `<path class="grid" d="M${pixel(at)} ${PLOT.top}V${PLOT.bottom}"/>`,
  textAt([at, PLOT.bottom + 18], text, 'middle'),
]

const horizontalTick = (at: number, text: string): readonly string[] => [
  `<path class="grid" d="M${PLOT.left} ${pixel(at)}H${PLOT.right}"/>`,
  textAt([PLOT.left - 8, at + 4], text, 'end'),
]

/** Names beside a piece of their line, in one row. */
function legend(series: readonly Series[]): readonly string[] {
  const { y, keyWidth, gap, characterWidth } = LEGEND
  let left = PLOT.left
  return series.flatMap(({ look, name }) => {
    if (name === undefined) return []
    const ends: readonly Point[] = [left, left + keyWidth].map((at): Point => [at, y])
    const label = textAt([left + keyWidth + 6, y + 4], name, 'start')
    left += keyWidth + 6 + name.length * characterWidth + gap
    return [pathOf(look, [ends]), label]
  })
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
