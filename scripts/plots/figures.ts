import { DEFAULT_BUDGET } from '../../src/domain/budget.ts'
import { createDetector } from '../../src/testing/index.ts'
import type { Axis, Chart, Point, Series } from './chart.ts'
import { type Bounds, boil, cleanRisks, payments, riskOfOneIn } from './runs.ts'
import { createPlainRule, ESCALATE, type Scorer, WARN } from './scorers.ts'
import { SHAPES } from './streams.ts'

/** How many calls the scorers see. */
export interface RunSize {
  readonly payments: number
  /** Normal calls in each run of a stream, and runs of each stream. */
  readonly calls: number
  readonly runs: number
  /** Of a slow boil. */
  readonly attempts: number
}

export const FULL_SIZE: RunSize = { payments: 600, calls: 4_000, runs: 6, attempts: 1_000 }

/** The charts of docs/statistics.md by the names of their files, each drawn from new runs of the scorers. */
export const FIGURES: Readonly<Record<string, (size: RunSize) => Chart>> = {
  'heavy-tail': heavyTail,
  calibration,
  'slow-boil': slowBoil,
}

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const TWO_DIGITS = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 })
const counted = (calls: number): string => WHOLE.format(calls)
const percent = (share: number): string => `${TWO_DIGITS.format(100 * share)} %`
const PROMISED = { warn: DEFAULT_BUDGET.warnPer1000 / 1_000, stop: DEFAULT_BUDGET.escalatePer1000 / 1_000 }

const ticks = (format: (place: number) => string, places: readonly number[]): Axis['ticks'] =>
  places.map((place) => [place, format(place)])

/** Calls between two looks at the bounds. */
const BOUND_EVERY = 6

function heavyTail(size: RunSize): Chart {
  const all = payments({ calls: size.payments, boundEvery: BOUND_EVERY })
  const scored = all.filter(({ plainBound }) => plainBound !== undefined)
  const warned = scored.filter(({ risk }) => risk >= WARN).length
  const stopped = scored.filter(({ risk }) => risk >= ESCALATE).length
  const far = scored.filter(({ amount, plainBound = 0 }) => amount > plainBound).length
  const looked = all.filter(({ index }) => index % BOUND_EVERY === 0)
  const bound = (name: keyof Bounds): Series['parts'] =>
    unbroken(looked.map(({ index, bounds }) => [index, bounds?.[name]]))
  return {
    title: 'A heavy-tailed parameter: from where on a payment is an alarm',
    description: `${counted(all.length)} lognormal payments, all of them normal. The calibrated scorer gives ${warned} of them risk 4 or more, and ${stopped} of these risk 7 or more. ${far} lie beyond the plain rule's mean and three standard deviations; the mean less three is below 0.`,
    x: { name: 'payment', scale: 'linear', from: 0, to: size.payments, ticks: ticks(counted, [0, 200, 400, 600]) },
    y: { name: 'amount', scale: 'log', from: 0.5, to: 10_000, ticks: ticks(counted, [1, 10, 100, 1_000, 10_000]) },
    series: [
      { look: 'dots', name: 'payments, all normal', parts: [all.map(({ index, amount }) => [index, amount])] },
      {
        look: 'orange',
        name: 'plain rule: mean + 3 sd',
        parts: unbroken(looked.map(({ index, plainBound }) => [index, plainBound])),
      },
      { look: 'blue-dashed', name: 'risk 4: warned', parts: bound('warnAbove') },
      { look: 'blue-dashed', parts: bound('warnBelow') },
      { look: 'blue', name: 'risk 7: stopped', parts: bound('stopAbove') },
    ],
  }
}

/** Calls of a stream that are left out: calibration has only begun. */
const FIRST_CALLS = 300
/** Fewer calls than this beyond a bound say nothing of their share. */
const CALLS_MIN = 5
/** From 10 to 10,000 in steps of a tenth of a power. */
const PROMISES: readonly number[] = Array.from({ length: 31 }, (_, step) => 10 ** (1 + step / 10))
const PROMISE_TICKS: Axis['ticks'] = [
  [10, '10'],
  [1 / PROMISED.warn, '22 (risk 4)'],
  [100, '100'],
  [1 / PROMISED.stop, '500 (risk 7)'],
  [2_000, '2,000'],
  [10_000, '10,000'],
]

function calibration({ calls, runs }: RunSize): Chart {
  const streams = SHAPES.map((shape, place) =>
    Array.from({ length: runs }, (_, run) =>
      cleanRisks(shape, { seed: 100 * place + run + 1, length: calls, skip: FIRST_CALLS }),
    ).flat(),
  )
  const pooled = streams.flat()
  const silent = SHAPES.filter((_, place) => measured(streams[place] ?? []).length === 0).map(({ name }) => name)
  const at = (risk: number): string => percent(shareFrom(pooled, risk))
  return {
    title: 'Promised and measured: normal calls as rare as 1 in N',
    description: `${counted(pooled.length)} normal calls of ${SHAPES.length} kinds: ${SHAPES.map(({ name }) => name).join(', ')}. ${at(WARN)} of them have risk 4 or more, promised are ${percent(PROMISED.warn)}; ${at(ESCALATE)} have risk 7 or more, promised are ${percent(PROMISED.stop)}. On the diagonal calls come as often as promised, above it more often. A line ends where fewer than ${CALLS_MIN} calls are left${silent.length === 0 ? '' : `; none was that rare of: ${silent.join(', ')}`}.`,
    x: { name: 'promised: 1 in N calls', scale: 'log', from: 10, to: 10_000, ticks: PROMISE_TICKS },
    y: {
      name: 'measured share',
      scale: 'log',
      from: 0.0001,
      to: 0.2,
      ticks: ticks(percent, [0.1, 0.01, 0.001, 0.0001]),
    },
    series: [
      { look: 'grey', name: 'as promised', parts: [PROMISES.map((promise): Point => [promise, 1 / promise])] },
      { look: 'thin', name: 'each kind of stream', parts: streams.flatMap(measured) },
      { look: 'blue', name: 'all together', parts: measured(pooled) },
    ],
  }
}

const shareFrom = (risks: readonly number[], least: number): number =>
  risks.filter((risk) => risk >= least).length / risks.length

const measured = (risks: readonly number[]): Series['parts'] =>
  unbroken(
    PROMISES.map((promise) => {
      const share = shareFrom(risks, riskOfOneIn(promise))
      return [promise, share * risks.length < CALLS_MIN ? undefined : share]
    }),
  )

const FACTORS: readonly number[] = [1.005, 1.01, 1.02, 1.05]

function slowBoil({ attempts }: RunSize): Chart {
  const boiled = (create: () => Scorer) =>
    FACTORS.map((factor) => boil({ scorer: create(), factor, honest: 600, attempts }))
  const [plain, calibrated] = [boiled(createPlainRule), boiled(createDetector)]
  return {
    title: 'A slow boil: the largest value let through so far',
    description: `After 600 calls with values of 100 +- 10, each call is raised by a factor of ${FACTORS.join(', ')}, and goes a step back after a refusal. After ${counted(attempts)} attempts the plain rule has let through ${lastOf(plain)}, the calibrated scorer ${lastOf(calibrated)}.`,
    x: {
      name: 'attempt',
      scale: 'linear',
      from: 0,
      to: attempts,
      ticks: ticks(counted, [0, 200, 400, 600, 800, 1_000]),
    },
    y: {
      name: 'largest value',
      scale: 'log',
      from: 90,
      to: 5_000,
      ticks: ticks(counted, [100, 200, 500, 1_000, 2_000, 5_000]),
    },
    series: [
      { look: 'orange', name: 'plain rule', parts: plain.map(everyTenth) },
      { look: 'blue', name: 'calibrated', parts: calibrated.map(everyTenth) },
    ],
  }
}

const lastOf = (boils: readonly (readonly number[])[]): string =>
  boils.map((values) => counted(values.at(-1) ?? 0)).join(', ')

const everyTenth = (values: readonly number[]): readonly Point[] =>
  values.map((value, attempt): Point => [attempt, value]).filter(([attempt]) => attempt % 10 === 0)

/** Pieces of a line between the places where there is nothing to draw. */
function unbroken(points: readonly (readonly [x: number, y: number | undefined])[]): Series['parts'] {
  const parts: Point[][] = [[]]
  for (const [x, y] of points)
    if (y === undefined) parts.push([])
    else parts.at(-1)?.push([x, y])
  return parts.filter((part) => part.length > 0)
}
