/** What an unknown thrown value has to say. Never throws itself. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error)
  } catch {
    return 'an error that can not be read'
  }
}

/** The name of the class of an unknown thrown value. Never throws itself. */
export function errorClassOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.name) : typeof error
  } catch {
    return 'unreadable'
  }
}
