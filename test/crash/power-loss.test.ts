import { describe, expect, it } from 'vitest'
import { Disk } from './disk.ts'
import { powerLoss } from './power-loss.ts'
import { canTrace, type Step } from './trace.ts'

describe.skipIf(!canTrace())('the power goes while calls are made', () => {
  it('[P10] [P21] full: every tool that had started has its record and its place under a limit, and the log is whole', async () => {
    const report = await powerLoss({ durability: 'full', callers: 4, calls: 10, losses: 12, seed: 1 })
    expect(report).toMatchObject({ unrecorded: 0, uncounted: 0, broken: [] })
    expect(report.started).toBeGreaterThan(100)
  })

  it('[P10] normal: the latest events may be gone, and what is left is whole, its head included', async () => {
    const report = await powerLoss({ durability: 'normal', callers: 4, calls: 10, losses: 12, seed: 1 })
    expect(report.broken).toEqual([])
    // The model can tell the two apart.
    expect(report.unrecorded).toBeGreaterThan(0)
    expect(report.uncounted).toBeGreaterThan(0)
  })
})

describe('the model of a disk that loses its cache', () => {
  const write = (text: string, offset?: number): Step => ({
    kind: 'write',
    path: 'f',
    bytes: Buffer.from(text),
    offset,
  })
  const left = (steps: readonly Step[], fate: number): string | undefined => {
    const disk = new Disk()
    for (const step of steps) disk.apply(step)
    return disk
      .afterPowerLoss(() => fate)
      .get('f')
      ?.toString()
  }
  const sync: Step = { kind: 'sync', path: 'f' }

  it('keeps what was synced', () => expect(left([write('abc'), sync], 0)).toBe('abc'))
  it('may lose what was not', () => expect(left([write('abc'), sync, write('d', 3)], 0)).toBe('abc'))
  it('or keep it', () => expect(left([write('abc'), sync, write('x', 1)], 0.5)).toBe('axc'))
  it('or keep some sectors of it', () => expect(left([write('x'.repeat(1_500))], 0.7)).toHaveLength(1_024))
  it('cuts files', () => {
    expect(left([write('abc'), { kind: 'truncate', path: 'f', size: 1 }, sync], 0)).toBe('a')
  })
  it('knows files by their latest name', () => {
    expect(
      left(
        [{ ...write('abc'), path: 'g' } as Step, { kind: 'sync', path: 'g' }, { kind: 'rename', from: 'g', to: 'f' }],
        0,
      ),
    ).toBe('abc')
    expect(left([write('abc'), sync, { kind: 'unlink', path: 'f' }], 0)).toBeUndefined()
  })
})
