import { createReadStream, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { CommandError } from '../terminal.ts'

const LOG_FILE_ENDING = '.jsonl'

/** One line of a file that is not empty. */
export interface Line {
  readonly text: string
  /** From 1. */
  readonly number: number
}

/**
 * The log files that are named, and those in the directories that are named, by the day in their names: what is usual is learned in
 * the order in which it happened.
 * @throws CommandError for a directory without any.
 */
export function logFiles(paths: readonly string[]): readonly string[] {
  const byDay = (one: string, other: string): number => (basename(one) < basename(other) ? -1 : 1)
  return paths.flatMap((path) => (statSync(path).isDirectory() ? filesIn(path) : [path])).toSorted(byDay)
}

function filesIn(directory: string): readonly string[] {
  const files = readdirSync(directory).filter((name) => name.endsWith(LOG_FILE_ENDING))
  if (files.length === 0) throw new CommandError(`there are no ${LOG_FILE_ENDING} files in ${directory}`)
  return files.map((name) => join(directory, name))
}

export async function* linesOf(path: string): AsyncGenerator<Line> {
  let number = 0
  for await (const text of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number++
    if (text.trim() !== '') yield { text, number }
  }
}
