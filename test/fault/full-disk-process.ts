// A process that makes guarded calls on a disk until it is full, makes some more, frees some space, and goes on. Prints what became of it.
import { rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createSqliteStore } from '../../src/audit/sqlite/store.ts'
import { isSentinelError, Sentinel } from '../../src/index.ts'

const [directory = '', writer] = process.argv.slice(2)
const BALLAST_BYTES = 400_000
const CALLERS = 4
/** More than the disk has room for. */
const CALLS_MAX = 2_000

const ballast = join(directory, 'ballast')
writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES, 'x'))
const store = createSqliteStore({
  path: join(directory, 'audit.db'),
  writer: writer === 'thread' ? 'thread' : 'inline',
})
const sentinel = new Sentinel({ store, logger: false, anomalyDetection: false })
const started: string[] = []
const tool = sentinel.wrap('tool', async ({ call }: { call: string; text: string }) => void started.push(call))

/** What became of a call: `ran`, or the code of its refusal. */
const made = async (call: string): Promise<string> => {
  try {
    await tool({ call, text: 'x'.repeat(5_000) })
    return 'ran'
  } catch (error) {
    return isSentinelError(error) ? `${error.code}: ${error.message}` : String(error)
  }
}
const together = (name: string): Promise<readonly string[]> =>
  Promise.all(Array.from({ length: CALLERS }, (_, caller) => made(`${name}-${caller}`)))

const untilFull: string[] = []
for (let turn = 0; turn < CALLS_MAX && !untilFull.some((outcome) => outcome !== 'ran'); turn++)
  untilFull.push(...(await together(`first-${turn}`)))
const whenFull = [...(await together('full-a')), ...(await together('full-b'))]
const ranWhenFull = started.filter((call) => call.startsWith('full')).length
rmSync(ballast)
const afterwards = await together('after')
const decided = await store.query({ event: 'allow', limit: 10_000 })
const { status } = await store.verify()
const known = new Set(decided.map(({ params }) => params?.call))
const report = {
  refusals: [...new Set([...untilFull, ...whenFull].filter((outcome) => outcome !== 'ran'))],
  ranBefore: untilFull.filter((outcome) => outcome === 'ran').length,
  ranWhenFull: [whenFull.filter((outcome) => outcome === 'ran').length, ranWhenFull],
  afterwards,
  unrecorded: started.filter((call) => !known.has(call)),
  status,
}
writeSync(1, JSON.stringify(report))
await sentinel.close()
