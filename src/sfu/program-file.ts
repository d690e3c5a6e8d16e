/** What kind of program a file is, from its first bytes: enough to say why a host can't run it. */

/** ELF's e_machine, as Node.js names architectures. */
const elfMachines: Record<number, string> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64', 243: 'riscv64' };
/** Mach-O's cputype. */
const machTypes: Record<number, string> = { 16777223: 'x64', 16777228: 'arm64' };
/** 64-bit kernels run these too. */
const alsoRuns: Record<string, readonly string[]> = { x64: ['ia32'], arm64: ['arm'] };
const systems: Record<string, string> = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' };

/** How many bytes of the file's beginning {@link whyNotRunnable} wants. */
export const headerSize = 4096;

/**
 * Why a file that begins with `header` is no program for this host, or undefined when it looks like one.
 * @param size the whole file's, in bytes
 */
export function whyNotRunnable(
  header: Buffer,
  size: number,
  host: { platform: string; arch: string },
): string | undefined {
  if (size === 0) return 'is empty';
  if (beginsScript(header)) return undefined;
  const program = readHeader(header);
  if (program === undefined) return 'is not a program (neither ELF nor Mach-O nor a script)';
  const { platform, arch, end } = program;
  if (platform !== host.platform || (arch !== host.arch && !alsoRuns[host.arch]?.includes(arch))) {
    return `is built for ${systems[platform]} on ${arch}, and this host is ${systems[host.platform] ?? host.platform} on ${host.arch}`;
  }
  if (end > size) return `is cut short: ${size} bytes, and its header speaks of ${end}`;
  return undefined;
}

export function beginsScript(header: Buffer): boolean {
  return header.subarray(0, 2).toString('latin1') === '#!';
}

function readHeader(header: Buffer): { platform: string; arch: string; end: number } | undefined {
  if (header.length >= 20 && header.readUInt32BE(0) === 0x7f454c46) {
    return {
      platform: 'linux',
      arch: elfMachines[header.readUInt16LE(18)] ?? 'another',
      end: elfEnd(header),
    };
  }
  if (header.length >= 8 && header.readUInt32LE(0) === 0xfeedfacf) {
    return { platform: 'darwin', arch: machTypes[header.readUInt32LE(4)] ?? 'another', end: 0 };
  }
  if (header.subarray(0, 2).toString('latin1') === 'MZ') return { platform: 'win32', arch: 'x64', end: 0 };
  return undefined;
}

/** Where the last segment of a 64-bit ELF file ends; 0 when the header at hand doesn't say. */
function elfEnd(header: Buffer): number {
  const is64Bit = header[4] === 2;
  if (!is64Bit || header.length < 64) return 0;
  const table = Number(header.readBigUInt64LE(32));
  const entrySize = header.readUInt16LE(54);
  let end = 0;
  for (let i = 0; i < header.readUInt16LE(56); i += 1) {
    const entry = table + i * entrySize;
    if (entry + 40 > header.length) break;
    end = Math.max(end, Number(header.readBigUInt64LE(entry + 8) + header.readBigUInt64LE(entry + 32)));
  }
  return end;
}
