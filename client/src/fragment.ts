// The place within a page that a URL's fragment names, as HTML finds it ("find a potential indicated element").

/** Null: the top of the page, or no place of it. */
export function elementOfFragment(hash: string): Element | null {
  const raw = hash.replace(/^#/, '');
  if (raw === '') return null;
  return document.getElementById(raw) ?? elementNamed(leniently(raw));
}

function elementNamed(name: string): Element | null {
  return document.getElementById(name) ?? document.querySelector(`a[name="${CSS.escape(name)}"]`);
}

/** Decodes the escapes; a "%" that begins none is itself, and bytes that are no UTF-8 are replaced. */
function leniently(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    const bytes = escapes.match(/[0-9a-f]{2}/gi) ?? [];
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes, (byte) => parseInt(byte, 16)));
  });
}
