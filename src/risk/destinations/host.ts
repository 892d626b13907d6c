const HOST_CHARS_MAX = 255
/** Already in the form that a URL parser would give it. */
const CANONICAL = /^(?:[a-z\d._-]*\.)?[a-z][a-z\d-]*$/
/** These need no slashes, or take wrong ones. */
const SPECIAL_SCHEME = /^(?:https?|wss?|ftp):[/\\]*/i
const ANY_SCHEME = /^[a-z][a-z\d+.:-]{1,40}:\/\//i
const DROPPED_BY_URL_PARSERS = /[\t\n\r]/g
const END_OF_AUTHORITY = /[/\\?#]/

/**
 * One spelling for each host: lower case, punycode, no trailing dot, an IP address as four numbers.
 * @returns undefined when no URL could hold it.
 */
export function canonicalHost(host: string): string | undefined {
  if (host.length > HOST_CHARS_MAX) return undefined
  if (CANONICAL.test(host)) return host
  const url = `http://${host}`
  if (!URL.canParse(url)) return undefined
  return new URL(url).hostname.replace(/\.+$/, '') || undefined
}

/** The host of an absolute URL of any scheme that has one; undefined for other text. Reads it as a browser would. */
export function hostOf(text: string): string | undefined {
  const url = text.replace(DROPPED_BY_URL_PARSERS, '')
  const scheme = SPECIAL_SCHEME.exec(url) ?? ANY_SCHEME.exec(url)
  if (scheme === null) return undefined
  const rest = url.slice(scheme[0].length)
  const end = rest.search(END_OF_AUTHORITY)
  const authority = end === -1 ? rest : rest.slice(0, end)
  return canonicalHost(withoutPort(authority.slice(authority.lastIndexOf('@') + 1)))
}

function withoutPort(host: string): string {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':')
  return end <= 0 ? host : host.slice(0, end)
}
