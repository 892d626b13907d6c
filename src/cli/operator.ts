import { userInfo } from 'node:os'

/** Who runs the command, as the operating system names them: what the log is told about who did something. */
export function operatorName(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run as a user id that has no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
