/**
 * The text that describes a vmdk, in a file of its own or inside of a sparse one. Read as leniently as qemu does, which
 * finds its keys anywhere in the text (block/vmdk.c).
 */

export interface Extent {
  /** `SPARSE`, `FLAT`, `VMFS`, `ZERO`, … */
  readonly type: string;
  /** Undefined where there is none, as of `ZERO`. */
  readonly name: string | undefined;
}

export interface VmdkDescriptor {
  readonly createType: string | undefined;
  readonly extents: readonly Extent[];
  /** Of a parent, where it names one. */
  readonly parentName: string | undefined;
  readonly hasParent: boolean;
}

/** A line of text has no end of use beyond this. */
const LINE_CHARS = 4096;
const NO_PARENT = /^f{8}$/i;

export function parseDescriptor(text: string): VmdkDescriptor {
  const parentName = /parentFileNameHint\s*=\s*"([^"\r\n]{0,1024})/i.exec(text)?.[1];
  const parentCid = /parentCID\s*=\s*"?([0-9a-f]{1,16})/i.exec(text)?.[1];
  return {
    createType: /createType\s*=\s*"([^"\r\n]{0,64})/i.exec(text)?.[1],
    extents: extentsOf(text),
    parentName,
    hasParent: /parentFileNameHint/i.test(text) || (parentCid !== undefined && !NO_PARENT.test(parentCid)),
  };
}

/** `RW 4192256 SPARSE "disk-s001.vmdk"`: access, sectors, type, name and an offset. */
function extentsOf(text: string): readonly Extent[] {
  return text.split(/[\r\n\0]+/).flatMap((line): Extent[] => {
    const words = /^[ \t]*(?:RW|RDONLY|NOACCESS)[ \t]+\S{1,20}[ \t]+(\w{1,16})[ \t]*(?:"([^"]*)|$)?/i.exec(
      line.slice(0, LINE_CHARS),
    );
    const type = words?.[1];
    return type === undefined ? [] : [{ type: type.toUpperCase(), name: words?.[2] }];
  });
}
