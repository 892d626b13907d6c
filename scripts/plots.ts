// Writes docs/plots/*.svg, the charts of docs/statistics.md, from runs of both scorers. The same sources give the same files.
import { mkdirSync, writeFileSync } from 'node:fs'
import { svgOf } from './plots/chart.ts'
import { FIGURES, FULL_SIZE } from './plots/figures.ts'

const directory = new URL('../docs/plots/', import.meta.url)
mkdirSync(directory, { recursive: true })
for (const [name, draw] of Object.entries(FIGURES)) {
  const chart = draw(FULL_SIZE)
  writeFileSync(new URL(`${name}.svg`, directory), svgOf(chart))
  console.log(`${name}.svg: ${chart.description}`)
}
