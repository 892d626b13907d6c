import type { Archive, Kept } from '../../support/archive.ts'
import { type CalibratorOptions, TailCalibrator } from './calibrator.ts'

/** What a surprise comes from. */
export type ChannelKind =
  | 'number'
  | 'count'
  | 'type'
  | 'value'
  | 'destination'
  | 'contact'
  | 'form'
  | 'text'
  | 'keys'
  | 'tool'
  | 'sequence'
  | 'burst_minute'
  | 'burst_hour'
  | 'hour'
  | 'failures'
  | 'together'
  | 'session'
  | 'stretch'
  | 'call'
  | 'effect'
  | 'joined'

/** p = 0.1 and p = 0.01. */
const CHANNEL_KNOTS: readonly number[] = [0.1, 0.01].map((p) => -Math.log(p))
/** Closer together, since the budgets for warnings and escalations are spent here. */
const CALL_KNOTS: readonly number[] = [0.5, 0.1, 0.03, 0.01, 0.003].map((p) => -Math.log(p))

/** Only the body is checked here: the tail was, when the call was. */
const JOINED_KNOTS: readonly number[] = [0.1, 0.03, 0.002].map((p) => -Math.log(p))

interface Calibration {
  readonly own: CalibratorOptions
  /** What all streams have in common: the parent that a young stream leans on. */
  readonly kind: CalibratorOptions
}

const calibration = (own: CalibratorOptions, ofKind: Partial<CalibratorOptions> = {}): Calibration => ({
  own,
  kind: { ...own, priorCalls: 60, cap: 20_000, ...ofKind },
})

const CHANNEL: Calibration = calibration(
  { knots: CHANNEL_KNOTS, priorCalls: 40, priorExcesses: 6, cap: 4_000, evidence: 'lose', tail: 'learned' },
  { priorExcesses: 8 },
)
const CALL: Calibration = calibration({
  knots: CALL_KNOTS,
  priorCalls: 100,
  priorExcesses: 8,
  cap: 4_000,
  evidence: 'both',
  tail: 'learned',
})
const JOINED: Calibration = calibration({
  knots: JOINED_KNOTS,
  priorCalls: 100,
  priorExcesses: 8,
  cap: 4_000,
  evidence: 'lose',
  tail: 'nominal',
})

const WHOLE_KINDS: ReadonlySet<ChannelKind> = new Set(['call', 'effect', 'session', 'stretch'])

function calibrationOf(kind: ChannelKind): Calibration {
  if (kind === 'joined') return JOINED
  return WHOLE_KINDS.has(kind) ? CALL : CHANNEL
}

/** Calibrators by kind of channel, one for each that ever spoke. */
class ByKind implements Kept {
  readonly #calibrators = new Map<ChannelKind, TailCalibrator>()
  readonly #make: (kind: ChannelKind) => TailCalibrator

  constructor(make: (kind: ChannelKind) => TailCalibrator) {
    this.#make = make
  }

  peek(kind: ChannelKind): TailCalibrator | undefined {
    return this.#calibrators.get(kind)
  }

  get(kind: ChannelKind): TailCalibrator {
    const known = this.#calibrators.get(kind)
    if (known !== undefined) return known
    const made = this.#make(kind)
    this.#calibrators.set(kind, made)
    return made
  }

  exchange(archive: Archive): void {
    archive.entries(this.#calibrators, (known, kind) => {
      const calibrator = known ?? this.#make(kind)
      calibrator.exchange(archive)
      return calibrator
    })
  }
}

/** The calibrators of one stream. */
export class Calibrators extends ByKind {
  constructor() {
    super((kind) => new TailCalibrator(calibrationOf(kind).own))
  }
}

/** What all streams of one kind have in common: the parents that a young stream's calibrator leans on. */
export class KindCalibrators implements Kept {
  readonly #byKind = new ByKind((kind) => new TailCalibrator(calibrationOf(kind).kind))

  /** A nominal surprise as it holds on a stream. Makes nothing: a stream that is not known yet reads as its kind does. */
  read(kind: ChannelKind, own: TailCalibrator | undefined, surprise: number): number {
    const shared = this.#byKind.peek(kind)
    if (own !== undefined) return own.read(surprise, shared)
    return shared?.read(surprise, undefined) ?? surprise
  }

  learn(kind: ChannelKind, surprise: number, alarmWeight: number): void {
    this.#byKind.get(kind).learn(surprise, alarmWeight)
  }

  exchange(archive: Archive): void {
    this.#byKind.exchange(archive)
  }
}
