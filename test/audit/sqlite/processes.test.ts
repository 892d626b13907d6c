import { execFileSync, spawn } from 'node:child_process'
import { createSecretKey } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AuditEvent } from '../../../src/domain/audit-event.ts'
import { type SqlitePlace, sqlitePlace } from './place.ts'

/** As in `writer-process.ts`. */
const WRITER_KEY = createSecretKey(Buffer.alloc(32, 7))
const WRITER = join(import.meta.dirname, 'writer-process.ts')
const LOADING = join(import.meta.dirname, 'loading-process.ts')

interface Acknowledged {
  readonly index: number
  readonly status: 'stored' | 'call-known'
  readonly lastSeq?: number
}

let place: SqlitePlace
beforeEach(() => {
  place = sqlitePlace()
})
afterEach(() => place.remove())

interface Writing {
  readonly name: string
  readonly count: number
  readonly durability?: 'full' | 'normal'
  readonly claims?: 'claims'
  /** Kills the process when so many appends are acknowledged. */
  readonly killAfter?: number
}

/** Runs a writer to its end, or kills it without warning. Resolves to what it was told. */
async function writer({
  name,
  count,
  durability = 'normal',
  claims,
  killAfter,
}: Writing): Promise<readonly Acknowledged[]> {
  const args = [WRITER, place.path, durability, name, String(count), claims ?? '']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const acknowledged: Acknowledged[] = []
  let complaints = ''
  child.stderr.on('data', (data) => {
    complaints += data
  })
  createInterface(child.stdout).on('line', (line) => {
    acknowledged.push(JSON.parse(line))
    if (acknowledged.length === killAfter) child.kill('SIGKILL')
  })
  const [code] = await once(child, 'close')
  if (killAfter === undefined) expect({ code, complaints }).toEqual({ code: 0, complaints: '' })
  return acknowledged
}

async function log(): Promise<readonly AuditEvent[]> {
  const store = place.open({ readOnly: true })
  const events = await store.query({ order: 'oldest-first', limit: 10_000 })
  await store.close()
  return events
}

describe('several processes on one log', () => {
  it('open a new log at the same time, and lose and reorder nothing', async () => {
    const names = ['a', 'b', 'c', 'd']
    const told = await Promise.all(names.map((name) => writer({ name, count: 120 })))
    const events = await log()
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 960 }, (_, index) => index + 1))
    for (const [index, name] of names.entries()) {
      const own = events.filter(({ tool }) => tool === name)
      expect(own.map(({ note }) => Number(note))).toEqual(Array.from({ length: 240 }, (_, index) => index >> 1))
      expect(told[index]?.map(({ lastSeq }) => lastSeq)).toEqual(
        own.filter((_, index) => index % 2 === 1).map(({ seq }) => seq),
      )
    }
  })

  it('[P13] make one chain, that does not fork, and one head', async () => {
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => writer({ name, count: 60 })))
    const store = place.open({ key: WRITER_KEY, readOnly: true })
    expect(await store.verify()).toMatchObject({ status: 'intact', events: 480, heads: [expect.anything()] })
    await store.close()
  })

  it('keep the events of one append together', async () => {
    await Promise.all(['a', 'b'].map((name) => writer({ name, count: 100 })))
    const events = await log()
    for (let index = 0; index < events.length; index += 2)
      expect(events[index + 1]).toMatchObject({ tool: events[index]?.tool, note: events[index]?.note })
  })

  it('[P9] claim a call: exactly one of them stores it', async () => {
    const told = await Promise.all(['a', 'b', 'c'].map((name) => writer({ name, count: 60, claims: 'claims' })))
    const stored = told.flat().filter(({ status }) => status === 'stored')
    expect(stored.map(({ index }) => index).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 60 }, (_, index) => index),
    )
    const decided = (await log()).filter(({ event }) => event === 'allow').map(({ callId }) => callId)
    expect(new Set(decided).size).toBe(60)
    expect(decided).toHaveLength(60)
  })
})

describe('a process is killed', () => {
  it.each([1, 2, 3, 7, 20, 61])(
    '[P10] after %i appends: all that were acknowledged are there, whole',
    async (killAfter) => {
      const acknowledged = await writer({ name: 'killed', count: 100_000, killAfter })
      expect(acknowledged.length).toBeGreaterThanOrEqual(killAfter)
      const events = await log()
      expect(events.length).toBeGreaterThanOrEqual(2 * acknowledged.length)
      expect(events.length % 2).toBe(0)
      expect(events.map(({ note }) => Number(note))).toEqual(Array.from(events, (_, index) => index >> 1))
      // The log it left behind is written on.
      const [next] = await writer({ name: 'next', count: 1 })
      expect(next?.lastSeq).toBe(events.length + 2)
    },
  )

  it('[P10] while others write, who go on', async () => {
    const [killed = [], other] = await Promise.all([
      writer({ name: 'killed', count: 100_000, killAfter: 25, durability: 'full' }),
      writer({ name: 'other', count: 150 }),
    ])
    const events = await log()
    expect(events.filter(({ tool }) => tool === 'other')).toHaveLength(300)
    expect(events.filter(({ tool }) => tool === 'killed').length).toBeGreaterThanOrEqual(2 * killed.length)
    expect(other).toHaveLength(150)
  })
})

describe('native code', () => {
  it('is loaded at the first use, and not before', () => {
    expect(JSON.parse(execFileSync(process.execPath, [LOADING, place.path], { encoding: 'utf8' }))).toEqual({
      afterImport: false,
      afterMaking: false,
      afterOpening: true,
    })
  })
})
