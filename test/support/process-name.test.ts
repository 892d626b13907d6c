import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { expect, it, test } from 'vitest'
import { hasEnded, isRunningStill, thisProcess } from '../../src/support/process-name.ts'

const MODULE = new URL('../../src/support/process-name.ts', import.meta.url).href
const TELL = `import { thisProcess } from '${MODULE}'; process.stdout.write(thisProcess())`
const [realm, pid, start] = thisProcess().split(':')

it('a process that runs has not ended, seen from itself and from another one', () => {
  expect(hasEnded(thisProcess())).toBe(false)
  // Where the system does not tell when a process started, its number may be that of another one by now.
  expect(isRunningStill(thisProcess())).toBe(start !== '')
  const script = `import { hasEnded } from '${MODULE}'; process.stdout.write(String(hasEnded('${thisProcess()}')))`
  const seen = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  expect(seen.stdout).toBe('false')
})

it('one that ended has', () => {
  const name = spawnSync(process.execPath, ['--input-type=module', '-e', TELL], { encoding: 'utf8' }).stdout
  expect(name).toMatch(/^[0-9a-f]{16}:\d+:\d*$/)
  expect(hasEnded(name)).toBe(true)
  expect(isRunningStill(name)).toBe(false)
})

it('also when it was killed, and not before', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', `${TELL}; setInterval(() => 0, 1e6)`])
  const [name] = await once(child.stdout, 'data')
  expect(hasEnded(String(name))).toBe(false)
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
  expect(hasEnded(String(name))).toBe(true)
})

test.each`
  name                                     | ended           | because
  ${`0123456789abcdef:${pid}:${start}`}    | ${false}        | ${'another machine, boot or container'}
  ${'0123456789abcdef:4194304:1'}          | ${false}        | ${'there, whether it runs is not known'}
  ${`${realm}:4194304:1`}                  | ${true}         | ${'no system gives out such a number'}
  ${`${realm}:${pid}:`}                    | ${false}        | ${'the start is not known, and the number is taken'}
  ${`${realm}:0:${start}`}                 | ${false}        | ${'no process, but all of a group'}
  ${`${realm}:-1:${start}`}                | ${false}        | ${'no process, but all of them'}
  ${''}                                    | ${false}        | ${'not a name'}
  ${'someone'}                             | ${false}        | ${'not a name either'}
  ${`${realm}:1:${start === '' ? '' : 0}`} | ${start !== ''} | ${'the number was given out again'}
`('$name has ended: $ended, $because; that it still runs is certain of none', ({ name, ended }) => {
  expect(hasEnded(name)).toBe(ended)
  expect(isRunningStill(name)).toBe(false)
})
