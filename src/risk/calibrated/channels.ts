import { type CalibratorOptions, nominalShape, TailCalibrator, type TailShape } from './calibrator.ts'

/** What a surprise comes from. */
export type ChannelKind =
  | 'number'
  | 'count'
  | 'type'
  | 'value'
  | 'destination'
  | 'form'
  | 'text'
  | 'keys'
  | 'tool'
  | 'sequence'
  | 'burst'
  | 'hour'
  | 'together'
  | 'session'
  | 'call'
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
  readonly nominal: TailShape
}

const calibration = (own: CalibratorOptions, kind: Partial<CalibratorOptions>): Calibration => ({
  own,
  kind: { ...own, priorCalls: 60, cap: 20_000, ...kind },
  nominal: nominalShape(own.knots),
})

const CHANNEL: Calibration = calibration(
  { knots: CHANNEL_KNOTS, priorCalls: 40, priorExcesses: 6, cap: 4_000, evidence: 'lose', tail: 'learned' },
  { priorExcesses: 8 },
)
const CALL: Calibration = calibration(
  { knots: CALL_KNOTS, priorCalls: 100, priorExcesses: 8, cap: 4_000, evidence: 'both', tail: 'learned' },
  {},
)
const JOINED: Calibration = calibration(
  { knots: JOINED_KNOTS, priorCalls: 100, priorExcesses: 8, cap: 4_000, evidence: 'lose', tail: 'nominal' },
  {},
)

function calibrationOf(kind: ChannelKind): Calibration {
  if (kind === 'joined') return JOINED
  return kind === 'call' || kind === 'session' ? CALL : CHANNEL
}

/** The calibrators of one stream, one for each channel that ever spoke on it. */
export class Calibrators {
  readonly #byChannel = new Map<string, TailCalibrator>()

  /** @param channel a kind, with what tells it from others of its kind on this stream. */
  get(kind: ChannelKind, channel: string = kind): TailCalibrator {
    const known = this.#byChannel.get(channel)
    if (known !== undefined) return known
    const made = new TailCalibrator(calibrationOf(kind).own)
    this.#byChannel.set(channel, made)
    return made
  }

  peek(channel: string): TailCalibrator | undefined {
    return this.#byChannel.get(channel)
  }
}

/** What all streams of one kind have in common: the parents that a young stream's calibrator leans on. */
export class KindCalibrators {
  readonly #byKind = new Map<ChannelKind, TailCalibrator>()

  /** A nominal surprise as it holds on a stream. Makes nothing: a stream that is not known yet reads as its kind does. */
  read(kind: ChannelKind, own: TailCalibrator | undefined, surprise: number): number {
    if (surprise <= 0) return 0
    const { nominal } = calibrationOf(kind)
    const shared = this.#byKind.get(kind)
    if (own === undefined) return shared?.read(surprise, nominal) ?? surprise
    return own.read(surprise, shared?.shape(nominal) ?? nominal)
  }

  learn(kind: ChannelKind, surprise: number, alarmWeight: number): void {
    const known = this.#byKind.get(kind) ?? new TailCalibrator(calibrationOf(kind).kind)
    this.#byKind.set(kind, known)
    known.learn(surprise, alarmWeight)
  }
}
