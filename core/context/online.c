/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see online.h. A handshake of its own for each store: the identity of a connection is never changed in place. */
#include "online.h"

#include "client.h"
#include "store_key.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define DOMAIN ".nac.naccs.jp"

naccs_status naccs_online_host(const char *host, char **ret, struct naccs_error *err)
{
	static const char *const short_names[] = {"web-prod", "cert", "uac21j0vvasdpv9j7", "acjh4icrfmdu4utg7"};
	const char *name = host != NULL ? host : short_names[0];
	size_t plain = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-");
	size_t digits = name[plain] == ':' ? strspn(name + plain + 1, "0123456789") : 0;
	bool is_short = false;

	if (plain == 0 || (name[plain] != '\0' && (digits == 0 || digits > 5 || name[plain + 1 + digits] != '\0'))) {
		(void)naccs_fail(err, NACCS_E_USAGE, 0, _("--host does not name a server"));
		return naccs_error_hint(err, _("write web-prod, or the full name of a NACCS server"));
	}
	for (size_t i = 0; i < sizeof short_names / sizeof short_names[0]; i++)
		is_short = is_short || strcmp(name, short_names[i]) == 0;
	*ret = naccs_format("%s%s", name, is_short ? DOMAIN : "");
	return *ret != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

static void log_line(void *context, enum naccs_log_level level, const char *line)
{
	const struct naccs *naccs = context;

	if (naccs->ui.log != NULL)
		naccs->ui.log(naccs->ui.context, (int)level, line);
}

static bool is_cancelled(void *context)
{
	const struct naccs *naccs = context;

	return naccs->ui.cancelled != NULL && naccs->ui.cancelled(naccs->ui.context);
}

/* What one handshake needs, in the order in which it is made. */
struct handshake {
	struct naccs *context;
	const struct naccs_portal_client *portal;
	struct naccs_log *log;
	EVP_PKEY *key;
	bool lacks_pss;
	STACK_OF(X509) *intermediates; /* elements are borrowed */
	struct naccs_http *http;
};

static void handshake_clear(struct handshake *handshake)
{
	if (handshake->http != NULL)
		handshake->portal->http_free(handshake->http); /* first: it holds the key */
	EVP_PKEY_free(handshake->key);
	sk_X509_free(handshake->intermediates);
	naccs_log_free(handshake->log);
}

static naccs_status make_log(struct naccs *context, const struct naccs_secret *proxy_auth, struct naccs_log **ret, struct naccs_error *err)
{
	naccs_status status = naccs_log_new(log_line, context, (enum naccs_log_level)context->log_level, ret, err);

	if (status == NACCS_OK && proxy_auth != NULL)
		status = naccs_log_hide(*ret, naccs_secret_data(proxy_auth), naccs_secret_length(proxy_auth), err);
	return status;
}

static naccs_status prepare(struct handshake *handshake, const struct naccs_network *network, const char *host, X509 *certificate,
			    struct naccs_error *err)
{
	struct naccs *context = handshake->context;
	const char *const hosts[] = {host, NULL};
	struct naccs_http_options options = {
		.crypto = context->crypto,
		.anchors = naccs_trust_anchors(context->trust),
		.intermediates = naccs_trust_intermediates(context->trust),
		.hosts = hosts,
		.proxy = network->proxy,
		.proxy_from_environment = network->proxy == NULL,
		.proxy_auth = network->proxy_auth,
		.connect_to = network->connect_to,
		.timeout_seconds = network->timeout_seconds,
		.client_key = handshake->key,
		.client_key_lacks_pss = handshake->lacks_pss,
		.client_certificate = certificate,
		.client_chain = handshake->intermediates,
		.log = handshake->log,
		.cancelled = is_cancelled,
		.cancelled_context = context,
	};

	return handshake->portal->http_new(&options, &handshake->http, err);
}

/* The server may say no after it has answered, too. */
static naccs_status check_alert(const struct handshake *handshake, const char *host, struct naccs_error *err)
{
	int alert = handshake->portal->http_alert(handshake->http);

	return alert < 0 ? NACCS_OK
			 : naccs_fail(err, NACCS_E_NET_UNREACHABLE, alert, _("%s answered, and ended the connection with alert %d"), host,
				      alert);
}

static naccs_status ask(const struct handshake *handshake, const char *host, struct naccs_error *err)
{
	struct naccs_http_reply *reply = NULL;
	naccs_auto(heap) char *url = naccs_format("https://%s/", host);

	if (url == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	naccs_status status = handshake->portal->http_head(handshake->http, url, &reply, err);
	handshake->portal->http_reply_free(reply);
	return status == NACCS_OK ? check_alert(handshake, host, err) : status;
}

static void keep(const struct handshake *handshake, naccs_status status, struct naccs_online_answer *ret)
{
	STACK_OF(X509) *chain = handshake->portal->http_chain(handshake->http);

	if (chain != NULL)
		ret->chain = X509_chain_up_ref(chain);
	if (status == NACCS_OK)
		ret->online = handshake->portal->http_client_certificate_asked(handshake->http) ? NACCS_TRUE : NACCS_UNKNOWN;
}

naccs_status naccs_online_check(struct naccs *context, const struct naccs_online_options *options, struct naccs_open_store *store,
				const struct naccs_contents *contents, const struct naccs_content *client, struct naccs_online_answer *ret,
				struct naccs_error *err)
{
	struct handshake handshake = {.context = context};
	naccs_status status;

	*ret = (struct naccs_online_answer){.online = NACCS_FALSE};
	status = naccs_online_host(options->host, &ret->host, err);
	if (status == NACCS_OK)
		status = naccs_context_portal(context, &handshake.portal, err);
	if (status == NACCS_OK)
		status = make_log(context, options->network.proxy_auth, &handshake.log, err);
	if (status == NACCS_OK)
		status = naccs_store_key_new(context->crypto, store, client->certificate, &handshake.key, err);
	if (status == NACCS_OK &&
	    (handshake.intermediates = naccs_contents_of_role(contents, NACCS_ROLE_CLIENT_INTERMEDIATE, client->sha256)) == NULL)
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (status == NACCS_OK) {
		handshake.lacks_pss = naccs_store_key_lacks_pss(store, client->certificate);
		status = prepare(&handshake, &options->network, ret->host, client->certificate, err);
	}
	if (status == NACCS_OK) {
		status = ask(&handshake, ret->host, err);
		keep(&handshake, status, ret);
		/* A key that does not sign ends the handshake; to libcurl that is one more broken connection. */
		if (status != NACCS_OK && naccs_store_key_failure(store, handshake.key, err) != NACCS_OK)
			status = err->status;
	}
	handshake_clear(&handshake);
	return status;
}

void naccs_online_answer_clear(struct naccs_online_answer *answer)
{
	sk_X509_pop_free(answer->chain, X509_free);
	free(answer->host);
	*answer = (struct naccs_online_answer){0};
}
