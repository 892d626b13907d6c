// Side-by-side timing: the variants take turns in one run, so a machine that slows down slows them all. Compare ratios.
const ROUNDS = 9

/**
 * Times async functions against each other.
 * @param variants [name, run, times, operations] where `run` is so many operations, one unless said.
 * @returns Map from name to the median time of one operation in microseconds.
 */
export async function sideBySide(variants) {
  const rounds = new Map(variants.map(([name]) => [name, []]))
  for (const [, run, times] of variants) await repeat(run, Math.ceil(times / 2))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run, times, operations = 1] of variants) {
      const startedAt = performance.now()
      await repeat(run, times)
      rounds.get(name).push(((performance.now() - startedAt) * 1_000) / (times * operations))
    }
  }
  return new Map([...rounds].map(([name, values]) => [name, median(values)]))
}

async function repeat(run, times) {
  for (let time = 0; time < times; time++) await run()
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** Rows of name, microseconds, and the ratio to the named base of each. */
export function printTable(title, measured, bases) {
  console.log(`\n${title}`)
  for (const [name, us] of measured) {
    const base = bases[name]
    const ratio = base === undefined ? '' : `  ${(us / measured.get(base)).toFixed(2)} x ${base}`
    console.log(`  ${name.padEnd(44)} ${us.toFixed(2).padStart(9)} us${ratio}`)
  }
}
