import type { StateRow } from '../../domain/baseline.ts'
import type { ScoredCall } from '../../domain/call.ts'
import { fromBytes, toBytes } from '../../support/archive.ts'
import { Shelf } from '../state/shelf.ts'
import { forgetTool, streamKey, streamName, toolKey } from '../streams.ts'
import { AgentBaseline } from './agent.ts'
import { KindCalibrators } from './channels.ts'
import { CallStream } from './stream.ts'

const MIB = 2 ** 20
/** Pairs of tool and agent, agents, and tools that lost a pair. Packed, a pair with five parameters takes about 2 kB. */
const STREAMS_MAX = 100_000
const AGENTS_MAX = 100_000
const RETIRED_MAX = 10_000
const STREAM_BYTES = { bytesMax: 1_024 * MIB, unpackedBytesMax: 128 * MIB }
const AGENT_BYTES = { bytesMax: 256 * MIB, unpackedBytesMax: 32 * MIB }
const RETIRED_BYTES = { bytesMax: 64 * MIB, unpackedBytesMax: 8 * MIB }

/** Keys of rows: what kind of thing, then its name. */
const ROW = { stream: 's', agent: 'a', retired: 't', kinds: 'k' } as const
const KINDS_KEY: string = ROW.kinds

/** All that is remembered, bounded: of what was changed longest ago the oldest goes first. */
export class BaselineMemory {
  readonly #streams: Shelf<CallStream>
  readonly #agents = new Shelf<AgentBaseline>({
    make: () => new AgentBaseline(),
    entriesMax: AGENTS_MAX,
    ...AGENT_BYTES,
  })
  /**
   * Of each tool that lost a stream, the one with the most samples. A stream of that tool that is not known starts again as a copy of it:
   * otherwise flooding the guard with new agents would make it forget what is usual.
   */
  readonly #retired = new Shelf<CallStream>({
    make: () => new CallStream(),
    entriesMax: RETIRED_MAX,
    ...RETIRED_BYTES,
  })
  readonly kinds: KindCalibrators = new KindCalibrators()
  #kindsChanged = false
  #lastName: StreamName | undefined
  #lastKey = ''

  constructor(streamsMax: number = STREAMS_MAX) {
    this.#streams = new Shelf({
      make: () => new CallStream(),
      entriesMax: streamsMax,
      ...STREAM_BYTES,
      onEvicted: (key, stream) => this.#retire(key, stream),
    })
  }

  /** Whether there is something of this tool and agent themselves. */
  knows(call: StreamName): boolean {
    return this.#streams.has(this.#keyOf(call))
  }

  /** What is known of a tool and agent, or what they would start from; undefined when nothing is. */
  stream(call: StreamName): CallStream | undefined {
    return this.#streams.peek(this.#keyOf(call)) ?? this.#retired.peek(toolKey(call.tool))
  }

  agent(agentId: string): AgentBaseline | undefined {
    return this.#agents.peek(agentId)
  }

  /** Changes what is known of one call's tool and agent, made new where nothing is. */
  change(call: StreamName, change: (stream: CallStream, agent: AgentBaseline) => void): void {
    const again = (): CallStream => this.#again(call.tool)
    this.#agents.change(call.agentId, (agent) =>
      this.#streams.change(this.#keyOf(call), (stream) => change(stream, agent), again),
    )
    this.#kindsChanged = true
  }

  /** Drops the tool's streams, or changes each of them. */
  forget(tool: string, param: string | undefined): void {
    const change = param === undefined ? undefined : (stream: CallStream): void => stream.forget(param)
    for (const shelf of [this.#streams, this.#retired]) forgetTool(shelf, tool, change)
  }

  /** Every known stream, or those of one tool, with its name. */
  *streams(tool?: string): Generator<readonly [StreamName, CallStream]> {
    for (const key of [...this.#streams.keys()]) {
      const name = streamName(key)
      const stream = tool === undefined || name.tool === tool ? this.#streams.peek(key) : undefined
      if (stream !== undefined) yield [name, stream]
    }
  }

  takeState(which: 'changed' | 'all'): readonly StateRow[] {
    const take = (row: string, shelf: Shelf<CallStream> | Shelf<AgentBaseline>): readonly StateRow[] =>
      (which === 'all' ? shelf.takeAll() : shelf.takeChanged()).map((packed) => named(row, packed))
    const rows = [
      ...take(ROW.stream, this.#streams),
      ...take(ROW.agent, this.#agents),
      ...take(ROW.retired, this.#retired),
    ]
    if (which === 'all' || this.#kindsChanged) rows.push({ key: KINDS_KEY, bytes: toBytes(this.kinds) })
    this.#kindsChanged = false
    return rows
  }

  /** @throws RangeError when the rows are not what `takeState` gave. */
  restoreState(rows: Iterable<StateRow>): void {
    const byRow = Map.groupBy(rows, ({ key }) => key[0])
    this.#streams.restore(unnamed(byRow.get(ROW.stream)))
    this.#agents.restore(unnamed(byRow.get(ROW.agent)))
    this.#retired.restore(unnamed(byRow.get(ROW.retired)))
    const [kinds] = byRow.get(ROW.kinds) ?? []
    if (kinds?.bytes !== undefined) fromBytes(this.kinds, kinds.bytes)
  }

  /** One call is asked for several times, and the same text is found faster than an equal one. */
  #keyOf(call: StreamName): string {
    const last = this.#lastName
    if (last === undefined || last.tool !== call.tool || last.agentId !== call.agentId) {
      this.#lastName = { tool: call.tool, agentId: call.agentId }
      this.#lastKey = streamKey(call)
    }
    return this.#lastKey
  }

  #retire(key: string, stream: CallStream): void {
    const tool = toolKey(streamName(key).tool)
    if ((this.#retired.peek(tool)?.samples ?? -1) > stream.samples) return
    this.#retired.forget(tool)
    this.#retired.change(
      tool,
      () => undefined,
      () => stream,
    )
  }

  #again(tool: string): CallStream {
    const retired = this.#retired.peek(toolKey(tool))
    return retired === undefined ? new CallStream() : fromBytes(new CallStream(), toBytes(retired))
  }
}

type StreamName = Pick<ScoredCall, 'tool' | 'agentId'>

const named = (row: string, { key, bytes }: StateRow): StateRow => ({ key: row + key, bytes })
const unnamed = (rows: readonly StateRow[] = []): readonly StateRow[] =>
  rows.map(({ key, bytes }) => ({ key: key.slice(1), bytes }))
