import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, test } from 'vitest'
import { DirectoryChanges } from '../../../src/audit/sqlite/directory-changes.ts'
import { tempDir } from '../../support/guards.ts'

const LONG_AGO = 1_000_000

/** A directory with a file in it, in which nothing has changed for long, and that was looked at. */
function quiet() {
  const path = join(tempDir(), 'log')
  mkdirSync(path)
  const file = join(path, 'file')
  writeFileSync(file, 'a')
  utimesSync(path, LONG_AGO, LONG_AGO)
  const changes = new DirectoryChanges(path)
  expect([changes.maybe(), changes.maybe()]).toEqual([true, false])
  return { path, file, changes }
}

type Quiet = ReturnType<typeof quiet>

test.each`
  what                                                  | change                                                         | told
  ${'a file is deleted'}                                | ${({ file }: Quiet) => rmSync(file)}                           | ${true}
  ${'a file is moved away'}                             | ${({ path, file }: Quiet) => renameSync(file, `${path}.file`)} | ${true}
  ${'a file is replaced'}                               | ${({ path, file }: Quiet) => replaced(path, file)}             | ${true}
  ${'a file is made'}                                   | ${({ path }: Quiet) => writeFileSync(join(path, 'new'), '')}   | ${true}
  ${'the directory is gone'}                            | ${({ path }: Quiet) => rmSync(path, { recursive: true })}      | ${true}
  ${'another one of the same time is put in its place'} | ${({ path }: Quiet) => otherDirectory(path)}                   | ${true}
  ${'a file is written to'}                             | ${({ file }: Quiet) => writeFileSync(file, 'b')}               | ${false}
`('when $what: $told', ({ change, told }) => {
  const place = quiet()
  change(place)
  expect(place.changes.maybe()).toBe(told)
})

function replaced(path: string, file: string): void {
  writeFileSync(`${path}.file`, 'b')
  renameSync(`${path}.file`, file)
}

function otherDirectory(path: string): void {
  renameSync(path, `${path}.away`)
  mkdirSync(path)
  utimesSync(path, LONG_AGO, LONG_AGO)
}

it('is in doubt while a change is so young that another one could have the same time', () => {
  const { path, changes } = quiet()
  writeFileSync(join(path, 'new'), '')
  expect([changes.maybe(), changes.maybe()]).toEqual([true, true])
})
