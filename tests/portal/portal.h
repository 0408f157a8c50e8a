/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the portal as a whole, as its parts see it; and one visit (a request being answered), which every screen gets. */
#ifndef PORTAL_PORTAL_H
#define PORTAL_PORTAL_H

#include "codes.h"
#include "dialect.h"
#include "faults.h"
#include "http.h"
#include "journal.h"
#include "session.h"

#define PORTAL_HOST "cert.nac.naccs.jp"
#define PORTAL_EE "/NACCSClientCA/pages/ee/"
#define PORTAL_RENEW "/NACCSClientCA/pages/renew/"
#define PORTAL_RENEW_START PORTAL_RENEW "index.jsp?s=Site1&lan=ja"
#define PORTAL_START PORTAL_EE "index.jsp?s=Site1&p=CA1/NACCS&lan=ja"

struct portal {
	struct sim_clock clock;
	struct chance chance;
	struct dialect dialect;
	struct faults *faults;
	struct journal *journal;
	struct pki *pki;
	struct codes *codes;
	struct sessions *sessions;
	bool has_regular_maintenance;
	const char *front_header; /* in which a server in front names the client's certificate; NULL: none is in front */
	unsigned foreign_port, http_port; /* where the ways out lead */
	unsigned p12_extra;
	unsigned status_delay; /* seconds between two looks at a renewal's status */
};

struct visit {
	struct portal *portal;
	struct request *request;
	struct answer *answer;
	struct session *session; /* NULL: none, unknown or expired */
	enum step step;
	const char *base; /* PORTAL_EE or PORTAL_RENEW */
};

/* The value of one switch. */
static inline int visit_dialect(const struct visit *visit, enum dialect_switch which)
{
	return visit->portal->dialect.value[which];
}

/* Does that fault strike at this step? Remembers it for the journal. */
bool visit_fault(struct visit *visit, enum fault fault);

/* Answer one request of the portal's listener. */
void portal_answer(struct portal *portal, struct request *request, struct answer *answer);

#endif
