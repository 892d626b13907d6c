/** A path is known by the first of its directories: `/home/bob/reports/may.csv` goes to `/home/bob`. */
const DIRECTORIES_KEPT = 2

const PATH_CHARS_MAX = 4_096
const FILE_URL = /^file:\/*(?=\/)/i
/** `/`, `~`, `~bob`, `C:\`, `\\server`, each also with the slashes the other way round. */
const ROOT = /^(?:[/\\]|~[\w.-]*(?=[/\\]|$)|[a-z]:[/\\])/i

/**
 * The first directories of an absolute path (from `/`, `~`, a drive, `\\server` or `file:`), with `.` and `..` worked out; undefined for other text.
 * Paths of Windows are not told apart by case.
 */
export function directoryOf(text: string): string | undefined {
  if (text.length > PATH_CHARS_MAX || /[\n\r]/.test(text)) return undefined
  const path = FILE_URL.test(text) ? decoded(text.replace(FILE_URL, '')) : text
  const root = ROOT.exec(path)?.[0]
  if (root === undefined) return undefined
  const isWindows = path.startsWith('\\\\') || /^[a-z]:/i.test(path)
  const directories = resolved(path.slice(root.length), root.startsWith('~')).slice(0, DIRECTORIES_KEPT)
  const name = [rootName(path, root), ...directories].join('/')
  return isWindows ? name.toLowerCase() : name || '/'
}

function rootName(path: string, root: string): string {
  if (path.startsWith('\\\\')) return '/'
  return root.startsWith('~') ? root : root.slice(0, -1)
}

/** The directories of a path below its root. The last segment is a file unless a slash follows it. */
function resolved(path: string, mayLeaveRoot: boolean): readonly string[] {
  const segments = path.split(/[/\\]/)
  const last = segments.pop()
  if (last === '..') segments.push(last)
  const directories: string[] = []
  for (const segment of segments) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') directories.push(segment)
    else if (directories.length > 0 && directories.at(-1) !== '..') directories.pop()
    else if (mayLeaveRoot) directories.push(segment)
  }
  return directories
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
