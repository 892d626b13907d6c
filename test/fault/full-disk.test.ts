import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempDir } from '../support/guards.ts'

/** A disk of one megabyte that only the program sees. */
const ALONE = ['--user', '--map-root-user', '--mount', 'sh', '-c'] as const
const MOUNT = 'mount -t tmpfs -o size=1m tmpfs "$0"'
const canMount = spawnSync('unshare', [...ALONE, MOUNT, tempDir()]).status === 0

const PROGRAM = join(import.meta.dirname, 'full-disk-process.ts')

function fill(writer: 'thread' | 'inline') {
  const directory = tempDir()
  const command = [...ALONE, `${MOUNT} && exec "$@"`, directory, process.execPath, PROGRAM, directory, writer]
  return JSON.parse(execFileSync('unshare', command, { encoding: 'utf8' }))
}

describe.skipIf(!canMount)('a disk that is full', () => {
  it.each(['thread', 'inline'] as const)(
    '[P9] [P11] %s: no tool runs, the cause is named, and calls go on when there is space',
    (writer) => {
      const { refusals, ...report } = fill(writer)
      expect(report).toEqual({
        ranBefore: expect.any(Number),
        ranWhenFull: [0, 0],
        afterwards: ['ran', 'ran', 'ran', 'ran'],
        unrecorded: [],
        status: 'not-verifiable',
      })
      expect(report.ranBefore).toBeGreaterThan(4)
      expect(refusals.length).toBeGreaterThan(0)
      for (const refusal of refusals) expect(refusal).toMatch(/^AUDIT_UNAVAILABLE: .*no space left .*Free some space/)
    },
  )
})
