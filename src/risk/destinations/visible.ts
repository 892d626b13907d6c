const PRINTABLE_ASCII = /^[\x20-\x7e]*$/
const INVISIBLE = /\p{Cf}/gu

/** Text without what a reader can not see: compatibility forms made plain, formatting characters and outer space dropped. */
export const visible = (text: string): string =>
  PRINTABLE_ASCII.test(text) ? text.trim() : text.normalize('NFKC').replace(INVISIBLE, '').trim()
