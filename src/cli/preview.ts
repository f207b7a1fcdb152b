import { createReadStream } from 'node:fs';
import { Command } from 'commander';
import { reasonOf, UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Config } from '../config/config.ts';
import { findConfig, loadConfig } from '../config/load.ts';
import { fileSchema } from '../config/schema.ts';
import { identityFromHeader } from '../mail/identity.ts';
import { createParser } from '../mail/pool.ts';
import { type Request, requestOf, wireOf } from '../mail/request.ts';
import type { TextOptions } from '../mail/text.ts';
import { threadOf } from '../mail/thread.ts';
import { type ConfigOptions, withConfig } from './options.ts';

interface PreviewOptions extends ConfigOptions {
  readonly json?: boolean;
  readonly folder: string;
  readonly account?: string;
}

/**
 * `siftd preview FILE.eml`: the request that the daemon would send for this message, made by the same functions. Asks
 * nobody and changes nothing. A message that the daemon could not read fails here in the same way, exit code 1.
 */
export function previewCommand(): Command {
  return withConfig(new Command('preview'))
    .description('print the request that would be sent for a message')
    .argument('<file>', 'the message as a file, - for standard input')
    .option('--folder <name>', 'the folder that it would be found in', 'INBOX')
    .option('--account <name>', 'the account that it would be found in (default: the first of the configuration)')
    .option('--json', 'print the request as one JSON document')
    .action(async (file: string, options: PreviewOptions) => {
      const config =
        findConfig({ file: options.config }) === null ? null : loadConfig({ file: options.config, purpose: 'read' });
      const request = await preview(await contentOf(file), config, options);
      process.stdout.write(options.json === true ? `${JSON.stringify(wireOf(request), null, 2)}\n` : inWords(request));
    });
}

async function preview(source: Uint8Array, config: Config | null, options: PreviewOptions): Promise<Request> {
  const { messageId, references, headerHash } = identityFromHeader(source);
  const identity = { messageId, headerHash };
  const parser = createParser({ ...textOptions(config), size: 1 });
  try {
    const readable = await parser.parse({ kind: 'whole', source });
    if (!readable.ok) throw new UserError(readable.fault.message);
    return requestOf({
      identity,
      // A file has no server that knows its thread, and no history.
      thread: threadOf({ identity, references, threadId: null }, () => null),
      folder: options.folder,
      account: accountName(config, options.account),
      readable: readable.value,
      metadata: config?.classifier.metadata ?? {},
    });
  } finally {
    await parser.close();
  }
}

function textOptions(config: Config | null): TextOptions {
  return config?.body ?? fileSchema.parse({}).body;
}

function accountName(config: Config | null, wanted: string | undefined): string {
  const names = [...(config?.accounts.keys() ?? [])];
  if (wanted !== undefined && names.length > 0 && !names.includes(wanted)) {
    throw new UserError(`the configuration has no account ${JSON.stringify(wanted)}; it has ${names.join(', ')}`, 2);
  }
  return wanted ?? names[0] ?? 'default';
}

async function contentOf(file: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of file === '-' ? process.stdin : createReadStream(file)) {
      size += chunk.length;
      if (size > limits.parse.file)
        throw new UserError(`${file}: more than ${limits.parse.file} octets; that is no message`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof UserError ? error : new UserError(`cannot read ${file}: ${reasonOf(error)}`);
  }
  return Buffer.concat(chunks);
}

function inWords({ subject, body, externalRef, externalMetadata }: Request): string {
  return [
    `subject            ${subject}`,
    `external_ref       ${externalRef}`,
    `external_metadata  ${JSON.stringify(externalMetadata)}`,
    '',
    body,
    '',
  ].join('\n');
}
