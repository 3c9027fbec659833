import * as v from 'valibot';
import { jsonObject } from '../json-object.js';
import { defined, flag, nicety } from './wire-values.js';

/** How far the server is with what it makes: an image, an export. */
export interface OpStatus {
  readonly complete: boolean;
  readonly error: boolean;
  readonly cancelled: boolean;
  readonly percentage?: string;
  /** Untrusted. */
  readonly message?: string;
}

export const STATUS = v.pipe(
  jsonObject({
    complete: flag,
    error: flag,
    cancelled: flag,
    percentage: nicety,
    message: nicety,
    errorMessage: nicety,
    detailedErrorMsg: nicety,
  }),
  v.transform(
    (status): OpStatus => ({
      complete: status.complete === true,
      error: status.error === true,
      cancelled: status.cancelled === true,
      ...defined('percentage', status.percentage),
      ...defined('message', status.errorMessage ?? status.detailedErrorMsg ?? status.message),
    }),
  ),
);

/** 0 to 100; undefined when the server does not say. */
export function percentOfStatus(status: OpStatus | undefined): number | undefined {
  const percent = /^[0-9]{1,3}$/.test(status?.percentage ?? '') ? Number(status?.percentage) : undefined;
  return percent === undefined || percent > 100 ? undefined : percent;
}
