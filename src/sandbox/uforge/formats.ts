/** A format that images are generated in: the platform's own word for it, and the name that people see. */
export interface Format {
  /** One of the schema's list. */
  readonly primitive: string;
  readonly display: string;
  readonly type: 'cloud' | 'virtual' | 'container' | 'physical';
  /** Of a file of this format. */
  readonly extension: string;
}

export const FORMATS: readonly Format[] = [
  { primitive: 'targz', display: 'TAR.GZ', type: 'virtual', extension: 'tar.gz' },
  { primitive: 'vmware', display: 'VMware Workstation', type: 'virtual', extension: 'zip' },
  { primitive: 'qcow2', display: 'QCOW2', type: 'virtual', extension: 'qcow2' },
  { primitive: 'vbox', display: 'VirtualBox', type: 'virtual', extension: 'tar.gz' },
  { primitive: 'ovf', display: 'OVF or OVA', type: 'virtual', extension: 'tar.gz' },
  { primitive: 'openstackqcow2', display: 'OpenStack QCOW2', type: 'cloud', extension: 'qcow2' },
  { primitive: 'aws', display: 'Amazon AWS', type: 'cloud', extension: 'raw' },
  { primitive: 'docker', display: 'Docker', type: 'container', extension: 'tar' },
];

/** @throws Error when there is none: a mistake in the tables of the sandbox */
export function formatOf(primitive: string): Format {
  const format = FORMATS.find((candidate) => candidate.primitive === primitive);
  if (format === undefined) throw new Error(`the sandbox has no format "${primitive}"`);
  return format;
}
