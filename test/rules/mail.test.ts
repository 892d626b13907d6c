import { describe, expect, it, test } from 'vitest'
import { answer, answerInAllowRule } from './judging.ts'

const OURS = ['good.com', '*.good.com', 'español.example']
const inside = { param: 'to', operator: 'email_domain_in', value: OURS }
const outside = { param: 'to', operator: 'not_email_domain_in', value: OURS }

describe('where a mail goes', () => {
  test.each`
    to                                              | in           | notIn        | because
    ${'ann@good.com'}                               | ${'true'}    | ${'false'}   | ${'the domain itself'}
    ${'ann@GOOD.com'}                               | ${'true'}    | ${'false'}   | ${'domains have no case'}
    ${'ann@good.com.'}                              | ${'true'}    | ${'false'}   | ${'a final dot changes nothing'}
    ${'ann@mail.eu.good.com'}                       | ${'true'}    | ${'false'}   | ${'below the domain'}
    ${'ann@evil.com'}                               | ${'false'}   | ${'true'}    | ${'another domain'}
    ${'ann@good.com.evil.com'}                      | ${'false'}   | ${'true'}    | ${'only looks like it from the front'}
    ${'ann@notgood.com'}                            | ${'false'}   | ${'true'}    | ${'only looks like it from the back'}
    ${'ann@español.example'}                        | ${'true'}    | ${'false'}   | ${'international names compare in their ASCII form'}
    ${'ann@xn--espaol-zwa.example'}                 | ${'true'}    | ${'false'}   | ${'the ASCII form itself'}
    ${'ann@gооd.com'}                               | ${'false'}   | ${'true'}    | ${'Cyrillic letters make another name'}
    ${'Ann <ann@good.com>'}                         | ${'true'}    | ${'false'}   | ${'a display name'}
    ${'"Doe, Ann" <ann@good.com>'}                  | ${'true'}    | ${'false'}   | ${'a comma inside quotes separates nothing'}
    ${'<ann@good.com>'}                             | ${'true'}    | ${'false'}   | ${'an empty display name'}
    ${'ann@good.com, bob@good.com; c@good.com'}     | ${'true'}    | ${'false'}   | ${'all are ours'}
    ${'ann@good.com,'}                              | ${'true'}    | ${'false'}   | ${'an empty entry is no address'}
    ${'ann+tag@good.com'}                           | ${'true'}    | ${'false'}   | ${'tags are part of the name'}
    ${'ann@good.com, eve@evil.com'}                 | ${'true'}    | ${'true'}    | ${'one is ours and one is not'}
    ${'"x, y" <ann@good.com>; eve@evil.com'}        | ${'true'}    | ${'true'}    | ${'one is ours and one is not'}
    ${['ann@good.com', 'eve@evil.com']}             | ${'true'}    | ${'true'}    | ${'a list is judged entry by entry'}
    ${['ann@good.com', 'b@good.com, eve@evil.com']} | ${'true'}    | ${'true'}    | ${'lists in a list too'}
    ${['eve@evil.com']}                             | ${'false'}   | ${'true'}    | ${'a list is judged entry by entry'}
    ${[]}                                           | ${'false'}   | ${'false'}   | ${'nobody is written to'}
    ${['eve@evil.com', 7]}                          | ${'unknown'} | ${'true'}    | ${'one entry is no text'}
    ${'eve@evil.com <ann@good.com>'}                | ${'unknown'} | ${'unknown'} | ${'which of the two is meant'}
    ${'"eve@evil.com" <ann@good.com>'}              | ${'unknown'} | ${'unknown'} | ${'which of the two is meant'}
    ${'<ann@good.com> <eve@evil.com>'}              | ${'unknown'} | ${'unknown'} | ${'which of the two is meant'}
    ${'ann@good.com eve@evil.com'}                  | ${'unknown'} | ${'unknown'} | ${'white space separates for some readers'}
    ${'ann@good.com\neve@evil.com'}                 | ${'unknown'} | ${'unknown'} | ${'a line break starts a new header'}
    ${'ann@good.com\r\nBcc: eve@evil.com'}          | ${'unknown'} | ${'unknown'} | ${'a line break starts a new header'}
    ${'ann@evil.com@good.com'}                      | ${'unknown'} | ${'unknown'} | ${'two @'}
    ${'eve%evil.com@good.com'}                      | ${'unknown'} | ${'unknown'} | ${'the percent hack routes onward'}
    ${'evil.com!eve@good.com'}                      | ${'unknown'} | ${'unknown'} | ${'the bang path routes onward'}
    ${'<@good.com:eve@evil.com>'}                   | ${'unknown'} | ${'unknown'} | ${'a source route'}
    ${'eve＠evil.com@good.com'}                     | ${'unknown'} | ${'unknown'} | ${'a full-width @ is an @ to some'}
    ${'ann@ｇｏｏｄ.com'}                           | ${'unknown'} | ${'unknown'} | ${'full-width letters are folded by some'}
    ${'ann@good。com'}                              | ${'unknown'} | ${'unknown'} | ${'an ideographic full stop is a dot to some'}
    ${'ann@go\u00adod.com'}                         | ${'unknown'} | ${'unknown'} | ${'a soft hyphen is dropped by some'}
    ${'ann@go\u200bod.com'}                         | ${'unknown'} | ${'unknown'} | ${'a zero-width space is dropped by some'}
    ${'ann(comment)@good.com'}                      | ${'unknown'} | ${'unknown'} | ${'comments are read by few'}
    ${'"ann"@good.com'}                             | ${'unknown'} | ${'unknown'} | ${'quoted names are read by few'}
    ${'friends: ann@good.com, eve@evil.com;'}       | ${'unknown'} | ${'unknown'} | ${'group syntax is read by few'}
    ${'mailto:ann@good.com'}                        | ${'unknown'} | ${'unknown'} | ${'a URL is no address'}
    ${'"ann@good.com'}                              | ${'unknown'} | ${'unknown'} | ${'the quote stays open'}
    ${'ann@[192.0.2.1]'}                            | ${'unknown'} | ${'unknown'} | ${'an address literal has no domain'}
    ${'ann@192.0.2.1'}                              | ${'unknown'} | ${'unknown'} | ${'a number is no domain'}
    ${'ann@go%6Fd.com'}                             | ${'unknown'} | ${'unknown'} | ${'an escape is decoded by some'}
    ${'ann@good..com'}                              | ${'unknown'} | ${'unknown'} | ${'an empty part of a name'}
    ${'ann@'}                                       | ${'unknown'} | ${'unknown'} | ${'no domain'}
    ${'@good.com'}                                  | ${'unknown'} | ${'unknown'} | ${'nobody'}
    ${'ann'}                                        | ${'unknown'} | ${'unknown'} | ${'no address'}
    ${''}                                           | ${'unknown'} | ${'unknown'} | ${'no address'}
    ${' , ; '}                                      | ${'unknown'} | ${'unknown'} | ${'no address'}
    ${5}                                            | ${'unknown'} | ${'unknown'} | ${'no text'}
    ${{ email: 'ann@good.com' }}                    | ${'unknown'} | ${'unknown'} | ${'no text'}
  `('$to: in $in, not in $notIn, because $because', ({ to, in: isIn, notIn }) => {
    expect(answer(inside, { to })).toBe(isIn)
    expect(answer(outside, { to })).toBe(notIn)
  })

  it('in an allow rule all recipients must be ours', () => {
    expect(answerInAllowRule(inside, { to: 'ann@good.com, bob@good.com' })).toBe('true')
    expect(answerInAllowRule(inside, { to: 'ann@good.com, eve@evil.com' })).toBe('unknown')
    expect(answerInAllowRule(inside, { to: ['ann@good.com', 'eve@evil.com'] })).toBe('unknown')
    expect(answerInAllowRule(inside, { to: [] })).toBe('false')
    expect(answerInAllowRule(outside, { to: 'eve@evil.com, ann@good.com' })).toBe('unknown')
  })

  it('is judged through a path to each recipient', () => {
    const each = { ...outside, param: 'mail.to[].address' }
    const mail = { to: [{ address: 'ann@good.com' }, { address: 'eve@evil.com' }] }
    expect(answer(each, { mail })).toBe('true')
  })
})

describe('which domains an entry names', () => {
  test.each`
    entry            | domain             | says       | because
    ${'good.com'}    | ${'good.com'}      | ${'true'}  | ${'exactly that one'}
    ${'good.com'}    | ${'mail.good.com'} | ${'false'} | ${'none below it'}
    ${'*.good.com'}  | ${'mail.good.com'} | ${'true'}  | ${'those below it'}
    ${'*.good.com'}  | ${'a.b.good.com'}  | ${'true'}  | ${'those below it, however far'}
    ${'*.good.com'}  | ${'good.com'}      | ${'false'} | ${'not itself'}
    ${'.good.com'}   | ${'mail.good.com'} | ${'true'}  | ${'the same as *.'}
    ${'GOOD.com.'}   | ${'good.com'}      | ${'true'}  | ${'case and a final dot change nothing'}
    ${'ESPAÑOL.com'} | ${'español.com'}   | ${'true'}  | ${'in any case and form'}
    ${'localhost'}   | ${'localhost'}     | ${'true'}  | ${'a name without a dot'}
  `('$entry and $domain: $says, $because', ({ entry, domain, says }) => {
    expect(answer({ param: 'to', operator: 'email_domain_in', value: entry }, { to: `ann@${domain}` })).toBe(says)
  })
})
