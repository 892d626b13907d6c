import { accessSync, constants, type Stats, statfsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { readKeyBeside } from '../../audit/key.ts'
import { readHead } from '../../audit/sqlite/head.ts'
import { statusOf } from '../../audit/sqlite/place.ts'
import { createSqliteStore } from '../../audit/sqlite/store.ts'
import { systemClock } from '../../support/clock.ts'
import { counted } from '../command.ts'
import { type LogPlaceOptions, logPath, openLog } from '../log-place.ts'
import type { Terminal } from '../terminal.ts'
import { verified } from '../verify.ts'
import { type Finding, fail, finding, ok, warn } from './finding.ts'

const COMPANIONS = ['', '-wal', '-shm', '.head'] as const
const OTHERS = 0o077
const OTHERS_WRITE = 0o022
const IS_POSIX = process.platform !== 'win32'
/** Clocks of processes on one log may differ by so much. */
const AHEAD_MAX_MS = 300_000
const NEWEST_EVENTS = 100
/** A call or two may still fit into less; a guard that goes on needs more. */
const SPACE_MIN_BYTES = 2 ** 20

/** Whether the audit log is there, private, whole, and of this time. Only reads. */
export async function logFindings(terminal: Terminal, place: LogPlaceOptions): Promise<readonly Finding[]> {
  const path = resolve(logPath(terminal, place))
  if (statusOf(path) === undefined) return [noLog(path)]
  const unusable = await unusableFinding(path)
  // Its mode, key and head are no business of ours where it may be the file of somebody else.
  if (unusable !== undefined) return [unusable]
  const database = await finding('database', () => databaseFinding(path))
  const others = [
    finding('permissions', () => permissions(path)),
    finding('key', () => key(terminal, path)),
    finding('head', () => head(path)),
  ]
  if (database.status === 'fail') return [database, ...(await Promise.all(others))]
  others.push(
    finding('chain', () => chain(terminal, place)),
    finding('clock', () => clock(terminal, place)),
  )
  return [database, ...(await Promise.all(others))]
}

/** It is made where there is none, in a directory that may have to be made as well. */
function noLog(path: string): Finding {
  let place = dirname(path)
  while (statusOf(place) === undefined) place = dirname(place)
  const found = `there is no log at ${path} yet`
  return isWritable(place)
    ? warn('database', found, 'the first call of a guard makes it; or name another with --db')
    : fail('database', `${found}, and ${place} can not be written by this user`, GIVE_IT)
}

const GIVE_IT = 'give it to the user that runs the guard, or name another place with --db'

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Looks without the key, which has a check of its own. */
async function unusableFinding(path: string): Promise<Finding | undefined> {
  const opened = await finding('database', async () => {
    const store = createSqliteStore({ path, key: () => undefined, writer: 'inline', readOnly: true })
    try {
      await store.open()
      return ok('database', 'opened')
    } finally {
      await store.close()
    }
  })
  return opened.status === 'fail' ? opened : undefined
}

function databaseFinding(path: string): Finding {
  const closed = [path, dirname(path)].find((needed) => !isWritable(needed))
  if (closed !== undefined) return fail('database', `${closed} can not be written by this user`, GIVE_IT)
  const { bavail, bsize } = statfsSync(dirname(path))
  if (bavail * bsize < SPACE_MIN_BYTES)
    return fail('database', `no space is left on the disk of ${path}`, 'free some: a guard refuses calls meanwhile')
  return ok('database', path)
}

function permissions(path: string): Finding {
  if (!IS_POSIX) return ok('permissions', 'not looked at on Windows')
  const open = COMPANIONS.map((ending) => path + ending).filter((file) => isOpenTo(statusOf(file), OTHERS))
  if (open.length > 0)
    return fail('permissions', `others may read or write ${open.join(', ')}`, `chmod 600 ${open.join(' ')}`)
  const directory = dirname(path)
  if (isOpenTo(statusOf(directory), OTHERS_WRITE))
    return fail('permissions', `others may replace the log: they may write to ${directory}`, `chmod go-w ${directory}`)
  if (isOpenTo(statusOf(directory), OTHERS))
    return warn('permissions', `others may look into ${directory}`, `chmod 700 ${directory}`)
  return ok('permissions', 'for their owner alone')
}

const isOpenTo = (found: Stats | undefined, who: number): boolean => found !== undefined && (found.mode & who) !== 0

function key({ env }: Terminal, path: string): Finding {
  if (env.SENTINEL_AUDIT_KEY !== undefined) return ok('key', 'from SENTINEL_AUDIT_KEY')
  if (readKeyBeside(path) !== undefined)
    return ok('key', 'in audit.key beside the log; keep it elsewhere where others may write the log')
  return warn(
    'key',
    'it is not here, so nothing can be proved of the log',
    'set SENTINEL_AUDIT_KEY to the key of the guard',
  )
}

function head(path: string): Finding {
  const found = readHead(`${path}.head`)
  if (found !== undefined) return ok('head', `names event ${found.seq}, of ${found.time}`)
  return warn(
    'head',
    'there is no head file beside the log, so a cut end would not be found',
    'put it back; where the guard has an `auditHeadPath`, use `sentinel verify --head`',
  )
}

async function chain(terminal: Terminal, place: LogPlaceOptions): Promise<Finding> {
  const verification = await verified(terminal, place)
  const events = counted(verification.events, 'event')
  if (verification.status === 'intact') return ok('chain', `${events}, intact`)
  const { because } = verification
  if (verification.status === 'not-verifiable')
    return warn('chain', `${events}, not verifiable: ${because}`, 'give the key, and run `sentinel verify`')
  return fail(
    'chain',
    `broken at event ${verification.seq}: ${because}`,
    'is this the key of the guard (SENTINEL_AUDIT_KEY)? If it is, keep a copy of the file as it is, find out who wrote to it, and begin a new log',
  )
}

async function clock(terminal: Terminal, place: LogPlaceOptions): Promise<Finding> {
  const store = openLog(terminal, place, { readOnly: true })
  try {
    const times = (await store.query({ limit: NEWEST_EVENTS })).map(({ time }) => time)
    const newest = times.toSorted().at(-1)
    if (newest === undefined) return ok('clock', 'there is no event to hold it against')
    if (Date.parse(newest) <= systemClock.now() + AHEAD_MAX_MS)
      return ok('clock', `after the newest event, of ${newest}`)
    return fail('clock', `the newest event is of ${newest}, which is still to come`, 'set the clock of this machine')
  } finally {
    await store.close()
  }
}
