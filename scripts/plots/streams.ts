import { normals, randomNumbers } from '../../test/risk/calibrated/streams.ts'

export type Value = number | string

/** A kind of stream of values that are all normal. */
export interface Shape<Kind extends Value = Value> {
  readonly name: string
  readonly start: (dice: Dice) => () => Kind
}

interface Dice {
  /** 0 to 1, even. */
  readonly random: () => number
  /** Standard normal. */
  readonly normal: () => number
}

export interface Run {
  readonly seed: number
  readonly length: number
}

/** Values of one shape; the same seed gives the same values. */
export function valuesOf<Kind extends Value>({ start }: Shape<Kind>, { seed, length }: Run): readonly Kind[] {
  const random = randomNumbers(seed)
  const next = start({ random, normal: normals(random) })
  return Array.from({ length }, next)
}

const simple = <Kind extends Value>(name: string, draw: (dice: Dice) => Kind): Shape<Kind> => ({
  name,
  start: (dice) => () => draw(dice),
})

/** Lognormal, of a median of 50. */
export const PAYMENTS: Shape<number> = simple('lognormal', ({ normal }) => cents(50 * Math.exp(normal())))

export const AROUND_100: Shape<number> = simple('around 100', ({ normal }) => 100 + 10 * normal())

export const SHAPES: readonly Shape[] = [
  simple('Gaussian', ({ normal }) => 100 + 15 * normal()),
  PAYMENTS,
  simple('Pareto', ({ random }) => cents(10 * (1 - random()) ** (-1 / 1.5))),
  simple('bimodal', ({ random, normal }) => (random() < 0.5 ? 10 + normal() : 1_000 + 50 * normal())),
  { name: 'random walk', start: randomWalk },
  { name: 'steps', start: steps },
  simple('97 % zeros', ({ random }) => (random() < 0.97 ? 0 : Math.floor(1 + 20 * random()))),
  { name: 'ids', start: ids },
  simple('five values', ({ random }) => `k${Math.floor(5 * random() * random())}`),
  simple('Zipf', ({ random }) => `v${Math.floor(1 / (1 - random() * 0.9998))}`),
  { name: 'free text', start: freeText },
]

const cents = (amount: number): number => Math.round(100 * amount) / 100

function randomWalk({ normal }: Dice): () => number {
  let value = 1_000
  return () => {
    value += normal()
    return value
  }
}

/** A level that holds for about a hundred calls, then jumps. */
function steps({ random, normal }: Dice): () => number {
  let level = 100
  return () => {
    if (random() < 0.01) level = 50 + 100 * random()
    return level + 2 * normal()
  }
}

function ids({ random }: Dice): () => number {
  let id = 4_000
  return () => {
    id += 1 + Math.floor(3 * random())
    return id
  }
}

/** Sentences of three to ten made-up words. */
function freeText({ random }: Dice): () => string {
  const upTo = (end: number): number => Math.floor(end * random())
  const many = (least: number, most: number): readonly undefined[] =>
    new Array<undefined>(least + upTo(most - least + 1)).fill(undefined)
  const syllable = (): string => `${'bdfgklmnprst'[upTo(12)]}${'aeiou'[upTo(5)]}`
  const words = Array.from({ length: 400 }, () => many(1, 4).map(syllable).join(''))
  // Words of a language are used unevenly.
  const word = (): string => words[Math.floor(words.length * random() ** 2)] ?? ''
  return () => `${many(3, 10).map(word).join(' ')}.`
}
