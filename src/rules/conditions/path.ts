import { type CleanPath, cleanPath, DirectorySet } from '../file-path.ts'
import { eachText, type Reader } from './elements.ts'
import { type Operator, pair } from './operator.ts'
import { DIRECTORIES_VALUE, problemsAmong } from './values.ts'

const READER: Reader<CleanPath> = { read: cleanPath, steps: 400, stepsPerCharacter: 15 }

export const PATHS: readonly Operator[] = pair({
  schema: DIRECTORIES_VALUE,
  is: { name: 'path_under', description: 'The file path is one of these directories or below one of them.' },
  isNot: {
    name: 'not_path_under',
    description: 'The file path is outside all of these directories, or it is missing.',
  },
  prepare: (value) => {
    const directories = new DirectorySet()
    const problems = problemsAmong(value, {
      isGood: (entry) => directories.add(entry),
      code: 'bad_directory',
      wanted: 'a directory such as /srv/data, with / between names and without ".."',
    })
    if (problems.length > 0) return { problems }
    return eachText(READER, (path) => directories.covers(path))
  },
})
