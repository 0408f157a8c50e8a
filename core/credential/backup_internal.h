/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the names of what a backup's certificates carry: object identifiers below a UUID (ITU-T X.667), which need no registration. Octet
 * strings. */
#ifndef NACCS_BACKUP_INTERNAL_H
#define NACCS_BACKUP_INTERNAL_H

#define NACCS_BACKUP_OID_RECORD "2.25.96544463788736061822389094078177520702.1"
#define NACCS_BACKUP_OID_CONFIGURATION "2.25.96544463788736061822389094078177520702.2"

#endif
