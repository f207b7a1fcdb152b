/** Small but honest files: a viewer opens each of them, and the same name gives the same bytes on every machine. */
export interface Attachment {
  readonly filename: string;
  readonly contentType: string;
  readonly content: Buffer;
}

/** A grey ramp of 16 by 16 pixels. Kept as bytes, since another zlib may pack the same pixels differently. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAAAAAA6mKC9AAAAOElEQVR42l3BEQIAIQAAwX1CHMdxHMdxHB8fx3HcO/OdIQhRSEIWilCFJnRh' +
    'CFP4hF9YwhaOcOUBPo5bAVga+2AAAAAASUVORK5CYII=',
  'base64',
);

/** Grey, 8 by 8 pixels: a whole JPEG of one block. */
const jpeg = Buffer.from(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB' +
    'AQEBAQEBAQH/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z',
  'base64',
);

const kinds: Readonly<Record<string, { contentType: string; bytes: (filename: string) => Buffer }>> = {
  pdf: { contentType: 'application/pdf', bytes: pdf },
  png: { contentType: 'image/png', bytes: () => png },
  jpg: { contentType: 'image/jpeg', bytes: () => jpeg },
  csv: { contentType: 'text/csv', bytes: () => Buffer.from('invoice;amount;paid\r\n2026-10544;208.50;\r\n') },
};

/** The file that a letter names. Throws on an extension that no letter was meant to have. */
export function attachment(filename: string): Attachment {
  const kind = kinds[filename.slice(filename.lastIndexOf('.') + 1)];
  if (kind === undefined) {
    throw new Error(`no sample bytes for ${filename}`);
  }
  return { filename, contentType: kind.contentType, content: kind.bytes(filename) };
}

/** One page that shows its own name. The table of offsets at the end is what makes it open without a repair. */
function pdf(filename: string): Buffer {
  const title = filename.replace(/[\\()]/g, '\\$&');
  const page = `BT /F1 14 Tf 72 770 Td (${title}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${page.length} >>\nstream\n${page}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  ];
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(offset).padStart(10, '0')} 00000 n \n`;
  });
  const size = objects.length + 1;
  const table = `xref\n0 ${size}\n0000000000 65535 f \n${offsets.join('')}`;
  return Buffer.from(
    `${file}${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`,
    'latin1',
  );
}
