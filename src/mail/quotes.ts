/**
 * Takes quoted replies out of a text: lines behind `>` with the line that introduces them, and everything below a
 * reply's header block. A forwarded message stays, it is what the mail is about. May leave nothing.
 */
export function withoutQuotes(text: string): string {
  const lines = text.split('\n');
  const kept: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line.startsWith('>')) {
      const end = endOfQuote(lines, at);
      if (lines.slice(at, at + 3).some((quoted) => forwarding.test(quoted))) kept.push(...lines.slice(at, end));
      else dropIntroduction(kept);
      at = end - 1;
    } else if (forwarding.test(line)) {
      kept.push(...lines.slice(at));
      break;
    } else if (separator.test(line) || isReplyHeader(lines, at) || isLastIntroduction(lines, at)) {
      break;
    } else {
      kept.push(line);
    }
  }
  return kept.join('\n').trim();
}

const forwarding =
  /^[> ]*(?:-{5,} ?(?:Forwarded message|Weitergeleitete Nachricht|Message transféré|Mensaje reenviado) ?-{5,}|(?:Begin forwarded message|Anfang der weitergeleiteten Nachricht|Début du message (?:réexpédié|transféré)) ?:$)/i;

/** Outlook's line above the message that it answers, and its kin. */
const separator =
  /^-{3,} ?(?:Original Message|Original Appointment|Ursprüngliche Nachricht|Originalnachricht|Message d'origine|Mensaje original|Messaggio originale|Oorspronkelijk bericht) ?-{3,}$/i;

const from = /^\*?(?:From|Von|De|Da|Van) ?:\*? ?\S/i;
const date = /^\*?(?:Sent|Date|Gesendet|Datum|Envoyé|Enviado|Fecha|Inviato|Data|Verzonden) ?:\*? ?\S/i;
const about = /^\*?(?:To|Subject|An|Betreff|À|A|Objet|Para|Asunto|Oggetto|Aan|Onderwerp) ?:\*? ?\S/i;

/** Outlook's "From: Sent: To: Subject:" above the message that it answers, without any other sign. */
function isReplyHeader(lines: readonly string[], at: number): boolean {
  if (!from.test(lines[at] ?? '')) return false;
  const next = lines.slice(at + 1, at + 6);
  return next.some((line) => date.test(line)) && next.some((line) => about.test(line));
}

const wrote = /[ *](?:wrote|writes|schrieb|schreibt|écrit|escribió|scritto|schreef|skrev|napisał)(?:[ :,]|$)/i;
const opens = /^(?:On|Am|Le|El|Il|Op|Den|Em|W dniu) /i;

/** How many of the lines from `at` on are an introduction such as "On Monday, Ann wrote:", wrapped or not; 0: none. */
function introduction(lines: readonly string[], at: number): number {
  if (!opens.test(lines[at] ?? '')) return 0;
  for (let length = 1; length <= 3; length++) {
    const last = lines[at + length - 1] ?? '';
    if (last === '') return 0;
    if (!/ ?:$/.test(last)) continue;
    const sentence = lines.slice(at, at + length).join(' ');
    return sentence.length < 400 && wrote.test(sentence) ? length : 0;
  }
  return 0;
}

/** An introduction with a date in it, and no `>` below it: what follows is the quotation itself, or nothing. */
function isLastIntroduction(lines: readonly string[], at: number): boolean {
  const length = introduction(lines, at);
  if (length === 0 || !/\d/.test(lines.slice(at, at + length).join(' '))) return false;
  const next = lines.slice(at + length, at + length + 3).find((line) => line !== '');
  return next === undefined || !next.startsWith('>');
}

/** The quotation's last line + 1. A single empty line between two quoted ones belongs to it. */
function endOfQuote(lines: readonly string[], from: number): number {
  let end = from + 1;
  while (lines[end]?.startsWith('>') || (lines[end] === '' && lines[end + 1]?.startsWith('>'))) end += 1;
  return end;
}

/** Takes the lines that introduce a quotation off the end of what was kept. */
function dropIntroduction(kept: string[]): void {
  while (kept.at(-1) === '') kept.pop();
  for (let length = 1; length <= 3 && length <= kept.length; length++) {
    if (introduction(kept, kept.length - length) === length) {
      kept.length -= length;
      return;
    }
  }
  // "Ann Example writes:" and "Ann Example schrieb am 1.2.2024:" open with a name.
  const last = kept.at(-1) ?? '';
  if (last.endsWith(':') && last.length < 400 && wrote.test(last)) kept.pop();
}
