import { describe, expect, it, test } from 'vitest'
import { answer, answerInAllowRule } from './judging.ts'

const opposite: Readonly<Record<string, string>> = { true: 'false', false: 'true', unknown: 'unknown' }

describe('whether a file is under a directory', () => {
  test.each`
    path                                 | says         | because
    ${'/srv/data'}                       | ${'true'}    | ${'the directory itself'}
    ${'/srv/data/'}                      | ${'true'}    | ${'the directory itself'}
    ${'/srv/data/a/b.txt'}               | ${'true'}    | ${'below it'}
    ${'/srv/./data//a'}                  | ${'true'}    | ${'dots and doubled slashes are nothing'}
    ${'//srv/data/a'}                    | ${'true'}    | ${'a doubled slash at the start too'}
    ${'/srv/x/../data/a'}                | ${'true'}    | ${'.. goes up'}
    ${'/../srv/data/a'}                  | ${'true'}    | ${'there is nothing above the root'}
    ${'/srv/data/../data/a'}             | ${'true'}    | ${'out and in again'}
    ${'/tmp'}                            | ${'true'}    | ${'the other directory'}
    ${'/srv/data/..'}                    | ${'false'}   | ${'one up'}
    ${'/srv/data/../../etc/passwd'}      | ${'false'}   | ${'out of it'}
    ${'/srv/database'}                   | ${'false'}   | ${'only begins like it'}
    ${'/srv'}                            | ${'false'}   | ${'above it'}
    ${'/etc/srv/data'}                   | ${'false'}   | ${'somewhere else'}
    ${'/'}                               | ${'false'}   | ${'the root'}
    ${'/srv/data...'}                    | ${'false'}   | ${'three dots are a name'}
    ${'srv/data/a'}                      | ${'unknown'} | ${'relative to who knows where'}
    ${'../srv/data'}                     | ${'unknown'} | ${'relative to who knows where'}
    ${'data'}                            | ${'unknown'} | ${'relative to who knows where'}
    ${'/SRV/data/a'}                     | ${'unknown'} | ${'the same to file systems without case'}
    ${'/srv/ｄata/a'}                    | ${'unknown'} | ${'the same to file systems that fold forms'}
    ${'/srv/data\\..\\..\\etc'}          | ${'unknown'} | ${'a backslash separates for some'}
    ${'/srv/data/%2e%2e/%2e%2e/etc'}     | ${'unknown'} | ${'an escape is decoded by some'}
    ${'/srv/data/%2E./x'}                | ${'unknown'} | ${'an escape is decoded by some'}
    ${'/srv/data/a\0.txt'}               | ${'unknown'} | ${'NUL ends the name for some'}
    ${'/srv/data/a\n'}                   | ${'unknown'} | ${'control characters are dropped by some'}
    ${'/srv/data/.\u200b./etc'}          | ${'unknown'} | ${'invisible characters are dropped by some'}
    ${'~/data'}                          | ${'unknown'} | ${'a home, to a shell'}
    ${'file:///srv/data/a'}              | ${'unknown'} | ${'a URL to some, a name to others'}
    ${'C:\\srv\\data'}                   | ${'unknown'} | ${'another system’s path'}
    ${'C:/srv/data'}                     | ${'unknown'} | ${'another system’s path'}
    ${''}                                | ${'unknown'} | ${'no path'}
    ${`/srv/data/${'a/'.repeat(2_100)}`} | ${'unknown'} | ${'longer than what is read'}
    ${5}                                 | ${'unknown'} | ${'no text'}
  `('$path: $says, $because', ({ path, says }) => {
    const under = { param: 'path', operator: 'path_under', value: ['/srv/data/', '/tmp'] }
    expect(answer(under, { path })).toBe(says)
    expect(answer({ ...under, operator: 'not_path_under' }, { path })).toBe(opposite[says as string])
  })

  test.each`
    path             | says         | because
    ${'out/a'}       | ${'true'}    | ${'below it'}
    ${'./out//a'}    | ${'true'}    | ${'below it'}
    ${'x/../out'}    | ${'true'}    | ${'.. goes up'}
    ${'in/a'}        | ${'false'}   | ${'another directory'}
    ${'out/../a'}    | ${'false'}   | ${'out of it'}
    ${'../out/a'}    | ${'unknown'} | ${'outside of where relative paths start'}
    ${'x/../../out'} | ${'unknown'} | ${'outside of where relative paths start'}
    ${'/work/out/a'} | ${'unknown'} | ${'who knows where relative paths start'}
  `('of a relative directory, $path: $says, $because', ({ path, says }) => {
    expect(answer({ param: 'path', operator: 'path_under', value: 'out' }, { path })).toBe(says)
  })

  it('of several files each is judged', () => {
    const under = { param: 'paths', operator: 'path_under', value: '/srv' }
    const paths = ['/srv/a', '/etc/passwd']
    expect(answer({ ...under, operator: 'not_path_under' }, { paths })).toBe('true')
    expect(answerInAllowRule(under, { paths })).toBe('unknown')
    expect(answerInAllowRule(under, { paths: ['/srv/a', '/srv/b'] })).toBe('true')
  })

  it('takes the root and the place where relative paths start as directories', () => {
    expect(answer({ param: 'p', operator: 'path_under', value: '/' }, { p: '/etc/passwd' })).toBe('true')
    expect(answer({ param: 'p', operator: 'path_under', value: '.' }, { p: 'a/b' })).toBe('true')
    expect(answer({ param: 'p', operator: 'path_under', value: '.' }, { p: '../b' })).toBe('unknown')
  })
})
