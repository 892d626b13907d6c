import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { canTrace } from '../crash/trace.ts'
import { tempDir } from '../support/guards.ts'

const PROGRAM = join(import.meta.dirname, 'slow-disk-process.ts')
const SYNC_US = 200_000

/** Every sync takes a fifth of a second. */
function turnsOnSlowDisk(writer: 'thread' | 'inline'): readonly number[] {
  const syncs = 'fsync,fdatasync'
  const slow = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${syncs}`, '-e', `inject=${syncs}:delay_enter=${SYNC_US}`]
  const command = [process.execPath, PROGRAM, join(tempDir(), 'audit.db'), writer]
  return JSON.parse(execFileSync('strace', [...slow, ...command], { encoding: 'utf8' }))
}

describe.skipIf(!canTrace())('a disk that takes its time', () => {
  it('[P22] does not stop the event loop where a thread writes', () => {
    for (const turns of turnsOnSlowDisk('thread')) expect(turns).toBeGreaterThan(100)
  })

  it('stops it where this thread does: the test can tell', () => {
    for (const turns of turnsOnSlowDisk('inline')) expect(turns).toBeLessThan(100)
  })
})
